"""How tests import: a file of some lines, and a worker that goes through it."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from uuid import uuid4

from accounts.models import User
from imports import actions, running
from imports.actions import Order
from imports.choices import ImportKind
from imports.models import ImportJob

HEADER = "username,domain,customer,display_name,numbers"


def begin(user: User, *lines: str, header: str = HEADER, **more: Any) -> ImportJob:
    """A job for a reseller's user (or for the reseller in `more`)."""
    order = Order(**{"kind": ImportKind.SUBSCRIBERS, "reseller": user.reseller, **more})
    return actions.begin(user, order, BytesIO("\n".join([header, *lines]).encode()))


def run(job: ImportJob) -> ImportJob:
    """A worker goes through all of it."""
    worker = uuid4()
    key = running.take(worker)
    assert key == job.pk
    while running.go_on(key, worker):
        pass
    job.refresh_from_db()
    return job


def imported(user: User, *lines: str, **more: Any) -> ImportJob:
    """Both."""
    return run(begin(user, *lines, **more))


def problems(job: ImportJob) -> list[tuple[int, str, str]]:
    """What is wrong with which line: (line, column, code)."""
    return list(job.problems.order_by("line", "id").values_list("line", "column", "code"))


def outcomes(job: ImportJob) -> list[str]:
    """What became of each line, in their order."""
    return list(job.rows.order_by("line").values_list("outcome", flat=True))
