"""Counting rows without reading them all: lists stay quick with millions of rows."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator
from django.db import connection
from django.db.models import QuerySet

from accounts.querysets import ScopedQuerySet

# A list counts as far as this and no further: 40 pages of 50; whoever needs more narrows the list. What is counted is
# read, for each page that is shown, and where rows are joined or filtered a thousand of them take milliseconds.
COUNT_LIMIT = 2_000
# Up to this size a table is counted exactly, which takes a few milliseconds.
EXACT_UP_TO = 50_000


class BoundedPaginator(Paginator):  # type: ignore[type-arg]  # at run time it takes no argument
    """Counts at most COUNT_LIMIT rows; `is_more` says that there are more than the pages show."""

    template_name = "admin/bounded_pagination.html"

    @cached_property
    def _bounded(self) -> int:
        rows = self.object_list
        if not isinstance(rows, QuerySet):
            return len(rows)
        if isinstance(rows, ScopedQuerySet):
            return rows.count_up_to(COUNT_LIMIT + 1)
        return int(rows.order_by().values("pk")[: COUNT_LIMIT + 1].count())

    def page(self, number: int | str) -> Page[Any]:
        """The rows of a page, by the way that the queryset knows to be quick."""
        rows, number = self.object_list, self.validate_number(number)
        if not isinstance(rows, ScopedQuerySet):
            return super().page(number)
        start = (number - 1) * self.per_page
        return Page(rows.take(min(start + self.per_page, self.count), start), number, self)

    @cached_property
    def count(self) -> int:
        """How many rows the pages show: never more than COUNT_LIMIT."""
        return min(self._bounded, COUNT_LIMIT)

    @property
    def is_more(self) -> bool:
        """Whether rows were left out."""
        return self._bounded > COUNT_LIMIT


def about(rows: ScopedQuerySet[Any]) -> int:
    """How many rows there are: exactly in a small table, by the planner's estimate in a big one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [rows.model._meta.db_table])
        is_small = cursor.fetchone()[0] <= EXACT_UP_TO
    return rows.count() if is_small else rows.estimate()
