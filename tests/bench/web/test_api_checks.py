"""A page with a row too many, too few, or of somebody else is found."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from accounts.api.users import UserViewSet
from accounts.choices import Role
from bench.web.api_checks import Expected, answers, of_list, of_one
from bench.web.asking import Answer, Query
from calls.api.views import CallViewSet
from numbering.api.views import NumberViewSet
from subscribers.api.domains import DomainViewSet
from subscribers.api.views import SubscriberViewSet
from tests.factories.accounts import CustomerFactory

OWN, FOREIGN = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
ADMIN: Any = SimpleNamespace(user=SimpleNamespace(role=Role.ADMIN))
RESELLER: Any = SimpleNamespace(user=SimpleNamespace(role=Role.RESELLER, reseller=SimpleNamespace(uid=OWN)))
CUSTOMER: Any = SimpleNamespace(user=SimpleNamespace(role=Role.CUSTOMER, customer=SimpleNamespace(uid=OWN)))


def _wrong(
    view: Any, rows: list[dict[str, Any]], *query: tuple[str, str], person: Any = ADMIN, least: bool = False
) -> str:
    body = json.dumps({"results": rows}).encode()
    asked: Query = query
    return of_list(Expected(view, person, asked, at_least_one=least))(Answer(200, body, 0.0, 1, 0.0, 0.0, ())).wrong


def _subscriber(username: str, **fields: Any) -> dict[str, Any]:
    return {"id": username, "username": username, "is_active": True, "reseller": OWN, "customer": OWN} | fields


def _call(started: str, **fields: Any) -> dict[str, Any]:
    return {"id": started, "started_at": started, "ended_at": None, "direction": "inbound"} | fields


def test_rows_that_fit_are_right() -> None:
    rows = [_subscriber("alice"), _subscriber("bob")]
    assert _wrong(SubscriberViewSet, rows) == ""
    assert _wrong(SubscriberViewSet, rows, ("is_active", "true"), person=RESELLER, least=True) == ""
    assert _wrong(SubscriberViewSet, list(reversed(rows)), ("ordering", "-username")) == ""


@pytest.mark.parametrize(
    ("rows", "query"),
    [
        ([_subscriber("alice"), _subscriber("bob", is_active=False)], ("is_active", "true")),
        ([_subscriber("bob")], ("search", "al")),
        ([_subscriber("bob")], ("username", "alice")),
        ([_subscriber("bob"), _subscriber("alice")], ("ordering", "username")),
    ],
)
def test_rows_that_do_not_fit_are_found(rows: list[dict[str, Any]], query: tuple[str, str]) -> None:
    assert _wrong(SubscriberViewSet, rows, query)


def test_somebody_elses_row_is_found() -> None:
    rows = [_subscriber("alice", reseller=FOREIGN, customer=FOREIGN)]
    assert _wrong(SubscriberViewSet, rows, person=RESELLER).endswith("somebody else's")
    assert _wrong(SubscriberViewSet, rows, person=CUSTOMER).endswith("somebody else's")
    assert _wrong(SubscriberViewSet, rows) == ""


def test_a_row_that_is_missing_and_one_too_many_are_found() -> None:
    assert _wrong(SubscriberViewSet, [], ("search", "al"), least=True) == "no row, though one that fits is there"
    many = [_subscriber(f"user{number:02}") for number in range(51)]
    assert _wrong(SubscriberViewSet, many) == "51 rows on a page of 50"


def test_both_sides_and_times_of_calls() -> None:
    call = _call("2026-11-23T10:00:00Z", caller_number="+4311001", callee_number="+4366")
    assert _wrong(CallViewSet, [call], ("number", "+4366")) == ""
    assert _wrong(CallViewSet, [call], ("number", "+4367"))
    assert _wrong(CallViewSet, [call], ("is_live", "true"), ("started_before", "2026-11-23T10:00:01Z")) == ""
    assert _wrong(CallViewSet, [call], ("is_live", "false"))
    assert _wrong(CallViewSet, [call], ("started_after", "2026-11-23T10:00:01Z"))


def test_who_has_a_number_and_all_names_of_a_domain() -> None:
    held = {"id": "n", "e164": "+4311001", "assignment": {"subscriber": OWN}}
    assert _wrong(NumberViewSet, [held], ("subscriber", OWN), ("is_assigned", "true")) == ""
    assert _wrong(NumberViewSet, [held], ("subscriber", FOREIGN))
    assert _wrong(NumberViewSet, [held], ("is_assigned", "false"))
    domain = {"id": "d", "name": "a.example", "names": ["a.example", "alias.example"]}
    assert _wrong(DomainViewSet, [domain], ("name", "alias.example")) == ""
    assert _wrong(DomainViewSet, [domain], ("name", "b.example"))


def test_one_row_is_the_one_that_was_asked_for() -> None:
    answer = Answer(200, json.dumps({"id": OWN}).encode(), 0.0, 1, 0.0, 0.0, ())
    assert of_one(OWN)(answer).wrong == ""
    assert FOREIGN in of_one(FOREIGN)(answer).wrong


def test_what_is_no_list_has_to_hold_something() -> None:
    assert answers(Answer(200, b"[]", 0.0, 1, 0.0, 0.0, ())).wrong == ""
    assert answers(Answer(200, b"", 0.0, 1, 0.0, 0.0, ())).wrong == "nothing came"


@pytest.mark.django_db
def test_a_person_of_a_resellers_customer_is_the_resellers_to_see() -> None:
    own, foreign = CustomerFactory(), CustomerFactory()
    reseller: Any = SimpleNamespace(user=SimpleNamespace(role=Role.RESELLER, reseller=own.reseller))
    person = {"id": OWN, "username": "anna", "reseller": None}
    assert _wrong(UserViewSet, [person | {"customer": str(own.uid)}], person=reseller) == ""
    assert _wrong(UserViewSet, [person | {"customer": str(foreign.uid)}], person=reseller)
    assert _wrong(UserViewSet, [person | {"customer": None}], person=reseller)
