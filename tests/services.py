"""PostgreSQL and Valkey for one run of the tests, shared by all its pytest-xdist workers.

The run owns a temporary folder, which its workers learn by an environment variable. The first test that needs a
service starts it (under a file lock); the process that began the run stops what stands at the end. What a run
that was killed left behind is ended by the next one.
"""

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from urllib.parse import quote

from cryptography.fernet import Fernet

from provider.run.postgres import EmbeddedPostgres
from provider.run.processes import Identity, identify, is_alive
from provider.run.valkey import EmbeddedValkey

FOLDER_VARIABLE = "FREITON_TEST_FOLDER"
PREFIX = "freiton-tests-"
OPERATOR_VARIABLES = (
    "HTTP_BIND", "SIP_BIND", "METRICS_BIND", "SIP_ADVERTISE", "PUBLIC_URL", "TRUSTED_PROXIES", "EDGE_NAME", "DEMO",
)  # fmt: skip

_started: list[EmbeddedPostgres | EmbeddedValkey] = []  # kept, so that nobody waits for their end too early


def begin_run() -> Path | None:
    """Makes the run's folder and the variables that settings are read from.

    Returns the folder in the process that owns the run, None in a worker.
    """
    if FOLDER_VARIABLE in os.environ:
        return None
    _end_abandoned_runs()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    (folder / "owner.json").write_text(json.dumps(asdict(_myself())))
    os.environ[FOLDER_VARIABLE] = str(folder)
    for name in OPERATOR_VARIABLES:
        os.environ.pop(name, None)
    os.environ |= {
        "DATA_DIR": str(folder / "data"),
        "SECRET_KEY": Fernet.generate_key().decode(),
        "CREDENTIAL_KEYS": Fernet.generate_key().decode(),
        "EMAIL_URL": "memorymail://",
        "DJANGO_SETTINGS_MODULE": "provider.settings",
    }
    return folder


def end_run(folder: Path) -> None:
    """Stops the services of the run and removes its folder."""
    for cluster in (folder / "postgres", folder / "faults" / "postgres"):
        EmbeddedPostgres(cluster).end_left_over()
    EmbeddedValkey(folder / "valkey").end_left_over()
    shutil.rmtree(folder, ignore_errors=True)
    os.environ.pop(FOLDER_VARIABLE, None)


def database_url() -> str:
    """PostgreSQL for this run, started when it does not stand yet."""
    return _once("postgres", lambda folder: EmbeddedPostgres(folder, durable=False))


def dsn() -> str:
    """An asyncpg address of Django's test database."""
    from django.db import connection

    known = connection.settings_dict
    login = f"{quote(known['USER'])}:{quote(known['PASSWORD'])}"
    return f"postgresql://{login}@{known['HOST']}:{known['PORT']}/{known['NAME']}"


def redis_url() -> str:
    """Valkey for this run, started when it does not stand yet."""
    return _once("valkey", EmbeddedValkey)


def _once(name: str, make: Callable[[Path], EmbeddedPostgres | EmbeddedValkey]) -> str:
    run = Path(os.environ[FOLDER_VARIABLE])
    url_file = run / f"{name}.url"
    with _locked(run / f"{name}.lock"):
        if not url_file.exists():
            server = make(run / name)
            url_file.write_text(server.start())
            _started.append(server)
    return url_file.read_text()


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    with file.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _myself() -> Identity:
    identity = identify(os.getpid())
    assert identity is not None
    return identity


def _end_abandoned_runs() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            owner = Identity(**json.loads((folder / "owner.json").read_text()))
        except (OSError, ValueError, TypeError):
            continue
        if not is_alive(owner):
            end_run(folder)
