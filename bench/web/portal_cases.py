"""The customer's pages and what else has no argument: asked by everybody who is let in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final
from urllib.parse import unquote

from bench.web.asking import Answer, Query, Worker
from bench.web.call_rows import SPAN
from bench.web.cases import Case, Finding
from bench.web.people import Person
from bench.web.routes import Route

OLDER: Final = re.compile(rb'href="[^"]*\?before=([^"&]+)"')
"""The link to older rows."""

DEEP: Final = datetime.now(UTC) - SPAN / 2
"""Where a deep page begins."""

NOT_PAGES: Final = ("/admin/", "/api/", "/logout/", "/language/", "/metrics", "/healthz")


def portal_cases(routes: list[Route], worker: Worker, everybody: list[Person]) -> Iterator[Case]:
    """Each page for each of those who get it, and the older rows that it leads to."""
    for route in routes:
        if route.takes_arguments or not route.name or route.route.startswith(NOT_PAGES):
            continue
        for person in everybody:
            answer = worker.get(person, route.route)
            if answer.status == 200:
                queries: list[Query] = [(), *_older(answer)]
                queries += [(("before", DEEP.isoformat()),)] if len(queries) > 1 else []
                yield from (Case(route.route, person, route.route, query, of_page) for query in queries)


def of_page(answer: Answer) -> Finding:
    """How many rows the page's tables and lists have."""
    rows = answer.body.count(b"<tr>") + answer.body.count(b"<li")
    return Finding(rows, "" if answer.body else "the page is empty")


def _older(answer: Answer) -> list[Query]:
    found = OLDER.search(answer.body)
    return [(("before", unquote(found[1].decode())),)] if found else []
