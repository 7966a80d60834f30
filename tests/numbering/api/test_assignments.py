"""Numbers given, kept and taken back by the API."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from numbering.actions import assign_number, release_number
from numbering.models import NumberAssignment, PhoneNumber
from tests.factories.numbering import NumberAssignmentFactory, PhoneNumberFactory
from tests.factories.subscribers import SubscriberFactory
from tests.factories.two_resellers import Side, TwoResellers, make_two_resellers
from tests.provider.api.asking import ask, refused_fields, rows, send

pytestmark = pytest.mark.usefixtures("redis_url")
PATH = "number-assignments/"
ANY = {"If-Match": "*"}
NOBODYS = "00000000-0000-4000-8000-000000000000"
ROUNDS = 12
CLIENTS = 4


def _written(time: datetime) -> str:
    return time.isoformat().replace("+00:00", "Z")


def _in(**delta: int) -> str:
    return _written(timezone.now() + timedelta(**delta))


def _give(side: Side, **more: Any) -> HttpResponse:
    wanted = {"number": str(side.free_number.uid), "subscriber": str(side.alice.uid), **more}
    return send("POST", side.reseller_token_text, PATH, {name: value for name, value in wanted.items() if value})


def test_a_number_is_given_by_its_id(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    made = _give(side)
    assert made.status_code == 201, made.content
    body = made.json()
    assert (body["e164"], body["aor"], body["is_main"], body["valid_until"]) == (
        "+4311003",
        "alice@a.example.org",
        False,
        None,
    )
    assert (body["customer"], body["reseller"]) == (str(side.customer.uid), str(side.reseller.uid))
    assert ask(side.reseller_token_text, f"{PATH}{body['id']}/").json() == body
    assert NumberAssignment.objects.current().get(number=side.free_number).subscriber == side.alice


def test_a_number_is_given_by_its_digits(two_resellers: TwoResellers) -> None:
    made = _give(two_resellers.a, number=None, e164="+4311003", is_main=True)
    assert (made.status_code, made.json()["is_main"]) == (201, True)
    assert not NumberAssignment.objects.get(pk=two_resellers.a.alice_assignment.pk).is_main


@pytest.mark.parametrize(
    ("more", "fields"),
    [
        ({"number": None}, {"number": "required"}),
        ({"e164": "+4311003"}, {"e164": "contradiction"}),
        ({"number": None, "e164": "+4311001"}, {"e164": "taken"}),
        ({"number": None, "e164": "+4312003"}, {"e164": "does_not_exist"}),
        ({"number": None, "e164": "+4319999"}, {"e164": "does_not_exist"}),
        ({"number": None, "e164": "11003"}, {"e164": "not_e164"}),
        ({"number": NOBODYS}, {"number": "does_not_exist"}),
        ({"subscriber": NOBODYS}, {"subscriber": "does_not_exist"}),
        ({"subscriber": None}, {"subscriber": "required"}),
        ({"valid_from": "2020-01-01T00:00:00Z"}, {"valid_from": "passed"}),
        ({"valid_until": "2020-01-01T00:00:00Z"}, {"valid_until": "passed"}),
        ({"valid_until": "tomorrow"}, {"valid_until": "invalid"}),
        ({"reseller": NOBODYS}, {"reseller": "read_only"}),
        ({"colour": "red"}, {"colour": "unknown"}),
    ],
)
def test_what_is_wrong_is_said(two_resellers: TwoResellers, more: dict[str, Any], fields: dict[str, str]) -> None:
    before = NumberAssignment.objects.count()
    assert refused_fields(_give(two_resellers.a, **more)) == fields
    assert NumberAssignment.objects.count() == before


def test_another_resellers_number_is_as_one_that_nobody_has(two_resellers: TwoResellers) -> None:
    side, answers, costs = two_resellers.a, [], []
    rows(side.reseller_token_text, PATH)  # the token's first use is written down
    for e164 in ("+4312001", "+4312003", "+4319999"):
        with CaptureQueriesContext(connection) as queries:
            answers.append(_give(side, number=None, e164=e164).json())
        costs.append(len(queries))
        with CaptureQueriesContext(connection) as queries:
            assert rows(side.reseller_token_text, PATH, e164=e164, count="1") == []
        costs.append(len(queries))
    assert answers[0] == answers[1] == answers[2]
    assert costs[:2] == costs[2:4] == costs[4:]


def test_foreign_assignments_are_not_there(two_resellers: TwoResellers) -> None:
    a, b = two_resellers.a, two_resellers.b
    answers = []
    for uid in (b.alice_assignment.uid, NOBODYS):
        for method in ("GET", "PATCH", "DELETE"):
            answers.append(send(method, a.reseller_token_text, f"{PATH}{uid}/", {"is_main": False}, headers=ANY))
    assert {answer.status_code for answer in answers} == {404}
    assert [answer.json() for answer in answers[:3]] == [answer.json() for answer in answers[3:]]
    assert rows(a.reseller_token_text, PATH, subscriber=b.alice.uid) == []
    foreign = _give(a, subscriber=str(b.alice.uid))
    assert refused_fields(foreign) == {"subscriber": "does_not_exist"}
    mixed = send("POST", two_resellers.admin_token_text, PATH, {"e164": "+4311003", "subscriber": str(b.alice.uid)})
    assert refused_fields(mixed) == {"subscriber": "invalid"}


def test_a_number_is_given_for_a_time_to_come(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    begin, end = _in(days=1), _in(days=2)
    made = _give(side, subscriber=str(side.bob.uid), valid_from=begin, valid_until=end)
    assert (made.status_code, made.json()["valid_from"], made.json()["valid_until"]) == (201, begin, end)
    assert not made.json()["is_main"]  # bob has a main number then
    assert refused_fields(_give(side, is_main=True)) == {"number": "taken"}
    before = _give(side, valid_until=_in(hours=20))
    assert before.status_code == 201, before.content
    assert refused_fields(_give(side, valid_from=_in(hours=19), valid_until=_in(hours=26))) == {"number": "taken"}
    assert _give(side, valid_from=_in(days=3)).status_code == 201


def test_who_has_a_main_number_gets_no_other_for_a_time_to_come(two_resellers: TwoResellers) -> None:
    assert refused_fields(_give(two_resellers.a, valid_from=_in(days=1), is_main=True)) == {"is_main": "taken"}
    wrong = _give(two_resellers.a, valid_from=_in(days=2), valid_until=_in(days=1))
    assert refused_fields(wrong) == {"valid_until": "invalid"}


def test_a_clock_that_is_a_little_behind_means_now(two_resellers: TwoResellers) -> None:
    made = _give(two_resellers.a, valid_from=_in(seconds=-20))
    assert made.status_code == 201
    assert NumberAssignment.objects.current().filter(uid=made.json()["id"]).exists()


def test_numbers_in_quarantine_and_ported_out_are_not_given(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    resting = PhoneNumberFactory(reseller=side.reseller, quarantined=True)
    away = PhoneNumberFactory(reseller=side.reseller, ported_out=True)
    assert refused_fields(_give(side, number=str(resting.uid))) == {"number": "quarantined"}
    assert refused_fields(_give(side, number=str(away.uid))) == {"number": "ported_out"}


def _change(side: Side, **more: Any) -> HttpResponse:
    return send("PATCH", side.reseller_token_text, f"{PATH}{side.alice_assignment.uid}/", more)


def test_its_end_changes(two_resellers: TwoResellers) -> None:
    side, later = two_resellers.a, _in(days=3)
    assert _change(side, valid_until=later).json()["valid_until"] == later
    assert _change(side, is_main=True).json()["valid_until"] == later  # what is not sent stays
    NumberAssignmentFactory(
        number=side.alice_number, subscriber=side.bob, valid_from=timezone.now() + timedelta(days=4)
    )
    assert refused_fields(_change(side, valid_until=None)) == {"": "taken"}
    assert refused_fields(_change(side, valid_until=_in(days=5))) == {"": "taken"}
    assert refused_fields(_change(side, valid_until="2020-01-01T00:00:00Z")) == {"valid_until": "passed"}
    assert NumberAssignment.objects.get(pk=side.alice_assignment.pk).valid_until == datetime.fromisoformat(later)


def test_another_number_becomes_the_main_one(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    second = _give(side).json()["id"]
    changed = send("PATCH", side.reseller_token_text, f"{PATH}{second}/", {"is_main": True})
    assert (changed.status_code, changed.json()["is_main"]) == (200, True)
    assert not ask(side.reseller_token_text, f"{PATH}{side.alice_assignment.uid}/").json()["is_main"]
    dropped = send("PATCH", side.reseller_token_text, f"{PATH}{second}/", {"is_main": False})
    assert not dropped.json()["is_main"]
    later = _give(side, number=str(PhoneNumberFactory(reseller=side.reseller).uid), valid_from=_in(days=1))
    assert later.json()["is_main"]  # nothing else is, then
    send("PATCH", side.reseller_token_text, f"{PATH}{later.json()['id']}/", {"is_main": False})
    assert _change(side, is_main=True).json()["is_main"]
    taken = send("PATCH", side.reseller_token_text, f"{PATH}{later.json()['id']}/", {"is_main": True})
    assert refused_fields(taken) == {"": "taken"}


def test_what_is_fixed_stays_and_may_be_sent_back(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    path = f"{PATH}{side.alice_assignment.uid}/"
    whole = ask(side.reseller_token_text, path).json()
    assert send("PATCH", side.reseller_token_text, path, whole).json() == whole
    moved = _change(side, subscriber=str(side.bob.uid), e164="+4311003", valid_from=_in(days=1))
    assert refused_fields(moved) == {"subscriber": "fixed", "e164": "fixed", "valid_from": "fixed"}


def test_a_number_is_taken_back_and_its_history_stays(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    path = f"{PATH}{side.alice_assignment.uid}/"
    assert send("DELETE", side.reseller_token_text, path).status_code == 428
    assert send("DELETE", side.reseller_token_text, path, headers={"If-Match": '"old"'}).status_code == 412
    assert send("DELETE", side.reseller_token_text, path, headers=ANY, dry_run="1").status_code == 200
    assert NumberAssignment.objects.current().filter(pk=side.alice_assignment.pk).exists()
    etag = ask(side.reseller_token_text, path).headers["ETag"]
    assert send("DELETE", side.reseller_token_text, path, headers={"If-Match": etag}).status_code == 204
    ended = ask(side.reseller_token_text, path).json()
    assert ended["valid_until"] is not None
    assert PhoneNumber.objects.quarantined().get() == side.alice_number
    again = send("DELETE", side.reseller_token_text, path, headers=ANY)
    assert (again.status_code, again.json()["code"]) == (409, "ended")
    assert refused_fields(_change(side, is_main=False)) == {"": "ended"}


def test_one_that_has_not_begun_is_taken_away(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    later = _give(side, valid_from=_in(days=1)).json()["id"]
    assert send("DELETE", side.reseller_token_text, f"{PATH}{later}/", headers=ANY).status_code == 204
    assert ask(side.reseller_token_text, f"{PATH}{later}/").status_code == 404
    assert side.free_number in PhoneNumber.objects.unassigned()


def test_assignments_are_narrowed(two_resellers: TwoResellers) -> None:
    side, token = two_resellers.a, two_resellers.a.reseller_token_text
    release_number(side.bob_number)
    other = SubscriberFactory(domain=side.domain)
    NumberAssignmentFactory(
        number=side.free_number, subscriber=other, is_main=True, valid_from=timezone.now() + timedelta(days=1)
    )

    def found(**parameters: Any) -> list[str]:
        return sorted(row["e164"] for row in rows(token, PATH, **parameters))

    assert found() == ["+4311001", "+4311002", "+4311003"]
    assert found(time="current") == ["+4311001"]
    assert found(time="past") == ["+4311002"]
    assert found(time="future") == ["+4311003"]
    assert found(number=side.bob_number.uid) == found(e164="+4311002") == found(subscriber=side.bob.uid) == ["+4311002"]
    assert found(customer=side.customer.uid) == ["+4311001", "+4311002"]
    assert found(customer=two_resellers.b.customer.uid) == []
    assert found(is_main="true") == ["+4311001", "+4311003"]
    assert refused_fields(ask(token, PATH, time="never")) == {"time": "invalid_choice"}


def test_customers_see_their_own_and_write_nothing(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    assign_number(side.free_number, SubscriberFactory(domain=side.domain))
    assert len(rows(side.reseller_token_text, PATH)) == 3
    assert sorted(row["e164"] for row in rows(side.customer_token_text, PATH)) == ["+4311001", "+4311002"]
    assert send("POST", side.customer_token_text, PATH, {}).status_code == 403
    assert len(rows(two_resellers.admin_token_text, PATH)) == 5


def test_references_written_out_cost_the_same_whatever_the_page(two_resellers: TwoResellers) -> None:
    side = two_resellers.a

    def asked() -> tuple[int, list[dict[str, Any]]]:
        with CaptureQueriesContext(connection) as queries:
            found = rows(side.reseller_token_text, PATH, expand="subscriber,customer")
        return len(queries), found

    asked()  # the token's first use is written down
    few, found = asked()
    assert {row["subscriber"]["username"] for row in found} == {"alice", "bob"}
    assert {row["customer"]["name"] for row in found} == {"Customer"}
    for _ in range(5):
        assign_number(PhoneNumberFactory(reseller=side.reseller), SubscriberFactory(domain=side.domain))
    assert asked()[0] == few


def test_many_are_given_at_once(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    wanted = [
        {"operation": "create", "data": {"e164": "+4311003", "subscriber": str(side.alice.uid)}},
        {"operation": "create", "data": {"e164": "+4311003", "subscriber": str(side.bob.uid)}},
        {"operation": "delete", "id": str(side.bob_assignment.uid), "if_match": "*"},
    ]
    path = f"{PATH}bulk/"
    whole = send("POST", side.reseller_token_text, path, {"rows": wanted})
    assert (whole.status_code, whole.json()["done"]) == (422, 0)
    assert NumberAssignment.objects.current().count() == 4
    some = send("POST", side.reseller_token_text, path, {"rows": wanted, "all_or_nothing": False})
    assert (some.status_code, some.json()["done"], some.json()["rows"][1]["problem"]["code"]) == (207, 2, "taken")


def _at_once(asks: list[Callable[[], HttpResponse]]) -> list[HttpResponse]:
    """The answers of requests that begin together, each on a connection of its own."""
    together = Barrier(len(asks))

    def one(place: int) -> HttpResponse:
        together.wait(10)
        try:
            return asks[place]()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(asks)) as pool:
        return list(pool.map(one, range(len(asks))))


@pytest.mark.django_db(transaction=True)
def test_of_several_who_take_the_last_free_number_one_gets_it() -> None:
    side = make_two_resellers().a
    for turn in range(ROUNDS):
        number = PhoneNumberFactory(reseller=side.reseller, e164=f"+43115{turn:03}")
        who = [side.alice, side.bob] * (CLIENTS // 2)
        answers = _at_once([lambda s=s, n=number: _give(side, number=str(n.uid), subscriber=str(s.uid)) for s in who])
        assert sorted(answer.status_code for answer in answers) == [201] + [400] * (CLIENTS - 1)
        assert [refused_fields(one) for one in answers if one.status_code == 400] == [{"number": "taken"}] * (
            CLIENTS - 1
        )
        assert NumberAssignment.objects.current().filter(number=number).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_several_who_take_a_number_back_one_ends_it() -> None:
    side = make_two_resellers().a
    for turn in range(ROUNDS):
        number = PhoneNumberFactory(reseller=side.reseller, e164=f"+43115{turn:03}")
        path = f"{PATH}{assign_number(number, side.alice).uid}/"
        asks = [lambda path=path: send("DELETE", side.reseller_token_text, path, headers=ANY)] * CLIENTS
        asks.append(lambda path=path: send("PATCH", side.reseller_token_text, path, {"is_main": True}))
        *deleted, changed = _at_once(asks)
        assert sorted(answer.status_code for answer in deleted) == [204] + [409] * (CLIENTS - 1)
        assert changed.status_code in (200, 400)
        assert not NumberAssignment.objects.current().filter(number=number).exists()
