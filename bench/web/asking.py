"""One request at a time through `provider.wsgi:application`, which is what `make run` serves, with its queries counted.

In this process and not over a socket: so queries can be counted and timed beside the whole, and no second process
shares the core. granian's own share of a request is below a millisecond and the same for every page.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

from django.db import connection

from bench.web.people import Person

Query = tuple[tuple[str, str], ...]
WsgiApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
HOST: Final = "localhost"
PARTS: Final = 1_000
"""Of what is sent while it is made, a download: the first lines, for which somebody waits. A page is one part."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    seconds: from the request to the last byte; sql_seconds: the part that queries took; cpu_seconds: what this
    process and PostgreSQL's for it computed, which other programs on the machine do not change much.
    """

    status: int
    body: bytes
    seconds: float
    queries: int
    sql_seconds: float
    cpu_seconds: float
    statements: tuple[str, ...]


class Worker:
    """The WSGI application and who counts its queries."""

    def __init__(self, application: WsgiApplication) -> None:
        self._application = application

    def get(self, person: Person, path: str, query: Query = (), *, keep_statements: bool = False) -> Answer:
        """Ask for a page, logged in as the person; with a token where it is the API."""
        queries: list[tuple[float, str]] = []

        def counted(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            begun = time.perf_counter()
            try:
                return execute(sql, params, many, context)
            finally:
                queries.append((time.perf_counter() - begun, sql if keep_statements else ""))

        environ = _environ(person, path, query)
        status: list[int] = []
        with connection.execute_wrapper(counted):
            begun, cpu = time.perf_counter(), _cpu()
            body = self._body(environ, lambda line, _headers, _error=None: status.append(int(line.split()[0])))
            seconds, cpu_seconds = time.perf_counter() - begun, _spent(cpu, _cpu())
        statements = tuple(sql for _seconds, sql in queries) if keep_statements else ()
        sql_seconds = sum(taken for taken, _sql in queries)
        return Answer(status[-1], body, seconds, len(queries), sql_seconds, cpu_seconds, statements)

    def _body(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> bytes:
        response = self._application(environ, start_response)
        try:
            return b"".join(islice(response, PARTS))
        finally:
            if hasattr(response, "close"):
                response.close()


def _cpu() -> dict[int, float]:
    """Seconds of CPU time: 0 is this thread, another key the PostgreSQL process that answers it now (Linux)."""
    own = {0: time.thread_time()}
    if connection.connection is None:
        return own
    process = connection.connection.info.backend_pid
    try:
        ran = Path(f"/proc/{process}/schedstat").read_text().split()[0]
    except FileNotFoundError:
        return own
    return own | {process: int(ran) / 1e9}


def _spent(before: dict[int, float], after: dict[int, float]) -> float:
    """Seconds between two looks. A connection is made anew each minute: a new process counts from its begin."""
    return sum(ran - before.get(process, 0.0) for process, ran in after.items())


def address(path: str, query: Query) -> str:
    """Path and query as they are written."""
    return f"{quote(path)}?{urlencode(query)}" if query else quote(path)


def _environ(person: Person, path: str, query: Query) -> dict[str, Any]:
    is_api = path.startswith("/api/")
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": urlencode(query),
        "SERVER_NAME": HOST,
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": HOST,
        **({"HTTP_AUTHORIZATION": f"Bearer {person.token()}"} if is_api else {"HTTP_COOKIE": person.cookie}),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(),
        "wsgi.errors": BytesIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
