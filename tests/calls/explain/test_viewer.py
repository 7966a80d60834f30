"""What of a decision is for whom: every template of the edge is somebody's."""

import pytest

from accounts.models import User
from calls.explain.viewer import _NOT_FOR_OWNERS, Viewer
from calls.steps import TEMPLATES
from sipedge.facts import SubscriberFacts
from sipedge.routing.decision import Diversion, Refused, Step, ToGateways, ToSubscriber


def subscriber(reseller: int, customer: int) -> SubscriberFacts:
    return SubscriberFacts(1, "alice", 1, reseller, customer, "", True, None, None, ())


OWN, COLLEAGUE, STRANGER = subscriber(1, 10), subscriber(1, 11), subscriber(2, 20)
OPERATOR = Viewer(None)
ADMIN = Viewer(User(role="admin"))
RESELLER = Viewer(User(role="reseller", reseller_id=1))
CUSTOMER = Viewer(User(role="customer", customer_id=10))


@pytest.mark.parametrize(
    ("viewer", "owned"),
    [
        (OPERATOR, [True, True, True]),
        (ADMIN, [True, True, True]),
        (RESELLER, [True, True, False]),
        (CUSTOMER, [True, False, False]),
    ],
)
def test_whose_subscribers(viewer: Viewer, owned: list[bool]) -> None:
    assert [viewer.owns(one) for one in (OWN, COLLEAGUE, STRANGER)] == owned
    assert viewer.sees_all == (viewer in (OPERATOR, ADMIN))


def test_what_is_followed() -> None:
    by_stranger = (Diversion(STRANGER, "always", ""),)
    assert RESELLER.may_follow(ToSubscriber(OWN, ()))
    assert not RESELLER.may_follow(ToSubscriber(STRANGER, ()))
    assert not RESELLER.may_follow(ToSubscriber(OWN, (), diversions=by_stranger))
    assert not RESELLER.may_follow(ToGateways((), STRANGER))
    assert not CUSTOMER.may_follow(ToGateways((), COLLEAGUE))
    assert RESELLER.may_follow(Refused(404, "Not Found"))
    assert ADMIN.may_follow(ToGateways((), STRANGER, diversions=by_stranger))


def test_steps_behind_a_stranger_are_nobodys() -> None:
    steps = [Step("caller", "the caller is not shown"), Step("number", "it belongs to subscriber {}", ("bob",))]
    assert RESELLER.seen(steps, 1) == (steps[0],)
    assert RESELLER.seen(steps, None) == tuple(steps)
    assert ADMIN.seen(steps, 1) == tuple(steps)


def test_what_is_the_providers() -> None:
    steps = [
        Step("gateway", "{} does not answer and is {}", ("PSTN", "left out")),
        Step("route", "by gateway {}, which is sent {}", ("PSTN", "1")),
        Step("barred", "numbers that begin with +{} are blocked: {}", ("43", "fraud")),
        Step("limit", "all {} channels of gateway {} are in use", (3, "PSTN")),
        Step("limit", "the {} of {} has {} calls already, as many as it may", ("reseller", "alice", 3)),
        Step("limit", "the {} of {} has {} calls already, as many as it may", ("customer", "alice", 3)),
        Step("route", "no route for {}", ("+1",)),
    ]
    assert RESELLER.seen(steps, None) == tuple(steps[4:])
    assert CUSTOMER.seen(steps, None) == tuple(steps[5:])
    assert OPERATOR.seen(steps, None) == tuple(steps)


def test_every_template_that_names_a_gateway_is_the_providers() -> None:
    named = {template for template in TEMPLATES if "gateway {}" in template}
    assert named - _NOT_FOR_OWNERS == {"the call is from gateway {}; its caller: {}"}  # which owners cannot ask about
    assert set(TEMPLATES) >= _NOT_FOR_OWNERS


def test_every_template_that_tells_a_rule_is_the_providers() -> None:
    assert {template for template in TEMPLATES if "are blocked" in template} <= _NOT_FOR_OWNERS
