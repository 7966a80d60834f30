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
    """Each page for each of those who get it, and the older rows that it leads to.

    Of a page about an object the first is asked for that the person's own page has a link to.
    """
    pages = [route for route in routes if route.name and not route.route.startswith(NOT_PAGES)]
    for person in everybody:
        home = worker.get(person, "/").body.decode() if any(route.takes_arguments for route in pages) else ""
        for route in pages:
            path = _linked(home, route.route) if route.takes_arguments else route.route
            answer = worker.get(person, path) if path else None
            if answer is not None and answer.status == 200:
                queries: list[Query] = [(), *_older(answer)]
                queries += [(("before", DEEP.isoformat()),)] if len(queries) > 1 else []
                yield from (Case(route.route, person, path, query, of_page) for query in queries)


def _linked(page: str, route: str) -> str:
    """The first link of a page to an address of this route, '' where there is none."""
    address = re.sub(r"<[^>]+>", '[^/"]+', route)
    found = re.search(f'href="({address})"', page)
    return found[1] if found else ""


def of_page(answer: Answer) -> Finding:
    """How many rows the page's tables and lists have."""
    rows = answer.body.count(b"<tr>") + answer.body.count(b"<li")
    return Finding(rows, "" if answer.body else "the page is empty")


def _older(answer: Answer) -> list[Query]:
    found = OLDER.search(answer.body)
    return [(("before", unquote(found[1].decode())),)] if found else []
