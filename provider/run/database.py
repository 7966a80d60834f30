"""Looks at a database and a Redis that the operator gave, before anything is started on them."""

from contextlib import closing
from urllib.parse import urlsplit

import psycopg2
import redis

from provider.run.errors import StartError

CONNECT_SECONDS = 5
OLDEST_POSTGRES = 15


def _where(url: str) -> str:
    """Host, port and database of a URL, without the login in it."""
    parts = urlsplit(url)
    host = parts.hostname or "its socket"
    return f"{host}{f':{parts.port}' if parts.port else ''}{parts.path}"


def _reason(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0].rpartition(": ")[2].rstrip(".?").rpartition(". ")[2] if lines else type(error).__name__


def _libpq_url(url: str) -> str:
    return "postgresql:" + url.partition(":")[2]


def check_database(url: str) -> None:
    """Raises StartError when it does not answer, refuses the login, or is too old."""
    try:
        with closing(psycopg2.connect(_libpq_url(url), connect_timeout=CONNECT_SECONDS)) as connection:
            version = connection.server_version // 10_000
    except psycopg2.Error as error:
        raise StartError(
            f"The database {_where(url)} cannot be used ({_reason(error)}): check DATABASE_URL and that it runs."
        ) from None
    if version < OLDEST_POSTGRES:
        raise StartError(
            f"The database {_where(url)} is PostgreSQL {version}: version {OLDEST_POSTGRES} or newer is needed."
        )


def check_redis(url: str) -> None:
    """Raises StartError when it does not answer or refuses the login."""
    client = redis.Redis.from_url(url, socket_connect_timeout=CONNECT_SECONDS, socket_timeout=CONNECT_SECONDS)
    try:
        client.ping()
    except redis.RedisError as error:
        raise StartError(
            f"The Redis {_where(url)} cannot be used ({_reason(error)}): check REDIS_URL and that it runs."
        ) from None
    finally:
        client.close()
