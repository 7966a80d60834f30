"""A look at the operator's database and Redis before anything is started on them."""

import re
from contextlib import closing
from unittest.mock import Mock

import psycopg2
import pytest

from provider.run.database import check_database, check_redis
from provider.run.errors import StartError
from tests.ports import free_port


def _with_password(url: str, password: str) -> str:
    return re.sub(r":[^:@/]+@", f":{password}@", url)


def test_what_answers_is_fine(database_url: str, redis_url: str) -> None:
    check_database(database_url)
    check_database(database_url.replace("postgresql:", "postgres:"))
    check_redis(redis_url)


def test_a_database_that_is_not_there() -> None:
    port = free_port()
    with pytest.raises(StartError, match=rf"^The database 127.0.0.1:{port}/x cannot be used \(Connection refused\)"):
        check_database(f"postgresql://me:hidden@127.0.0.1:{port}/x")


def test_a_database_that_refuses_the_login(database_url: str) -> None:
    with pytest.raises(StartError, match="password authentication failed") as caught:
        check_database(_with_password(database_url, "hidden"))
    assert "hidden" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_database_that_does_not_exist(database_url: str) -> None:
    with pytest.raises(StartError, match='database "nowhere" does not exist'):
        check_database(re.sub(r"/[^/]*$", "/nowhere", database_url))


def test_a_database_that_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psycopg2, "connect", lambda *_, **__: Mock(server_version=140_012, close=Mock()))
    with pytest.raises(StartError, match=r"is PostgreSQL 14: version 15 or newer is needed\.$"):
        check_database("postgresql://me@db/freiton")


def test_a_redis_that_is_not_there() -> None:
    port = free_port()
    with pytest.raises(StartError, match=rf"^The Redis 127.0.0.1:{port}/0 cannot be used \(Connection refused\)"):
        check_redis(f"redis://:hidden@127.0.0.1:{port}/0")


def test_a_redis_that_refuses_the_login(redis_url: str) -> None:
    with pytest.raises(StartError, match="check REDIS_URL") as caught:
        check_redis(_with_password(redis_url, "hidden"))
    assert "hidden" not in str(caught.value)


def test_the_connection_is_closed_again(database_url: str) -> None:
    with closing(psycopg2.connect(database_url)) as connection, connection.cursor() as cursor:
        count = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
        cursor.execute(count)
        before = cursor.fetchone()
        for _ in range(3):
            check_database(database_url)
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(count)
        after = cursor.fetchone()
    assert before is not None
    assert after is not None
    assert after[0] <= before[0] + 1
