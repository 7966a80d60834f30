"""Whether an answer of the API holds what was asked for: each row fits each parameter, and is the person's to see."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.choices import Role
from accounts.models import Reseller
from bench.web.asking import Answer, Query
from bench.web.cases import Finding, Look
from bench.web.people import Person
from provider.api.paging import PAGE_SIZE
from provider.api.viewset import ScopedViewSet

Row = dict[str, Any]
WORDS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Expected:
    """What a list must be. at_least_one: a row that fits is known to be there."""

    view: type[ScopedViewSet]
    person: Person
    query: Query
    at_least_one: bool = False


def of_list(expected: Expected) -> Look:
    """Looks at a page of rows."""

    def look(answer: Answer) -> Finding:
        rows = json.loads(answer.body)["results"]
        return Finding(len(rows), _wrong_with(rows, expected))

    return look


def of_one(uid: str) -> Look:
    """Looks at one row."""

    def look(answer: Answer) -> Finding:
        found = json.loads(answer.body).get("id")
        return Finding(1, "" if found == uid else f"the row {found} came instead of {uid}")

    return look


def answers(answer: Answer) -> Finding:
    """Looks at what is no list of rows: a sum of many, a file."""
    return Finding(None, "" if answer.body else "nothing came")


def _wrong_with(rows: list[Row], expected: Expected) -> str:
    if expected.at_least_one and not rows:
        return "no row, though one that fits is there"
    if len(rows) > PAGE_SIZE:
        return f"{len(rows)} rows on a page of {PAGE_SIZE}"
    for name, value in expected.query:
        strange = [row for row in rows if not _fits(row, name, value, expected)]
        if strange:
            return f"{name}={value} gave the row {strange[0].get('id')}"
    foreign = [row for row in rows if not _may_see(row, expected.person)]
    if foreign:
        return f"the row {foreign[0].get('id')} is somebody else's"
    return "" if _is_sorted(rows, expected) else "the rows are not in their order"


def _fits(row: Row, name: str, value: str, expected: Expected) -> bool:
    """Whether the row is one that the parameter lets through; True for parameters that say nothing about a row."""
    if name == "search":
        fields = [lookup.split("__")[0] for lookup in expected.view.search_lookups]
        return any(str(row.get(field, "")).lower().startswith(value.lower()) for field in fields)
    if name.endswith(("_after", "_before")):
        moment = datetime.fromisoformat(row["started_at"])
        asked = datetime.fromisoformat(value)
        return moment >= asked if name.endswith("_after") else moment < asked
    if name == "is_live":
        return (row["ended_at"] is None) is WORDS[value]
    if name == "is_assigned":
        return (row["assignment"] is not None) is WORDS[value]
    return value in _sides(row, name) if _sides(row, name) else True


def _sides(row: Row, name: str) -> list[str]:
    """What the row says about a parameter: its field of that name, or those of both sides of a call."""
    if name == "subscriber" and row.get("assignment"):
        return [row["assignment"]["subscriber"]]
    if name == "name" and "names" in row:
        return list(row["names"])
    fields = (name,) if name in row else (f"caller_{name}", f"callee_{name}")
    values = [row[field] for field in fields if field in row]
    return [str(value).lower() if isinstance(value, bool) else str(value) for value in values]


def _may_see(row: Row, person: Person) -> bool:
    user = person.user
    if user.role == Role.RESELLER and user.reseller is not None and "reseller" in row:
        return bool(row["reseller"] == str(user.reseller.uid)) or _is_of_a_customer(row, user.reseller)
    if user.role == Role.CUSTOMER and user.customer is not None and "customer" in row:
        return bool(row["customer"] == str(user.customer.uid))
    return True


def _is_of_a_customer(row: Row, reseller: Reseller) -> bool:
    """A person who belongs to a customer is of no reseller itself."""
    return row["reseller"] is None and reseller.customers.filter(uid=row["customer"]).exists()


def _is_sorted(rows: list[Row], expected: Expected) -> bool:
    ordering = dict(expected.query).get("ordering") or expected.view.default_ordering
    if any(ordering.removeprefix("-") not in row for row in rows):  # the rows do not say by what: the apps' tests know
        return True
    values = [row[ordering.removeprefix("-")] for row in rows]
    return values == sorted(values, reverse=ordering.startswith("-"))
