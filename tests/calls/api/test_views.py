"""Calls in the API."""

from datetime import timedelta

import pytest

from tests.factories.calls import call_between
from tests.factories.two_resellers import TwoResellers
from tests.provider.api.asking import ask, refused_fields, rows


def _ids(found: list[dict[str, object]]) -> set[object]:
    return {row["id"] for row in found}


def test_calls_are_narrowed(two_resellers: TwoResellers) -> None:
    side, token = two_resellers.a, two_resellers.a.reseller_token_text
    live, ended = str(side.call.pk), str(side.ended_call.pk)
    assert _ids(rows(token, "calls/", is_live="true")) == {live}
    assert _ids(rows(token, "calls/", state="ended")) == {ended}
    assert _ids(rows(token, "calls/", direction="inbound")) == set()
    assert _ids(rows(token, "calls/", subscriber=side.alice.uid)) == {live, ended}
    after = (side.call.started_at + timedelta(seconds=1)).isoformat()
    assert _ids(rows(token, "calls/", started_before=after)) == {live, ended}
    assert _ids(rows(token, "calls/", started_after=after)) == set()


def test_a_call_is_found_by_either_number(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    call = call_between(side.alice, side.bob, caller_number="+4311001", callee_number="+4311002")
    for number in ("+4311001", "+4311002"):
        assert _ids(rows(side.reseller_token_text, "calls/", number=number)) == {str(call.pk)}


def test_a_foreign_subscriber_finds_nothing_even_in_a_common_call(two_resellers: TwoResellers) -> None:
    call_between(two_resellers.a.alice, two_resellers.b.alice)
    token = two_resellers.a.reseller_token_text
    assert rows(token, "calls/", subscriber=two_resellers.b.alice.uid) == []


@pytest.mark.parametrize(
    ("field", "value"), [("started_after", "yesterday"), ("state", "dead"), ("subscriber", "x"), ("is_live", "x")]
)
def test_what_makes_no_sense_is_named(two_resellers: TwoResellers, field: str, value: str) -> None:
    assert set(refused_fields(ask(two_resellers.a.reseller_token_text, "calls/", **{field: value}))) == {field}
