"""How calls went: attempts, how many were answered, how long people talked and waited; by time, gateway, reseller or
destination. Sums of what calls/rollup.py has counted, and of the hours that are counted only now.

ASR and NER: ITU-T E.425 (03/2002), see rollup.py. ACD: mean time from answer to end, of calls that have ended. PDD:
from the INVITE to the first ringing or the answer, of calls that rang or were answered.

What is asked of one customer or subscriber is counted from its calls, found by their indexes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from django.db.models import Sum
from django.db.models.functions import TruncDay

from accounts.choices import Role
from accounts.models import User
from calls.models import DELAYS, CallHour
from calls.rollup import count_hours, counted_until

NUMBERS = (
    "attempts", "answered", "completed", "effective", "seconds", "delays", "delay_seconds",
    *(f"within_{limit}" for limit in DELAYS),
)  # fmt: skip
MOST_GROUPS = 2_000


class GroupBy(StrEnum):
    """What a row of the statistics stands for."""

    HOUR = "hour"
    DAY = "day"
    GATEWAY = "gateway"
    RESELLER = "reseller"
    DESTINATION = "destination"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: calls that began in [begin, end[. gateway_id and the rest: of these alone."""

    begin: datetime
    end: datetime
    group_by: GroupBy = GroupBy.DAY
    gateway_id: int | None = None
    reseller_id: int | None = None
    customer_id: int | None = None
    subscriber_id: int | None = None

    @property
    def owners(self) -> dict[str, int]:
        """Whose calls alone, of whom no hours are stored."""
        owners = {"customer": self.customer_id, "subscriber": self.subscriber_id}
        return {name: key for name, key in owners.items() if key is not None}


@dataclass(slots=True)
class Figures:
    """Sums of calls. key: what they are of: a time, (gateway id, "in" or "out"), a reseller's id, a country."""

    key: Any
    numbers: dict[str, float] = field(default_factory=lambda: dict.fromkeys(NUMBERS, 0))

    @property
    def attempts(self) -> int:
        """Calls, or for a gateway out attempts to call by it."""
        return int(self.numbers["attempts"])

    @property
    def answered(self) -> int:
        """Those that were answered."""
        return int(self.numbers["answered"])

    @property
    def minutes(self) -> float:
        """Minutes talked."""
        return self.numbers["seconds"] / 60

    @property
    def asr(self) -> float | None:
        """Answer seizure ratio, percent."""
        return _percent(self.numbers["answered"], self.numbers["attempts"])

    @property
    def ner(self) -> float | None:
        """Network effectiveness ratio, percent."""
        return _percent(self.numbers["effective"], self.numbers["attempts"])

    @property
    def acd(self) -> float | None:
        """Average call duration, seconds."""
        return self.numbers["seconds"] / self.numbers["completed"] if self.numbers["completed"] else None

    @property
    def pdd(self) -> float | None:
        """Mean post-dial delay, seconds."""
        return self.numbers["delay_seconds"] / self.numbers["delays"] if self.numbers["delays"] else None

    @property
    def pdd_95(self) -> int | None:
        """Within how many seconds 95 of 100 callers heard something: one of DELAYS; None where it was longer, or nobody
        did."""
        most = self.numbers["delays"] * 0.95
        return next((limit for limit in DELAYS if most and self.numbers[f"within_{limit}"] >= most), None)

    def add(self, row: dict[str, Any]) -> None:
        """Count these too."""
        for name in NUMBERS:
            self.numbers[name] += row[name]


def statistics(user: User, wanted: Wanted, now: datetime) -> list[Figures]:
    """What a user may see of it, MOST_GROUPS rows at most, times in their order, others by attempts.

    A reseller sees the calls of its own subscribers, a customer its own; gateways are the provider's own.
    """
    if user.role != Role.ADMIN:
        owner = {Role.RESELLER: user.reseller_id, Role.CUSTOMER: user.customer_id}.get(Role(user.role))
        if owner is None:
            return []
        wanted = replace(wanted, group_by=_for_resellers(wanted.group_by), gateway_id=None)
        of_its_own: Any = {f"{user.role}_id": owner}
        wanted = replace(wanted, **of_its_own)
    groups: dict[Any, Figures] = {}
    counted = wanted.begin
    if not wanted.owners:
        counted = min(max(counted_until(now), wanted.begin), wanted.end)
        for row in _stored(wanted, counted):
            _count(groups, wanted, {name.removeprefix("sum_"): value for name, value in row.items()})
    if counted < wanted.end:
        has_gateways = wanted.group_by is GroupBy.GATEWAY or wanted.gateway_id is not None
        for one in count_hours(counted, wanted.end, of=wanted.owners, with_attempts=has_gateways)[0]:
            if _is_wanted(wanted, row := _as_row(one)):
                _count(groups, wanted, row)
    found = list(groups.values())
    if wanted.group_by in (GroupBy.HOUR, GroupBy.DAY):
        found.sort(key=lambda one: one.key)
    else:
        found.sort(key=lambda one: -one.attempts)
    return found[:MOST_GROUPS]


