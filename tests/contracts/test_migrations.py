"""Migrations match the models, can be taken back, and run on the oldest PostgreSQL that the contract promises.

On PostgreSQL 15 of the distribution the tests that depend most on the database run once more, in a run of their
own: the views, the triggers, and the edge's store.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command

from provider.run.environment import ROOT
from provider.run.postgres import EmbeddedPostgres
from tests import services

OLDEST = Path("/usr/lib/postgresql/15/bin")
EDGE = ["test_edge_views.py", "test_edge_call_settings.py", "test_edge_number_formats.py", "test_edge_trunks.py"]
AGAIN = [*(f"tests/contracts/{name}" for name in EDGE), "tests/accounts/test_notify.py", "tests/sipedge/store"]


def test_nobody_forgot_a_migration(db: None) -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


@pytest.fixture(scope="module")
def oldest_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of PostgreSQL 15, as the distribution brings it."""
    if not (OLDEST / "postgres").exists():
        pytest.skip(f"PostgreSQL 15 is not installed here ({OLDEST}): nothing was tried on it")
    server = EmbeddedPostgres(tmp_path_factory.mktemp("postgres15"), durable=False, programs=OLDEST)
    yield server.start()
    server.stop()


def _run(url: str, *command: str) -> str:
    """Run a command of the project on another database, in an environment that knows nothing of this run."""
    environment = os.environ | {"DATABASE_URL": url}
    for name in (services.FOLDER_VARIABLE, "PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER"):
        environment.pop(name, None)
    result = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_migrations_can_be_taken_back_on_the_oldest_postgresql(oldest_url: str) -> None:
    _run(oldest_url, "manage.py", "migrate", "--verbosity", "0")
    _run(oldest_url, "manage.py", "migrate", "accounts", "zero", "--verbosity", "0")
    _run(oldest_url, "manage.py", "migrate", "--verbosity", "0")


def test_views_triggers_and_store_hold_on_the_oldest_postgresql(oldest_url: str) -> None:
    out = _run(oldest_url, "-m", "pytest", "-q", "-p", "no:cacheprovider", *AGAIN)
    assert " passed" in out
