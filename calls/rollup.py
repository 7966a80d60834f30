"""Calls counted by the hour in which they began, so that statistics over millions of calls are sums of few rows.

An hour is counted as a whole, and again as long as one of its calls stands, or it is younger than SETTLES: what an edge
kept while PostgreSQL was away comes late. What is counted anew takes the place of what was there, so it does no
harm to count twice. The hours that are not counted yet, the present one among them, are counted when somebody asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from calls.models import DELAYS, Call, CallHour, RolledHour
from calls.months import month_of, oldest_id
from numbering.destinations import classify
from numbering.formats import NumberFormat

HOUR = timedelta(hours=1)
SETTLES = timedelta(hours=3)
MOST_HOURS = 2_000  # of one run: half a minute where an hour has ten thousand calls

OUT = "out"
PREFIX = 8  # characters of a number with its plus that tell its country

# ITU-T E.425 (03/2002): answer seizure ratio = answers / seizures; network effectiveness ratio = (answers + user busy +
# ring no answer + terminal rejection or unavailability) / seizures: what the users do is no fault of the network.
_BY_USERS = "(486, 600, 480, 603, 607)"
_RANG_OUT = "(408, 487)"
_NUMBERS = (
    "attempts", "answered", "completed", "effective", "seconds", "delays", "delay_seconds",
    *(f"within_{limit}" for limit in DELAYS),
)  # fmt: skip

_COUNTS = """
    count(*), count(*) FILTER (WHERE answered), count(*) FILTER (WHERE answered AND ended_at IS NOT NULL),
    count(*) FILTER (WHERE answered OR status IN {by_users} OR (status IN {rang_out} AND ringing_at IS NOT NULL)),
    coalesce(sum(extract(epoch FROM ended_at - answered_at))
             FILTER (WHERE answered AND ended_at >= answered_at), 0)::float8,
    count(delay), coalesce(sum(delay), 0)::float8, {within}, count(*) FILTER (WHERE ended_at IS NULL)
