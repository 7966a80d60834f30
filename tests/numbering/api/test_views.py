"""Phone numbers in the API."""

from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext

from numbering.actions import release_number
from numbering.models import PhoneNumber
from tests.factories.numbering import NumberBlockFactory, PhoneNumberFactory
from tests.factories.two_resellers import TwoResellers
from tests.provider.api.asking import ask, refused_fields, rows, send

pytestmark = pytest.mark.usefixtures("redis_url")
ANY = {"If-Match": "*"}


def test_numbers_are_narrowed(two_resellers: TwoResellers) -> None:
    side, token = two_resellers.a, two_resellers.a.reseller_token_text
    assert [row["e164"] for row in rows(token, "numbers/", e164="+4311001")] == ["+4311001"]
    assert rows(token, "numbers/", e164="+4312001") == []
    assert [row["e164"] for row in rows(token, "numbers/", subscriber=side.bob.uid)] == ["+4311002"]
    assert rows(token, "numbers/", subscriber=two_resellers.b.bob.uid) == []
    assert [row["e164"] for row in rows(token, "numbers/", is_assigned="false")] == ["+4311003"]
    assert len(rows(token, "numbers/", is_assigned="true")) == 2


def test_a_number_that_was_released_rests(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    release_number(side.alice_number)
    row = rows(side.reseller_token_text, "numbers/", e164="+4311001")[0]
    assert (row["assignment"], row["state"]) == (None, "quarantined")
    assert row["quarantined_until"].endswith("Z")
    assert len(rows(side.reseller_token_text, "numbers/", is_assigned="false")) == 2


def test_numbers_are_narrowed_by_state_and_block(two_resellers: TwoResellers) -> None:
    side, token = two_resellers.a, two_resellers.a.reseller_token_text
    block = NumberBlockFactory(first="+4311000", last="+4311001", reseller=side.reseller)
    PhoneNumberFactory(e164="+4311009", reseller=side.reseller, ported_out=True, ported_to="Another")
    found = {
        state: [row["e164"] for row in rows(token, "numbers/", state=state)]
        for state in ("free", "assigned", "quarantined", "ported_out")
    }
    assert found == {
        "free": ["+4311003"],
        "assigned": ["+4311001", "+4311002"],
        "quarantined": [],
        "ported_out": ["+4311009"],
    }
    (row,) = rows(token, "numbers/", block=block.uid)
    assert (row["e164"], row["block"], row["extension_digits"]) == ("+4311001", str(block.uid), 0)
    assert rows(two_resellers.b.reseller_token_text, "numbers/", block=block.uid) == []


def _make(token: str, **more: Any) -> HttpResponse:
    return send("POST", token, "numbers/", more)


def test_a_reseller_makes_numbers_within_its_blocks(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    block = NumberBlockFactory(first="+4314000", last="+4314099", reseller=side.reseller, extension_digits=2)
    made = _make(side.reseller_token_text, e164="+4314050", note="Fax")
    assert made.status_code == 201, made.content
    body = made.json()
    assert (body["e164"], body["note"], body["extension_digits"], body["state"]) == ("+4314050", "Fax", 2, "free")
    assert (body["block"], body["reseller"], body["assignment"]) == (str(block.uid), str(side.reseller.uid), None)
    assert _make(side.reseller_token_text, e164="+4314051", extension_digits=0).json()["extension_digits"] == 0
    assert refused_fields(_make(side.reseller_token_text, e164="+4314050")) == {"e164": "unique"}


def test_what_lies_elsewhere_is_refused_alike_whosever_it_is(two_resellers: TwoResellers) -> None:
    a, b = two_resellers.a, two_resellers.b
    NumberBlockFactory(first="+4315000", last="+4315099", reseller=b.reseller)
    NumberBlockFactory(first="+4316000", last="+4316099")
    rows(a.reseller_token_text, "numbers/")  # the token's first use is written down
    answers, costs = [], []
    for e164 in ("+4312001", "+4315001", "+4316001", "+4319999"):
        with CaptureQueriesContext(connection) as queries:
            answers.append(_make(a.reseller_token_text, e164=e164).json())
            assert rows(a.reseller_token_text, "numbers/", e164=e164) == []
        costs.append(len(queries))
    assert {answer["code"] for answer in answers} == {"not_in_your_blocks"}
    assert answers == [answers[0]] * 4
    assert costs == [costs[0]] * 4


def test_administrators_make_numbers_anywhere(two_resellers: TwoResellers) -> None:
    token, side = two_resellers.admin_token_text, two_resellers.b
    assert refused_fields(_make(token, e164="+4319999")) == {"reseller": "required"}
    made = _make(token, e164="+4319999", reseller=str(side.reseller.uid))
    assert (made.status_code, made.json()["block"]) == (201, None)
    NumberBlockFactory(first="+4315000", last="+4315099", reseller=two_resellers.a.reseller)
    assert refused_fields(_make(token, e164="+4315000", reseller=str(side.reseller.uid))) == {"e164": "invalid"}


@pytest.mark.parametrize(
    ("more", "fields"),
    [
        ({}, {"e164": "required"}),
        ({"e164": "4314001"}, {"e164": "invalid"}),
        ({"e164": "+0314001"}, {"e164": "invalid"}),
        ({"e164": "+4314001\n"}, {"e164": "not_in_your_blocks"}),
        ({"e164": "+43140010000000000"}, {"e164": "max_length"}),
        ({"e164": "+4314001", "extension_digits": 13}, {"extension_digits": "max_value"}),
        ({"e164": "+4314001", "state": "assigned"}, {"state": "read_only"}),
    ],
)
def test_what_is_wrong_with_a_number(two_resellers: TwoResellers, more: dict[str, Any], fields: dict[str, str]) -> None:
    assert refused_fields(_make(two_resellers.a.reseller_token_text, **more)) == fields


def test_extensions_tell_nothing_of_other_resellers_numbers(two_resellers: TwoResellers) -> None:
    side, token = two_resellers.a, two_resellers.a.reseller_token_text
    NumberBlockFactory(first="+4312000", last="+4312000", reseller=side.reseller)
    PhoneNumberFactory(e164="+43120005", reseller=two_resellers.b.reseller)
    taken = _make(token, e164="+4312000", extension_digits=1)
    assert refused_fields(taken) == {"e164": "taken"}
    assert "+43120005" not in taken.content.decode()
    uid = _make(token, e164="+4312000").json()["id"]
    longer = send("PATCH", token, f"numbers/{uid}/", {"extension_digits": 1})
    assert refused_fields(longer) == {"extension_digits": "taken"}
    assert "+43120005" not in longer.content.decode()


def test_note_and_extensions_change(two_resellers: TwoResellers) -> None:
    side, token = two_resellers.a, two_resellers.a.reseller_token_text
    path = f"numbers/{side.alice_number.uid}/"
    whole = ask(token, path).json()
    changed = send("PATCH", token, path, whole | {"note": "Door", "extension_digits": 1})
    assert (changed.status_code, changed.json()["note"], changed.json()["extension_digits"]) == (200, "Door", 1)
    assert changed.json()["assignment"] == whole["assignment"]
    moved = send("PATCH", token, path, {"e164": "+4311009", "state": "free"})
    assert refused_fields(moved) == {"e164": "fixed", "state": "read_only"}


def test_a_number_is_removed_when_it_is_free(two_resellers: TwoResellers) -> None:
    side, token = two_resellers.a, two_resellers.a.reseller_token_text
    held, free = f"numbers/{side.alice_number.uid}/", f"numbers/{side.free_number.uid}/"
    assert send("DELETE", token, free).status_code == 428
    refused = send("DELETE", token, held, headers=ANY)
    assert (refused.status_code, refused.json()["code"]) == (409, "in_use")
    assert send("DELETE", token, free, headers=ANY).status_code == 204
    assert ask(token, free).status_code == 404


def _do(token: str, number: PhoneNumber, what: str, data: Any = None) -> tuple[int, str]:
    """Status, and the state or the code that was answered."""
    answer = send("POST", token, f"numbers/{number.uid}/{what}/", data)
    body = answer.json()
    return answer.status_code, body.get("state") or body["code"]


def test_what_a_number_goes_through(two_resellers: TwoResellers) -> None:
    side, token, admin = two_resellers.a, two_resellers.a.reseller_token_text, two_resellers.admin_token_text
    number = side.alice_number
    assert _do(token, number, "end-quarantine") == (409, "not_in_quarantine")
    assert _do(token, number, "release") == (200, "quarantined")
    assert _do(token, number, "release") == (409, "free")
    assert _do(token, number, "end-quarantine") == (200, "free")
    assert _do(token, number, "port-out", {"to": "x" * 101}) == (400, "max_length")
    assert _do(token, number, "port-out", {"to": "Another"}) == (200, "ported_out")
    assert _do(token, number, "port-out") == (409, "ported_out")
    assert _do(token, number, "port-back") == (403, "role_not_allowed")
    assert _do(admin, number, "port-back") == (200, "free")
    assert _do(admin, number, "port-back") == (409, "taken")
    assert _do(token, two_resellers.b.alice_number, "release") == (404, "not_found")


def test_numbers_are_ported_in_by_administrators(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    wanted = {"e164": "+4366412345", "reseller": str(side.reseller.uid), "origin": "Another"}
    refused = send("POST", side.reseller_token_text, "numbers/port-in/", wanted)
    assert (refused.status_code, refused.json()["code"]) == (403, "role_not_allowed")
    made = send("POST", two_resellers.admin_token_text, "numbers/port-in/", wanted)
    assert (made.status_code, made.json()["ported_from"], made.json()["state"]) == (201, "Another", "free")
    again = send("POST", two_resellers.admin_token_text, "numbers/port-in/", wanted)
    assert refused_fields(again) == {"e164": "taken"}


def test_an_export_has_what_the_filters_leave(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    PhoneNumber.objects.filter(pk=side.free_number.pk).update(note="=1+1")

    def lines(token: str, **parameters: Any) -> list[str]:
        answer = ask(token, "numbers/export/", **parameters)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
        return b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]

    assert lines(side.reseller_token_text, state="free")[1:] == ["+4311003,Reseller a,,,0,free,'=1+1"]
    assert len(lines(side.reseller_token_text)) == 4
    assert len(lines(side.customer_token_text)) == 3
    assert len(lines(two_resellers.admin_token_text)) == 7
    assert refused_fields(ask(side.reseller_token_text, "numbers/export/", page_size="5")) == {
        "page_size": "unknown_parameter"
    }


def test_many_numbers_are_made_at_once(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    NumberBlockFactory(first="+4314000", last="+4314099", reseller=side.reseller)
    wanted = [{"operation": "create", "data": {"e164": f"+43140{n:02}"}} for n in range(3)]
    made = send("POST", side.reseller_token_text, "numbers/bulk/", {"rows": wanted})
    assert (made.status_code, made.json()["done"]) == (200, 3)
