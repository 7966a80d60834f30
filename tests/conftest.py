"""What all tests share: real PostgreSQL and Valkey, started when the first test that needs them is run.

With DATABASE_URL or REDIS_URL in the environment those are used instead. Tests of pure modules start nothing.
"""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests import services
from tests.ports import free_port

if TYPE_CHECKING:
    from tests.factories.two_resellers import TwoResellers
    from tests.scenarios.running import Platform


@pytest.hookimpl(trylast=True)
def pytest_configure() -> None:
    """whitenoise looks files up when they are asked for, instead of reading all folders for each test client; the
    database is emptied row by row."""
    from django.conf import settings
    from django.db.backends.postgresql.operations import DatabaseOperations

    from tests.emptying import sql_flush

    if settings.configured:
        settings.WHITENOISE_AUTOREFRESH = True
        DatabaseOperations.sql_flush = sql_flush  # type: ignore[assignment,method-assign]


@pytest.fixture
def unused_tcp_port() -> int:
    """Instead of pytest-asyncio's, which the kernel may have given to somebody before it is used."""
    return free_port()


@pytest.fixture(scope="session")
def database_url() -> str:
    """The PostgreSQL server of this run; tests make databases of their own in it."""
    return os.environ.get("DATABASE_URL") or services.database_url()


@pytest.fixture(scope="session")
def redis_url(worker_id: str) -> str:
    """The Redis or Valkey of this run; each worker has a database of its own there, which it may empty."""
    url = os.environ.get("REDIS_URL") or services.redis_url()
    number = int(worker_id.removeprefix("gw")) if worker_id.startswith("gw") else 0
    return urlsplit(url)._replace(path=f"/{number % 16}").geturl()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(database_url: str, worker_id: str) -> None:
    """Points Django to the server of this run, before pytest-django makes the test database."""
    import environ
    from django.db import connections

    run = os.path.basename(os.environ[services.FOLDER_VARIABLE]).removeprefix(services.PREFIX)
    server = environ.Env.db_url_config(database_url)
    name = f"test_freiton_{run}_{worker_id}"
    for settings in (connections["default"].settings_dict, connections.settings["default"]):
        settings.update({key: server[key] for key in ("USER", "PASSWORD", "HOST", "PORT")})
        settings["NAME"] = "postgres"
        settings["TEST"] = {**settings.get("TEST", {}), "NAME": name.lower()}


@pytest.fixture(autouse=True)
def _redis_for_django(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test with a database has Redis too: cache, throttles and Celery use it; each test finds it empty."""
    fixtures = {"db", "transactional_db", "redis_url"} & set(request.fixturenames)
    if not fixtures and request.node.get_closest_marker("django_db") is None:
        yield
        return
    import redis
    from django.conf import settings

    url = request.getfixturevalue("redis_url")
    overrides = request.getfixturevalue("settings")
    overrides.REDIS_URL = overrides.CELERY_BROKER_URL = overrides.CELERY_RESULT_BACKEND = url
    overrides.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": url}}
    yield
    with redis.Redis.from_url(url) as client:
        client.flushdb()


@pytest.fixture
def edge_dsn(transactional_db: None) -> str:
    """An asyncpg address of the test database, migrated and empty: what a test of the edge's store connects to."""
    return services.dsn()


@pytest.fixture
def two_resellers(db: None) -> "TwoResellers":
    """Two resellers, each with a customer, a domain, alice and bob, and all that belongs to them."""
    from django.db import connection

    from tests.factories.two_resellers import make_two_resellers, put_back_two_resellers

    return put_back_two_resellers() if connection.in_atomic_block else make_two_resellers()


@pytest.fixture(scope="session")
def platform() -> Iterator["Platform"]:
    """The whole platform, started once: a test that uses it bears the xdist_group "platform", so that one worker does.

    It must end with exit code 0, and without a fault in its log.
    """
    from tests.scenarios.running import running_platform

    with running_platform() as running:
        yield running