def total(figures: Iterable[Figures]) -> Figures:
    """All of them together."""
    whole = Figures(None)
    for one in figures:
        whole.add(one.numbers)
    return whole


_DIMENSIONS = ("way", "gateway_id", "caller_reseller_id", "callee_reseller_id")

# By what PostgreSQL sums up: nothing finer than the groups, a week of a large provider is ten thousand rows else.
_SUMMED_BY: dict[GroupBy, tuple[str, ...]] = {
    GroupBy.HOUR: ("hour",),
    GroupBy.DAY: ("day",),
    GroupBy.GATEWAY: ("way", "gateway_id"),
    GroupBy.RESELLER: ("caller_reseller_id", "callee_reseller_id"),
    GroupBy.DESTINATION: ("country",),
}


def _stored(wanted: Wanted, until: datetime) -> Iterable[dict[str, Any]]:
    """What is wanted alone, summed up by PostgreSQL as the groups are."""
    rows: Any = CallHour.objects.filter(hour__gte=wanted.begin, hour__lt=until)
    if wanted.gateway_id is not None:
        rows = rows.filter(gateway_id=wanted.gateway_id)
    elif wanted.group_by is GroupBy.GATEWAY:
        rows = rows.filter(gateway_id__isnull=False)
    else:
        rows = rows.filter(way="")
    if wanted.reseller_id is not None:
        rows = rows.of_reseller(wanted.reseller_id)
    if wanted.group_by is GroupBy.DAY:
        rows = rows.annotate(day=TruncDay("hour", tzinfo=UTC))
    sums = {f"sum_{name}": Sum(name) for name in NUMBERS}
    found: Iterable[dict[str, Any]] = rows.order_by().values(*_SUMMED_BY[wanted.group_by]).annotate(**sums)
    return found


def _count(groups: dict[Any, Figures], wanted: Wanted, row: dict[str, Any]) -> None:
    """Add sums of calls that are wanted to the groups that they are of."""
    for key in _KEYS[wanted.group_by](row):
        if wanted.group_by is GroupBy.RESELLER and wanted.reseller_id not in (None, key):
            continue
        if key not in groups:
            groups[key] = Figures(key)
        groups[key].add(row)


def _is_wanted(wanted: Wanted, row: dict[str, Any]) -> bool:
    """What _stored asks for, of a row that is not stored: calls; for gateways the calls in by them, and the attempts to
    call out by them."""
    if wanted.gateway_id is not None and row["gateway_id"] != wanted.gateway_id:
        return False
    if wanted.reseller_id is not None and wanted.reseller_id not in _owners(row):
        return False
    if wanted.group_by is GroupBy.GATEWAY:
        return row["gateway_id"] is not None
    return row["way"] == "" or wanted.gateway_id is not None


def _owners(row: dict[str, Any]) -> set[Any]:
    return {row["caller_reseller_id"], row["callee_reseller_id"]} - {None}


_KEYS: dict[GroupBy, Callable[[dict[str, Any]], Iterable[Any]]] = {
    GroupBy.HOUR: lambda row: (row["hour"],),
    GroupBy.DAY: lambda row: (row["day"],),
    GroupBy.GATEWAY: lambda row: ((row["gateway_id"], row["way"] or "in"),),
    GroupBy.RESELLER: _owners,
    GroupBy.DESTINATION: lambda row: (row["country"],),
}


def _as_row(one: CallHour) -> dict[str, Any]:
    names = ("hour", "country", *_DIMENSIONS, *NUMBERS)
    return {name: getattr(one, name) for name in names} | {"day": one.hour.replace(hour=0)}


def _for_resellers(group_by: GroupBy) -> GroupBy:
    return GroupBy.DAY if group_by in (GroupBy.GATEWAY, GroupBy.RESELLER) else group_by


def _percent(part: float, whole: float) -> float | None:
    return 100 * part / whole if whole else None
