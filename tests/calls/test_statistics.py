"""Sums of calls, for those who may see them."""

from datetime import timedelta
from typing import Any

import pytest

from calls.models import Call
from calls.rollup import roll_up
from calls.statistics import Figures, GroupBy, Wanted, statistics, total
from tests.calls.test_rollup import BEGIN, HOUR, NOW, call
from tests.factories.trunking import GatewayFactory
from tests.factories.two_resellers import TwoResellers

pytestmark = pytest.mark.django_db
DAY = BEGIN.replace(hour=0)


def ask(user: Any, group_by: GroupBy = GroupBy.HOUR, **more: Any) -> dict[Any, Figures]:
    wanted = Wanted(DAY, DAY + timedelta(days=1), group_by, **more)
    return {one.key: one for one in statistics(user, wanted, NOW)}


def test_stored_and_live_hours_add_up(two_resellers: TwoResellers) -> None:
    call(1, talked=60, rang=2)
    call(2, status_code=503)
    call(70, talked=120)
    live = {key: (one.attempts, one.minutes) for key, one in ask(two_resellers.admin).items()}
    assert live == {BEGIN: (2, 1.0), BEGIN + HOUR: (1, 2.0)}
    roll_up(NOW)
    call(610, talked=60)  # in the hour that is not over
    found = ask(two_resellers.admin)
    assert {key: one.attempts for key, one in found.items()} == {BEGIN: 2, BEGIN + HOUR: 1, BEGIN + 10 * HOUR: 1}
    (day,) = ask(two_resellers.admin, GroupBy.DAY).values()
    assert (day.key, day.attempts, day.answered, day.minutes, day.asr, day.ner) == (DAY, 4, 3, 4.0, 75.0, 75.0)
    assert (day.acd, day.pdd, day.pdd_95) == (80.0, pytest.approx(22 / 3), 13)
    assert total(found.values()).attempts == 4


def test_calls_that_stand_are_answered_and_have_no_length_yet(two_resellers: TwoResellers) -> None:
    call(1, talked=60)
    standing = call(2)
    Call.objects.filter(pk=standing.pk).update(
        answered_at=standing.started_at, ended_at=None, state="answered", status_code=200
    )
    for _ in range(2):  # counted when asked, and stored
        (hour,) = ask(two_resellers.admin).values()
        assert (hour.answered, hour.minutes, hour.acd) == (2, 1.0, 60.0)
        roll_up(NOW)


def test_figures_of_nothing_are_none() -> None:
    nothing = Figures(None)
    assert (nothing.asr, nothing.ner, nothing.acd, nothing.pdd, nothing.pdd_95) == (None,) * 5


@pytest.mark.parametrize("rolled", [True, False])
def test_gateways_and_destinations(two_resellers: TwoResellers, rolled: bool) -> None:
    one, two = GatewayFactory(), GatewayFactory()
    tried = [[one.pk, "One", 503, 0.2, "Busy"], [two.pk, "Two", 200, 4.0, "OK"]]
    call(1, talked=60, direction="outbound", gateway_out=two, attempts=tried, callee_number="+49301234567")
    call(3, talked=30, direction="inbound", gateway_in=one, callee_number="+4311001")
    if rolled:
        roll_up(NOW)
    by_gateway = ask(two_resellers.admin, GroupBy.GATEWAY)
    assert {key: (found.attempts, found.answered) for key, found in by_gateway.items()} == {
        (one.pk, "in"): (1, 1),
        (one.pk, "out"): (1, 0),
        (two.pk, "out"): (1, 1),
    }
    by_country = ask(two_resellers.admin, GroupBy.DESTINATION)
    assert {key: found.attempts for key, found in by_country.items()} == {"DE": 1, "AT": 1}
    (hour,) = ask(two_resellers.admin, GroupBy.HOUR, gateway_id=one.pk).values()
    assert (hour.attempts, hour.answered) == (2, 1)


@pytest.mark.parametrize("rolled", [True, False])
def test_a_reseller_sees_its_own_and_a_customer_none(two_resellers: TwoResellers, rolled: bool) -> None:
    a, b = two_resellers.a, two_resellers.b
    call(1, talked=60, caller_reseller=a.reseller, callee_reseller=b.reseller)
    call(2, talked=60, caller_reseller=a.reseller, callee_reseller=a.reseller)
    call(3, talked=60, caller_reseller=b.reseller)
    if rolled:
        roll_up(NOW)
    of = {key: one.attempts for key, one in ask(two_resellers.admin, GroupBy.RESELLER).items()}
    assert of == {a.reseller.pk: 2, b.reseller.pk: 2}
    for side, attempts in ((a, 2), (b, 2)):
        assert total(ask(side.reseller_user).values()).attempts == attempts
        assert total(ask(side.reseller_user, reseller_id=a.reseller.pk).values()).attempts == attempts
        assert set(ask(side.reseller_user, GroupBy.GATEWAY)) == {DAY}
        assert ask(side.customer_user) == {}
    (hour,) = ask(two_resellers.admin, reseller_id=b.reseller.pk).values()
    assert hour.attempts == 2
    assert list(ask(two_resellers.admin, GroupBy.RESELLER, reseller_id=b.reseller.pk)) == [b.reseller.pk]


@pytest.mark.parametrize("group_by", list(GroupBy))
def test_what_is_stored_is_summed_up_as_what_is_counted_when_asked(
    two_resellers: TwoResellers, group_by: GroupBy
) -> None:
    one, other = GatewayFactory(), GatewayFactory()
    a, b = two_resellers.a.reseller, two_resellers.b.reseller
    call(1, talked=60, rang=2, caller_reseller=a, callee_reseller=b, callee_number="+4311001")
    call(2, caller_reseller=a, gateway_out=one, callee_number="+49891234", status_code=503)
    call(70, talked=10, callee_reseller=a, gateway_in=other, callee_number="+4311001", direction="inbound")
    call(80, talked=5, callee_reseller=b, gateway_in=one, callee_number="+4312001", direction="inbound")
    narrowed: list[dict[str, int]] = [{}, {"gateway_id": one.pk}, {"reseller_id": a.pk}]
    fresh = [ask(two_resellers.admin, group_by, **more) for more in narrowed]
    roll_up(NOW)
    assert [ask(two_resellers.admin, group_by, **more) for more in narrowed] == fresh
    assert all(fresh)
