"""What the customer's page shows, each part in one query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet

from accounts.models import User
from calls.models import Call
from calls.outcomes import Outcome, outcome_of
from calls.parties import CustomersView, seen_by_customer
from numbering.models import NumberAssignment
from subscribers.models import Binding

# The lists are short on purpose: it is a page to look at, and its live parts are fetched again and again. What does
# not fit stands on further pages.
NUMBERS_SHOWN = 50
PHONES_SHOWN = 50
CALLS_SHOWN = 20
# SIP statuses of a call that nobody took: timeout, not reachable, cancelled, none at all.
MISSED = frozenset({408, 480, 487, None})


Row = TypeVar("Row", bound=Model)
Line = TypeVar("Line")


@dataclass(frozen=True, slots=True)
class Part(Generic[Line]):
    """A page of a list, the first of which is 1; before and after: the pages around it, where there are such."""

    rows: list[Line]
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class CallLine:
    """A row of "my last calls"."""

    call: Call
    view: CustomersView
    outcome: Outcome
    seconds: int | None

    @property
    def is_missed(self) -> bool:
        """Somebody called and nobody was there; a call that was declined, or met a busy phone, was not missed."""
        is_over = self.call.ended_at is not None and self.call.answered_at is None
        return is_over and not self.view.is_outgoing and self.call.status_code in MISSED


@dataclass(frozen=True, slots=True)
class CallPage:
    """Some calls, the newest first, and where older ones begin."""

    lines: list[CallLine]
    older: datetime | None

    @property
    def has_several_sides(self) -> bool:
        """Whether the calls are of more than one of the customer's own numbers or accounts."""
        return len({line.view.own_side for line in self.lines}) > 1


def numbers_of(user: User, page: int = 1) -> Part[NumberAssignment]:
    """The numbers that the customer's subscribers have now."""
    rows = NumberAssignment.objects.visible_to(user).current()
    return part_of(rows.select_related("number", "subscriber__domain").order_by("number__e164"), page, NUMBERS_SHOWN)


def phones_of(user: User, page: int = 1) -> Part[Binding]:
    """The phones that are registered now."""
    rows = Binding.objects.visible_to(user).current().select_related("subscriber__domain")
    return part_of(rows.order_by("subscriber__username", "id"), page, PHONES_SHOWN)


def part_of(rows: QuerySet[Row], page: int, size: int) -> Part[Row]:
    """A page of a list."""
    start = (page - 1) * size
    found = list(rows[start : start + size + 1])
    return Part(found[:size], page - 1 or None, page + 1 if len(found) > size else None)


def calls_of(user: User, before: datetime | None = None) -> CallPage:
    """The last calls that began before a time; all of the last ones without."""
    rows = Call.objects.visible_to(user).order_by("-started_at", "-id").defer("steps", "attempts", "dialog")
    if before is not None:
        rows = rows.began(before=before)
    found = rows.take(CALLS_SHOWN + 1)
    lines = [_line(call, user) for call in found[:CALLS_SHOWN]]
    return CallPage(lines, lines[-1].call.started_at if len(found) > CALLS_SHOWN else None)


def _line(call: Call, user: User) -> CallLine:
    seconds = round(call.billable_seconds) if call.answered_at and call.ended_at else None
    return CallLine(call, seen_by_customer(call, user.customer_id or 0), outcome_of(call), seconds)
