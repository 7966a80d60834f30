"""The part of edge_subscriber that says what may be called and is done with calls."""

import json

import pytest

from accounts.models import Customer, Reseller
from sipedge.facts import CallSettingsFacts
from tests.contracts.asking import row
from tests.factories.subscribers import (
    CallerRuleFactory,
    CallSettingsFactory,
    ForwardingFactory,
    ShownNumberFactory,
    SubscriberFactory,
)
from tests.factories.two_resellers import TwoResellers

pytestmark = pytest.mark.django_db


def test_a_subscriber_who_has_set_nothing_has_no_settings_and_no_limits() -> None:
    found = row("edge_subscriber", id=SubscriberFactory().pk)
    assert (found["settings"], found["customer_max_calls"], found["reseller_max_calls"]) == (None, None, None)


def test_a_subscribers_call_settings_are_those_of_the_edge(two_resellers: TwoResellers) -> None:
    alice = two_resellers.a.alice
    settings = CallSettingsFactory(subscriber=alice)
    defaults = json.dumps(CallSettingsFacts()._asdict())
    assert json.loads(row("edge_subscriber", id=alice.pk)["settings"]) == json.loads(defaults)
    for name in ("international", "premium", "satellite", "do_not_disturb", "rejects_anonymous", "hides_number"):
        setattr(settings, name, True)
    settings.only_allowed_callers, settings.max_calls, settings.location = True, 3, "https://location.example.org/1"
    settings.called_number_in = "request_uri"
    settings.save()
    CallerRuleFactory(subscriber=alice, pattern="+4390*")
    CallerRuleFactory(subscriber=alice, pattern="+43901")
    CallerRuleFactory(subscriber=alice, pattern="anna@example.org", action="allow")
    ShownNumberFactory(subscriber=alice, e164="+49301")
    ForwardingFactory(subscriber=alice, condition="busy", targets=["+431", "sip:anna@example.org"], seconds=7)
    ForwardingFactory(subscriber=alice, condition="always", is_active=False)
    CallerRuleFactory(subscriber=two_resellers.b.alice, pattern="+1*")
    forwarding = {"condition": "busy", "targets": ["+431", "sip:anna@example.org"], "seconds": 7}
    assert json.loads(row("edge_subscriber", id=alice.pk)["settings"]) == {
        "international": True, "premium": True, "satellite": True, "max_calls": 3, "do_not_disturb": True,
        "rejects_anonymous": True, "hides_number": True, "called_number_in": "request_uri",
        "location": "https://location.example.org/1", "shown_numbers": ["+49301"],
        "blocked_callers": ["+4390*", "+43901"], "allowed_callers": ["anna@example.org"],
        "only_allowed_callers": True, "forwardings": [forwarding],
    }  # fmt: skip


def test_how_many_calls_those_above_a_subscriber_may_have(two_resellers: TwoResellers) -> None:
    Customer.objects.update(max_calls=5)
    Reseller.objects.update(max_calls=70000)
    found = row("edge_subscriber", id=two_resellers.a.alice.pk)
    assert (found["customer_max_calls"], found["reseller_max_calls"]) == (5, 70000)