""".format(
    by_users=_BY_USERS,
    rang_out=_RANG_OUT,
    within=", ".join(f"count(*) FILTER (WHERE delay <= {limit})" for limit in DELAYS),
)
_DELAY = "extract(epoch FROM coalesce(ringing_at, answered_at) - started_at)"
_DIMENSIONS = (
    f"date_trunc('hour', started_at, 'UTC'), direction, caller_reseller_id, callee_reseller_id, "
    f"left(callee_number, {PREFIX})"
)
_WITHIN = "id >= %(first)s AND id < %(last)s AND started_at >= %(begin)s AND started_at < %(end)s"
_OF = {
    owner: f" AND (caller_{owner}_id = %({owner})s OR callee_{owner}_id = %({owner})s)"
    for owner in ("customer", "subscriber")
}

# S608: built from constants.
_CALLS = f"""
    SELECT {_DIMENSIONS}, gateway_in_id, {_COUNTS}
    FROM (SELECT *, answered_at IS NOT NULL AS answered, status_code AS status, {_DELAY} AS delay
          FROM calls_call WHERE {_WITHIN}{{of}}) AS one
    GROUP BY 1, 2, 3, 4, 5, 6"""  # noqa: S608
_ATTEMPTS = f"""
    SELECT {_DIMENSIONS}, gateway, {_COUNTS}
    FROM (SELECT c.*, (v->>0)::bigint AS gateway, (v->>2)::int AS status, (v->>2)::int BETWEEN 200 AND 299 AS answered,
                 CASE WHEN jsonb_array_length(tried) = 1 THEN {_DELAY} END AS delay
          FROM (SELECT *, CASE WHEN jsonb_typeof(attempts) = 'array' THEN attempts ELSE
                    jsonb_build_array(jsonb_build_array(gateway_out_id, '', status_code, NULL, '')) END AS tried
                FROM calls_call WHERE {_WITHIN} AND (gateway_out_id IS NOT NULL OR attempts IS NOT NULL)) AS c,
               jsonb_array_elements(tried) AS v) AS one
    GROUP BY 1, 2, 3, 4, 5, 6"""  # noqa: S608


def count_hours(
    begin: datetime, end: datetime, *, of: Mapping[str, int] | None = None, with_attempts: bool = True
) -> tuple[list[CallHour], dict[datetime, int]]:
    """Count the calls that began in [begin, end[; return rows that are not stored, and the calls that stand by hour.

    of: those alone of which a side is this customer's or subscriber's, by their keys: {"customer": 7}; of these no
    attempts are counted. with_attempts: whether attempts to call out are counted too.
    """
    counted: dict[tuple[Any, ...], CallHour] = {}
    standing: dict[datetime, int] = {}
    first, last = oldest_id(begin), oldest_id(end + timedelta(milliseconds=1))
    owners = dict(of or {})
    bounds: dict[str, Any] = {"begin": begin, "end": end, "first": first, "last": last, **owners}
    statements = [("", _CALLS.format(of="".join(_OF[owner] for owner in sorted(owners))))]
    if with_attempts and not owners:
        statements.append((OUT, _ATTEMPTS))
    with connection.cursor() as cursor:
        for way, statement in statements:
            cursor.execute(statement, bounds)
            for hour, direction, caller, callee, number, gateway, *numbers, still_open in cursor.fetchall():
                key = (hour, way, direction, gateway, caller, callee, country_of(number))
                _add(counted, key, numbers)
                if not way:
                    standing[hour] = standing.get(hour, 0) + still_open
    return list(counted.values()), standing


def roll_up(now: datetime) -> int:
    """Count the hours that are due; return how many."""
    this_hour = _hour_of(now)
    due = _due_hours(this_hour)[:MOST_HOURS]
    for begin, end in _spans(due):
        rows, standing = count_hours(begin, end)
        hours = [begin + step * HOUR for step in range((end - begin) // HOUR)]
        with transaction.atomic():
            CallHour.objects.filter(hour__gte=begin, hour__lt=end).delete()
            CallHour.objects.bulk_create(rows, batch_size=1000)
            RolledHour.objects.bulk_create(
                [RolledHour(hour=hour, open=standing.get(hour, 0)) for hour in hours],
                update_conflicts=True,
                unique_fields=["hour"],
                update_fields=["open"],
            )
    return len(due)


def counted_until(now: datetime) -> datetime:
    """The hour from which on calls have to be counted when somebody asks: nothing before it is missing."""
    last = RolledHour.objects.order_by("-hour").values_list("hour", flat=True).first()
    if last is not None:
        return min(last + HOUR, _hour_of(now))
    first = Call.objects.order_by("started_at").values_list("started_at", flat=True).first()
    return _hour_of(first or now)


@lru_cache(maxsize=65536)
def country_of(number: str) -> str:
    """Which country the beginning of an E.164 number leads to: its ISO code, or + and the code of what is none; '' for
    no number."""
    if not number.startswith("+"):
        return ""
    country = classify(number, _NOWHERE).country
    return "" if country is None else country.iso or f"+{country.code}"


_NOWHERE = NumberFormat("", "")


def _add(counted: dict[tuple[Any, ...], CallHour], key: tuple[Any, ...], numbers: Iterable[Any]) -> None:
    row = counted.get(key)
    if row is None:
        hour, way, direction, gateway, caller, callee, country = key
        row = counted[key] = CallHour(
            hour=hour, way=way, direction=direction, gateway_id=gateway, caller_reseller_id=caller,
            callee_reseller_id=callee, country=country,
        )  # fmt: skip
    for name, number in zip(_NUMBERS, numbers, strict=True):
        setattr(row, name, getattr(row, name) + number)


def _due_hours(this_hour: datetime) -> list[datetime]:
    """The oldest first. Of months whose calls are gone nothing is counted any more."""
    last = RolledHour.objects.order_by("-hour").values_list("hour", flat=True).first()
    begin = last + HOUR if last is not None else counted_until(this_hour)
    fresh = [begin + step * HOUR for step in range(max(0, min(MOST_HOURS, (this_hour - begin) // HOUR)))]
    kept = datetime.min.replace(tzinfo=UTC)
    if settings.CALL_RETENTION_MONTHS:
        kept = month_of(this_hour).later(-settings.CALL_RETENTION_MONTHS).begin
    again = RolledHour.objects.filter(hour__gte=kept, hour__lt=this_hour)
    known = set(again.filter(open__gt=0).values_list("hour", flat=True))
    known |= set(again.filter(hour__gte=this_hour - SETTLES).values_list("hour", flat=True))
    return sorted(known) + fresh


def _spans(hours: list[datetime]) -> list[tuple[datetime, datetime]]:
    """Hours that follow each other, a day of them at most, as spans."""
    spans: list[tuple[datetime, datetime]] = []
    for hour in sorted(hours):
        if spans and spans[-1][1] == hour and hour - spans[-1][0] < timedelta(days=1):
            spans[-1] = (spans[-1][0], hour + HOUR)
        else:
            spans.append((hour, hour + HOUR))
    return spans


def _hour_of(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
