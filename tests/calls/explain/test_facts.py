"""What the explanation reads: the edge's views, by its statements, without secrets, of one moment."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.utils import InternalError
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from calls.explain.facts import Facts, likeliest, one_moment
from calls.models import Call
from sipedge.facts import RouteFacts
from sipedge.routing.needs import BindingsNeed, ChanceNeed, NumberNeed, SubscriberNeed
from tests.factories.calls import CallFactory, call_between
from tests.factories.trunking import DestinationRuleFactory, GatewayFactory, GatewayStateFactory, RouteFactory
from tests.factories.two_resellers import TwoResellers


def test_subscribers_numbers_and_phones(two_resellers: TwoResellers) -> None:
    facts, side = Facts(), two_resellers.b
    alice = facts.answer(SubscriberNeed(side.domain.pk, "alice"))
    assert (alice.id, alice.main_number, alice.reseller_id) == (side.alice.pk, "+4312001", side.reseller.pk)
    assert facts.answer(NumberNeed("+4312001")).subscriber_id == side.alice.pk
    assert [one.contact for one in facts.answer(BindingsNeed(alice.id))] == [side.alice_binding.contact]
    assert facts.answer(SubscriberNeed(side.domain.pk, "a\0b")) is None
    assert facts.answer(SubscriberNeed(0, "alice")) is None
    assert facts.answer(NumberNeed("not a number")) is None
    assert facts.answer(BindingsNeed(0)) == ()
    assert facts.address(alice) == "alice@b.example.org"
    assert facts.network.number_format_of(alice).country_code == "43"


def test_no_secret_is_read(two_resellers: TwoResellers) -> None:
    gateway = GatewayFactory()
    gateway.set_outbound_account("us", "correct horse")
    gateway.set_inbound_account("them", "battery staple")
    gateway.save()
    with CaptureQueriesContext(
        connection,
    ) as asked:
        facts = Facts()
        alice = facts.subscriber(two_resellers.a.domain.pk, "alice")
    assert alice is not None
    assert alice.credentials == ()
    account = facts.gateways.by_id(gateway.pk)
    assert account is not None
    assert (account.outbound.username, account.outbound.password) == ("us", "")  # type: ignore[union-attr]
    for query in asked.captured_queries:
        assert "s.secrets" not in query["sql"]
        assert not {"inbound_secret", "outbound_secret"} & set(
            query["sql"]
            .replace("'' AS inbound_secret", "")
            .replace("'' AS outbound_secret", "")
            .replace(",", " ")
            .split()
        )


def test_routes_and_rules_that_fit(db: None) -> None:
    long, short = RouteFactory(prefix="431"), RouteFactory(prefix="")
    RouteFactory(prefix="49")
    RouteFactory(prefix="43", kind="service")
    rule = DestinationRuleFactory(prefix="4390")
    facts = Facts()
    found = facts.network.routes_for("number", "4311001")
    assert [route.id for route in found] == [long.pk, short.pk]
    assert facts.network.rules_for("number", "439012345")[0].prefix == rule.prefix
    assert facts.network.rules_for("number", "4311001") == ()
    assert facts.network.rules_for("service", "439012345") == ()
    assert facts.network.gateway(long.gateway_id) is not None
    assert facts.gateway_named(long.gateway.name.upper()) is not None


def test_a_gateway_is_down_when_all_edges_say_so(db: None) -> None:
    partly, down, old, unasked = (GatewayFactory() for _ in range(4))
    GatewayStateFactory(gateway=partly, edge="edge1", is_up=False)
    GatewayStateFactory(gateway=partly, edge="edge2", is_up=True)
    GatewayStateFactory(gateway=down, is_up=False)
    GatewayStateFactory(gateway=old, is_up=False, saved_at=timezone.now() - timedelta(minutes=3))
    facts = Facts()
    assert [facts.is_up(one.pk) for one in (partly, down, old, unasked)] == [True, False, True, True]
    assert [row["edge"] for row in facts.states[partly.pk]] == ["edge1", "edge2"]


def test_open_calls_are_counted_as_edges_count_them(two_resellers: TwoResellers) -> None:
    a, b = two_resellers.a, two_resellers.b
    Call.objects.all().delete()
    gateway = GatewayFactory()
    call = call_between(a.alice, b.alice)
    leg = {"parent": call, "caller_subscriber": b.alice, "caller_reseller": b.reseller, "gateway_out": gateway}
    CallFactory(**leg)
    CallFactory(**leg)
    call_between(a.alice, a.bob, ended=True)
    facts = Facts()
    assert facts.calls_of("subscriber", a.alice.pk) == 1
    assert facts.calls_of("subscriber", b.alice.pk) == 1
    assert facts.calls_of("reseller", b.reseller.pk) == 1
    assert facts.calls_of("gateway", gateway.pk) == 2
    assert facts.calls_of("subscriber", a.bob.pk) == 0


def test_chance_is_the_likeliest_unless_somebody_says_otherwise(db: None) -> None:
    routes = tuple(RouteFacts(n, "", 1, n, weight=weight) for n, weight in enumerate((10, 70, 20)))
    assert 0.1 <= likeliest(routes) < 0.8
    assert Facts().answer(ChanceNeed(routes)) == likeliest(routes)
    assert Facts(lambda _routes: 0.9).answer(ChanceNeed(routes)) == 0.9


@pytest.mark.django_db(transaction=True)
def test_one_moment_writes_nothing() -> None:
    with pytest.raises(InternalError, match="read-only"), one_moment():
        Call.objects.all().update(state="ended")
    with transaction.atomic(), one_moment():
        assert Facts().home is None
