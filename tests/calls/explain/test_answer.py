"""Explanations from PostgreSQL: what follows on what, and what of it is for whom. The wire: test_answer_wire.py."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from accounts.models import User
from calls.explain import answer
from calls.explain.answer import explain
from calls.explain.explanation import Explanation, Stage
from calls.explain.plain import as_plain
from calls.explain.question import Question
from subscribers.models import CallSettings, Forwarding, Subscriber
from tests.factories.trunking import GatewayFactory, GatewayStateFactory, RouteFactory
from tests.factories.two_resellers import TwoResellers


@pytest.fixture
def world(two_resellers: TwoResellers) -> TwoResellers:
    """Both ways out are equally good; PSTN is the likelier one."""
    number_format = two_resellers.a.domain.dial_settings.number_format
    for name, weight in (("PSTN", 70), ("Spare", 30)):
        gateway = GatewayFactory(name=name, host="192.0.2.10", number_format=number_format, port=len(name) + 5000)
        RouteFactory(gateway=gateway, prefix="43", weight=weight)
        GatewayStateFactory(gateway=gateway, last_error="" if name == "PSTN" else "late")
    return two_resellers


def forwards(subscriber: Subscriber, **conditions: list[str]) -> None:
    CallSettings.objects.get_or_create(subscriber=subscriber)
    for condition, targets in conditions.items():
        Forwarding.objects.create(subscriber=subscriber, condition=condition, targets=targets, seconds=15)


def ask(user: User | None, callee: str, caller: str = "alice@a.example.org", **more: Any) -> Explanation:
    return explain(Question(caller, callee, **more), user)


def templates(stage: Stage) -> list[str]:
    return [step.template for step in stage.steps]


def names(stage: Stage) -> list[list[str]]:
    return [[target.name for target in group] for group in stage.groups]


def test_gateways_in_order_with_their_shares(world: TwoResellers) -> None:
    found = ask(None, "0720555")
    assert names(found.stage) == [["PSTN"], ["Spare"]]
    assert [share[1:] for share in found.stage.shares[0]] == [(70, 70.0), (30, 30.0)]
    assert [(one.gateway, one.is_up, one.last_error) for one in found.states] == [
        ("PSTN", True, ""), ("Spare", True, "late"),
    ]  # fmt: skip
    assert [target.rings_within for (target,) in found.stage.groups] == [10.0, None]
    assert [group[0].state for group in found.stage.groups] == ["up", "up"]


def test_what_follows_on_each_failure(world: TwoResellers) -> None:
    forwards(world.a.bob, busy=["+4311001", "+43720001"], no_answer=["+43720002"])
    found = ask(None, "+4311002", caller="+43720999")
    assert (found.stage.verdict, found.stage.rings_for) == ("phones", 15)
    busy, unanswered = found.stage.follows
    assert (busy.conditions, unanswered.conditions) == (("busy",), ("no_answer",))
    assert names(busy.stage) == [["alice@a.example.org"]]
    (after,) = busy.stage.follows
    assert after.conditions == ("busy", "no_answer", "not_registered", "other")
    assert names(after.stage) == [["PSTN"], ["Spare"]]
    assert unanswered.stage.groups[0][0].request_uri == "sip:+43720002@192.0.2.10:5004"


def test_a_forwarding_that_leads_nowhere(world: TwoResellers) -> None:
    forwards(world.a.bob, busy=["+491701"])
    (busy,) = ask(None, "011002").stage.follows
    assert busy.stage.verdict == "nothing"
    assert "that goes nowhere: {} {}" in templates(busy.stage)


def test_it_is_bounded(world: TwoResellers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer, "MOST_STAGES", 2)
    forwards(world.a.bob, busy=["+4311001", "+43720001", "+43720002"])
    (busy,) = ask(None, "+4311002", caller="+43720999").stage.follows
    assert busy.stage.follows[0].stage.verdict == "more"


def test_a_reseller_sees_no_gateways(world: TwoResellers) -> None:
    found = ask(world.a.reseller_user, "0720555")
    assert (found.stage.verdict, found.stage.groups, found.stage.shares, found.states) == ("gateways", (), (), ())
    text = str(as_plain(found))
    assert not any(word in text for word in ("PSTN", "Spare", "192.0.2.10"))
    assert "720555" in text


def test_of_a_strangers_subscriber_one_learns_what_any_caller_does(world: TwoResellers) -> None:
    forwards(world.b.bob, busy=["+4312001"])
    found = ask(world.a.reseller_user, "012002")
    assert found.stage == Stage(steps=found.stage.steps, verdict="elsewhere")
    assert [step.rule for step in found.stage.steps] == ["caller", "number"]
    assert "bob" not in str(as_plain(found))
    assert (found.callee_number, ask(None, "012002").callee_number) == ("", "+4312002")
    forwards(world.b.alice, always=["+4311002"])
    assert ask(world.a.reseller_user, "012001").stage.verdict == "elsewhere"


def test_what_ones_own_subscriber_forwards_to_a_stranger(world: TwoResellers) -> None:
    forwards(world.a.bob, busy=["+4312001"], parallel=["+4312002", "+43720001"])
    found = ask(world.a.customer_user, "+4311002", caller="+43720999")
    assert names(found.stage) == [["bob@a.example.org"]]
    assert found.stage.follows[0].stage.verdict == "elsewhere"
    assert not any(word in str(as_plain(found)) for word in ("b.example.org", "PSTN"))
    seen = ask(None, "+4311002", caller="+43720999").stage
    assert sorted(names(seen)[0]) == ["PSTN", "bob@a.example.org", "bob@b.example.org"]


@pytest.mark.parametrize("who", ["reseller_user", "customer_user"])
def test_unknown_and_foreign_look_the_same(world: TwoResellers, who: str) -> None:
    user = getattr(world.a, who)
    for caller in ("alice@b.example.org", "nobody@b.example.org", "nobody@a.example.org", "alice@nowhere.example"):
        with pytest.raises(ValidationError) as refused:
            ask(user, "1", caller=caller)
        assert refused.value.message_dict == {"caller": ["There is no such subscriber. Write it as user@domain."]}
    for callee in ("+4312001", "+4312003", "+4319999", "alice@b.example.org", "nobody@a.example.org", "+43720555"):
        with pytest.raises(ValidationError) as refused:
            ask(user, callee, caller="+43720999")
        assert refused.value.message_dict == {
            "callee": ["A call from outside can be explained to your own numbers alone."]
        }
    for gateway in ("PSTN", "Nothing"):
        with pytest.raises(ValidationError) as refused:
            ask(user, "+4311001", gateway=gateway)
        assert refused.value.message_dict == {"gateway": ["Leave this out: gateways are the provider's."]}


def test_a_free_number_of_ones_own(world: TwoResellers) -> None:
    found = ask(world.a.reseller_user, "+4311003", caller="")
    assert (found.stage.status_code, found.stage.reason) == (404, "Number not assigned")


def test_a_number_as_caller_is_its_subscriber_where_one_may_see_it(world: TwoResellers) -> None:
    assert ask(None, "011002", caller="+4312001").caller == "alice@b.example.org"
    assert ask(world.a.reseller_user, "011002", caller="+4311001").caller == "alice@a.example.org"
    with pytest.raises(ValidationError):  # 011002 is no number for the telephone network, which says +4311002
        ask(world.a.reseller_user, "011002", caller="+4312001")
    assert ask(world.a.reseller_user, "+4311002", caller="+4312001").caller == "the telephone network"
