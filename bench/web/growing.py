"""Whether the queries of a page grow with its rows: each list with ten rows on a page, and with fifty."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.contrib import admin

from bench.web.asking import Worker
from bench.web.cases import Case
from bench.web.measure import Growth

FEW: Final = 10
MANY: Final = 50
PARTS: Final = {"/api/v1/state/"}
"""What has several kinds of rows in a part: a larger part may have more kinds (tests/desired counts their queries)."""


def growths(worker: Worker, cases: Iterable[Case]) -> Iterator[Growth]:
    """Of the plain lists among the cases; what has no list and no page size is left out."""
    for case in cases:
        if case.query:
            continue
        if case.path in PARTS:
            continue
        if case.path.startswith("/api/v1/") and case.page.count("/") == 4 and "<" not in case.page:
            yield Growth(case.page, case.person.name, _sized(worker, case, FEW), _sized(worker, case, MANY))
        elif case.page.startswith("/admin/") and case.page.count("/") == 4 and "<" not in case.page:
            yield Growth(case.page, case.person.name, _cut(worker, case, FEW), _cut(worker, case, MANY))


def _sized(worker: Worker, case: Case, size: int) -> int:
    return worker.get(case.person, case.path, (("page_size", str(size)),)).queries


def _cut(worker: Worker, case: Case, size: int) -> int:
    """The panel offers no size, so it is told one for this request."""
    with _page_of(size):
        return worker.get(case.person, case.path).queries


@contextmanager
def _page_of(size: int) -> Iterator[None]:
    pages: list[Any] = list(admin.site._registry.values())
    before = [page.list_per_page for page in pages]
    for page in pages:
        page.list_per_page = size
    try:
        yield
    finally:
        for page, known in zip(pages, before, strict=True):
            page.list_per_page = known
