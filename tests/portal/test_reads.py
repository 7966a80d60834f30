"""What the customer's page is made from."""

from datetime import timedelta

import pytest
from django.utils import timezone

from portal import reads
from portal.reads import CALLS_SHOWN, calls_of, numbers_of, phones_of
from tests.factories.calls import call_between
from tests.factories.numbering import NumberAssignmentFactory
from tests.factories.subscribers import BindingFactory, SubscriberFactory
from tests.factories.two_resellers import TwoResellers


def test_each_customer_has_its_own(two_resellers: TwoResellers) -> None:
    for side in (two_resellers.a, two_resellers.b):
        user = side.customer_user
        assert [row.number for row in numbers_of(user).rows] == [side.alice_number, side.bob_number]
        assert [row.pk for row in phones_of(user).rows] == [side.alice_binding.pk, side.bob_binding.pk]
        assert {line.call.pk for line in calls_of(user).lines} == {side.call.pk, side.ended_call.pk}


def test_a_phone_whose_time_is_up_is_gone(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    BindingFactory(subscriber=side.alice, expires_at=timezone.now() - timedelta(seconds=1))
    assert len(phones_of(side.customer_user).rows) == 2


def test_what_does_not_fit_stands_on_further_pages(
    two_resellers: TwoResellers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reads, "NUMBERS_SHOWN", 3)
    monkeypatch.setattr(reads, "PHONES_SHOWN", 3)
    side = two_resellers.a
    for _ in range(5):
        account = SubscriberFactory(domain=side.domain, customer=side.customer)
        NumberAssignmentFactory(subscriber=account)
        BindingFactory(subscriber=account)
    for part_of in (numbers_of, phones_of):
        parts = [part_of(side.customer_user, page) for page in (1, 2, 3)]
        assert [(part.before, part.after, len(part.rows)) for part in parts] == [(None, 2, 3), (1, 3, 3), (2, None, 1)]
        assert len({row.pk for part in parts for row in part.rows}) == 7
        assert part_of(side.customer_user, 999_999).rows == []


@pytest.mark.parametrize(
    ("status_code", "answered", "is_missed"),
    [(487, False, True), (480, False, True), (486, False, False), (200, True, False)],
)
def test_what_was_missed(two_resellers: TwoResellers, status_code: int, answered: bool, is_missed: bool) -> None:
    now, own, other = timezone.now(), two_resellers.a, two_resellers.b
    facts = {"state": "ended", "status_code": status_code, "ended_at": now, "answered_at": now if answered else None}
    incoming, outgoing = call_between(other.alice, own.alice, **facts), call_between(own.alice, other.alice, **facts)
    lines = {line.call.pk: line for line in calls_of(own.customer_user).lines}
    assert lines[incoming.pk].is_missed is is_missed
    assert lines[outgoing.pk].is_missed is False


def test_older_calls_follow_without_gap(two_resellers: TwoResellers) -> None:
    side, now = two_resellers.a, timezone.now()
    for number in range(CALLS_SHOWN + 3):
        call_between(side.alice, side.bob, started_at=now - timedelta(minutes=number + 1))
    first = calls_of(side.customer_user)
    second = calls_of(side.customer_user, first.older)
    assert len(first.lines) == CALLS_SHOWN
    assert second.older is None
    seen = {line.call.pk for line in first.lines} | {line.call.pk for line in second.lines}
    assert len(seen) == CALLS_SHOWN + 5


def test_own_sides_are_told_when_there_are_several(two_resellers: TwoResellers) -> None:
    assert calls_of(two_resellers.a.customer_user).has_several_sides is True
    two_resellers.a.ended_call.delete()
    assert calls_of(two_resellers.a.customer_user).has_several_sides is False
