"""Blocks of numbers by the API: resellers read theirs, administrators write."""

from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext

from numbering.actions_blocks import allocate_numbers
from numbering.models import NumberBlock, PhoneNumber
from tests.factories.numbering import NumberBlockFactory
from tests.factories.two_resellers import TwoResellers
from tests.provider.api.asking import ask, refused_fields, rows, send

pytestmark = pytest.mark.usefixtures("redis_url")
PATH = "number-blocks/"
ANY = {"If-Match": "*"}


def test_a_reseller_sees_the_blocks_that_it_was_given(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    block = NumberBlockFactory(first="+4314000", last="+4314099", reseller=side.reseller, extension_digits=2)
    NumberBlockFactory(first="+4315000", last="+4315099", reseller=two_resellers.b.reseller)
    NumberBlockFactory(first="+4316000", last="+4316099")
    (row,) = rows(side.reseller_token_text, "number-blocks/")
    assert (row["id"], row["first"], row["last"], row["size"]) == (str(block.uid), "+4314000", "+4314099", 100)
    assert (row["extension_digits"], row["reseller"]) == (2, str(side.reseller.uid))
    assert rows(side.reseller_token_text, "number-blocks/", number="+4314050") == [row]
    for number in ("+4315050", "+4316050", "nonsense"):
        assert rows(side.reseller_token_text, "number-blocks/", number=number) == []
    assert len(rows(two_resellers.admin_token_text, "number-blocks/")) == 3
    assert rows(side.customer_token_text, "number-blocks/") == []


def test_how_full_a_block_is_costs_the_same_whatever_the_page(two_resellers: TwoResellers) -> None:
    side, token = two_resellers.a, two_resellers.a.reseller_token_text
    first = NumberBlockFactory(first="+4311000", last="+4311099", reseller=side.reseller)
    rows(token, PATH)  # the token's first use is written down
    with CaptureQueriesContext(connection) as few:
        (row,) = rows(token, PATH)
    assert row["usage"] == {"taken": 3, "assigned": 2, "quarantined": 0, "ported_out": 0, "free": 98}
    allocate_numbers(first, count=5)
    for n in range(5):
        NumberBlockFactory(first=f"+431{n + 4}000", last=f"+431{n + 4}099", reseller=side.reseller)
    with CaptureQueriesContext(connection) as many:
        assert [row["usage"]["taken"] for row in rows(token, PATH)] == [8, 0, 0, 0, 0, 0]
    assert len(many) == len(few)


def test_a_block_is_made_changed_and_given_up(two_resellers: TwoResellers) -> None:
    token = two_resellers.admin_token_text
    made = send("POST", token, PATH, {"first": "+4314000", "last": "+4314099"})
    assert made.status_code == 201, made.content
    body = made.json()
    assert (body["size"], body["reseller"], body["usage"]["free"]) == (100, None, 100)
    path = f"{PATH}{body['id']}/"
    changed = send("PATCH", token, path, {"note": "Vienna", "extension_digits": 2})
    assert (changed.json()["note"], changed.json()["extension_digits"]) == ("Vienna", 2)
    assert refused_fields(send("PATCH", token, path, {"last": "+4314199"})) == {"last": "fixed"}
    overlapping = send("POST", token, PATH, {"first": "+4314050", "last": "+4314150"})
    assert refused_fields(overlapping) == {"first": "invalid"}
    assert send("DELETE", token, path).status_code == 428
    assert send("DELETE", token, path, headers=ANY).status_code == 204
    assert not NumberBlock.objects.exists()


@pytest.mark.parametrize(
    ("sent", "fields"),
    [
        ({}, {"first": "required", "last": "required"}),
        ({"first": "4314000", "last": "+4314099"}, {"first": "invalid"}),
        ({"first": "+4314099", "last": "+4314000"}, {"last": "invalid"}),
        ({"first": "+4314000", "last": "+43140999"}, {"last": "invalid"}),
        ({"first": "+4311000", "last": "+4311099"}, {"reseller": "invalid"}),
        ({"first": "+4314000", "last": "+4314099", "size": 3}, {"size": "read_only"}),
    ],
)
def test_what_is_wrong_with_a_block(two_resellers: TwoResellers, sent: Any, fields: dict[str, str]) -> None:
    assert refused_fields(send("POST", two_resellers.admin_token_text, PATH, sent)) == fields


def _do(two_resellers: TwoResellers, block: NumberBlock, what: str, **data: Any) -> HttpResponse:
    return send("POST", two_resellers.admin_token_text, f"{PATH}{block.uid}/{what}/", data or None)


def test_a_part_is_given_and_taken_back(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    block = NumberBlockFactory(first="+4314000", last="+4314099")
    reseller = str(side.reseller.uid)
    given = _do(two_resellers, block, "give", reseller=reseller, first="+4314010", last="+4314019")
    assert given.status_code == 200, given.content
    body = given.json()
    assert (body["first"], body["last"], body["reseller"], body["id"]) == (
        "+4314010",
        "+4314019",
        reseller,
        str(block.uid),
    )
    assert [row["first"] for row in rows(side.reseller_token_text, PATH)] == ["+4314010"]
    rest = rows(two_resellers.admin_token_text, PATH, is_given="false")
    assert [(row["first"], row["split_from"]) for row in rest] == [("+4314000", body["id"]), ("+4314020", body["id"])]
    assert len(rows(two_resellers.admin_token_text, PATH, reseller=reseller)) == 1
    again = _do(two_resellers, block, "give", reseller=reseller)
    assert (again.status_code, again.json()["code"]) == (409, "given")
    allocate_numbers(block, count=1)
    back = _do(two_resellers, block, "take-back")
    assert (back.status_code, back.json()["reseller"]) == (200, None)
    assert not PhoneNumber.objects.filter(e164="+4314010").exists()
    assert _do(two_resellers, block, "take-back").json()["code"] == "not_given"


def test_what_is_used_is_not_taken_back(two_resellers: TwoResellers) -> None:
    block = NumberBlockFactory(first="+4311000", last="+4311099", reseller=two_resellers.a.reseller)
    refused = _do(two_resellers, block, "take-back")
    assert (refused.status_code, refused.json()["code"]) == (409, "in_use")
    kept = send("DELETE", two_resellers.admin_token_text, f"{PATH}{block.uid}/", headers=ANY)
    assert (kept.status_code, kept.json()["code"]) == (409, "given")


def test_a_block_is_split(two_resellers: TwoResellers) -> None:
    block = NumberBlockFactory(first="+4314000", last="+4314099")
    assert refused_fields(_do(two_resellers, block, "split")) == {"first": "required", "last": "required"}
    outside = _do(two_resellers, block, "split", first="+4314000", last="+4314100")
    assert refused_fields(outside) == {"last": "invalid"}
    assert _do(two_resellers, block, "split", first="+4314050", last="+4314099").json()["size"] == 50
    assert NumberBlock.objects.count() == 2
    gone = _do(two_resellers, block, "give", reseller=str(two_resellers.a.reseller.uid), last="+4314000")
    assert refused_fields(gone) == {"last": "invalid"}


def test_resellers_write_nothing(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    block = NumberBlockFactory(first="+4314000", last="+4314099", reseller=side.reseller)
    for what in ("give/", "take-back/", "split/"):
        answer = send("POST", side.reseller_token_text, f"{PATH}{block.uid}/{what}", {})
        assert (answer.status_code, answer.json()["code"]) == (403, "role_not_allowed")
    assert send("POST", side.reseller_token_text, PATH, {}).status_code == 403
    assert send("PATCH", side.reseller_token_text, f"{PATH}{block.uid}/", {"note": "Mine"}).status_code == 403
    assert ask(two_resellers.b.reseller_token_text, f"{PATH}{block.uid}/").status_code == 404
