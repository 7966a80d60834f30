"""What a target gets, told apart from what the caller sent."""

from typing import Any

import pytest

from calls.explain.answer import explain
from calls.explain.explanation import Field, Target
from calls.explain.facts import Facts
from calls.explain.laid_out import shares
from calls.explain.question import Question
from numbering.models import PhoneNumber
from sipedge.facts import RouteFacts
from subscribers.models import Binding, CallSettings, Forwarding
from tests.factories.subscribers import BindingFactory
from tests.factories.trunking import GatewayFactory, RouteFactory
from tests.factories.two_resellers import TwoResellers

ALICE = "alice@a.example.org"


def targets(callee: str, **more: Any) -> list[list[Target]]:
    return [list(group) for group in explain(Question(ALICE, callee, **more), None).stage.groups]


def test_phones_the_best_first(two_resellers: TwoResellers) -> None:
    bob = two_resellers.a.bob
    Binding.objects.filter(subscriber=bob).update(q=500)
    BindingFactory(subscriber=bob, contact="sip:first@192.0.2.7", q=900, flow="tcp:192.0.2.7:5099", transport="tcp")
    (first,), (second,) = targets("011002")
    assert (first.request_uri, first.way, first.kind) == ("sip:first@192.0.2.7", "tcp:192.0.2.7:5099", "phone")
    assert second.name == "bob@a.example.org"
    assert second.fields == ()


def test_a_gateway(two_resellers: TwoResellers) -> None:
    gateway = GatewayFactory(
        name="PSTN", host="192.0.2.10", port=None, transport="tcp", outbound_proxy="192.0.2.11:5070",
        from_as="identity", identity_as="remote_party_id",
    )  # fmt: skip
    RouteFactory(gateway=gateway)
    ((target,),) = targets("0720555", shows="+4311002")
    assert target.request_uri.startswith("sip:")
    assert target.route == ("<sip:192.0.2.11:5070;transport=tcp;lr>",)
    assert target.way == "sip:192.0.2.11:5070;transport=tcp;lr"
    assert target.from_ == "<sip:+4311001@a.example.org>"
    assert target.fields == (
        Field("Remote-Party-ID", "<sip:+4311001@a.example.org>;party=calling;screen=yes;privacy=off", "instead"),
    )
    assert target.removed == ("P-Preferred-Identity",)
    assert target.state == "unknown"


def test_above_below_and_kept(two_resellers: TwoResellers) -> None:
    RouteFactory(gateway=GatewayFactory(name="PSTN", host="192.0.2.10", diverted_as="both"), prefix="")
    CallSettings.objects.create(subscriber=two_resellers.a.bob)
    Forwarding.objects.create(subscriber=two_resellers.a.bob, condition="always", targets=["+43720001"])
    ((target,),) = targets("011002", is_anonymous=True)
    places = [(field.name, field.place) for field in target.fields]
    assert places == [
        ("Diversion", "above"), ("Privacy", "kept"), ("P-Asserted-Identity", "instead"),
        ("History-Info", "below"), ("History-Info", "below"),
    ]  # fmt: skip


def test_shares_are_percents(db: None) -> None:
    gateway = GatewayFactory(name="PSTN")
    routes = [RouteFacts(gateway.pk, "", 1, weight=1), RouteFacts(0, "", 1, weight=2)]
    assert [tuple(one) for one in shares(routes, Facts())] == [("PSTN", 1, 33.3), ("", 2, 66.7)]


@pytest.mark.parametrize("called_number_in", ["contact", "request_uri"])
def test_a_pbx_is_told_the_called_number(two_resellers: TwoResellers, called_number_in: str) -> None:
    CallSettings.objects.create(subscriber=two_resellers.a.bob, called_number_in=called_number_in)
    assert PhoneNumber.objects.filter(e164="+4311002").exists()
    ((target,),) = targets("011002")
    fields = {"request_uri": (Field("P-Called-Party-ID", "<sip:+4311002@a.example.org>", "instead"),), "contact": ()}
    assert target.fields == fields[called_number_in]
    assert ("+4311002" in target.request_uri) == (called_number_in == "request_uri")
