"""What the database refuses about call settings, what forms say before, and who sees them."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from subscribers.call_settings import MAX_TARGETS
from subscribers.models import CallerRule, CallSettings, Forwarding, ShownNumber
from tests.factories.subscribers import (
    CallerRuleFactory,
    CallSettingsFactory,
    ForwardingFactory,
    ShownNumberFactory,
    SubscriberFactory,
)

pytestmark = pytest.mark.django_db

TARGETS = ["+43", "+4311001", "sip:anna@example.org", "sips:anna.b+c@192.0.2.1:5061", "sip:100@[2001:db8::1]"]
NO_TARGETS = [
    "", "+4", "+0431", "4311001", "004311001", "+43 1 1001", "+1234567890123456", "sip:anna", "anna@example.org",
    "sip:anna@example.org;transport=tcp", "sip:anna@example.org?Subject=x", "sip:Anna@example.org", "tel:+4311001",
    "<sip:anna@example.org>", "sip:anna@example.org\n", "sip:a b@example.org", "sip:a@b@example.org",
]  # fmt: skip


def _check_deferred() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize("target", TARGETS)
def test_what_calls_can_go_to(target: str) -> None:
    ForwardingFactory(targets=[target]).full_clean()


@pytest.mark.parametrize("target", NO_TARGETS)
def test_what_calls_cannot_go_to(target: str) -> None:
    with pytest.raises(ValidationError):
        Forwarding(subscriber=SubscriberFactory(), condition="always", targets=["+431", target]).full_clean()
    with pytest.raises(IntegrityError, match="forwarding_targets_form"):
        ForwardingFactory(targets=["+431", target])


def test_targets_are_a_short_list() -> None:
    subscriber = SubscriberFactory()
    most = [f"+43{n}" for n in range(10, 10 + MAX_TARGETS)]
    ForwardingFactory(subscriber=subscriber, condition="busy", targets=most).full_clean()
    for targets in ([], [*most, "+4399"]):
        with pytest.raises(ValidationError):
            Forwarding(subscriber=subscriber, condition="always", targets=targets).full_clean()
        with pytest.raises(IntegrityError, match="forwarding_target_count"), transaction.atomic():
            ForwardingFactory(subscriber=subscriber, targets=targets)


def test_a_forwarding_neither_repeats_itself_nor_comes_back() -> None:
    subscriber = SubscriberFactory()
    circles = [f"sip:{subscriber.aor}", f"sips:{subscriber.aor}"]
    for targets in (["+431", "+432", "+431"], *([each] for each in circles)):
        with pytest.raises(ValidationError) as refused:
            Forwarding(subscriber=subscriber, condition="always", targets=targets).full_clean()
        assert list(refused.value.message_dict) == ["targets"]


def test_a_case_has_one_list() -> None:
    first = ForwardingFactory()
    with pytest.raises(IntegrityError, match="forwarding_condition_once"):
        ForwardingFactory(subscriber=first.subscriber)


@pytest.mark.parametrize(
    ("factory", "fields", "constraint"),
    [
        (ForwardingFactory, {"seconds": 4}, "forwarding_seconds_range"),
        (ForwardingFactory, {"seconds": 121}, "forwarding_seconds_range"),
        (ForwardingFactory, {"condition": "never"}, "forwarding_condition_known"),
        (CallerRuleFactory, {"action": "greet"}, "callerrule_action_known"),
        (CallSettingsFactory, {"max_calls": 0}, "callsettings_max_calls"),
        (CallSettingsFactory, {"called_number_in": "to"}, "callsettings_called_number_in_known"),
        (CallSettingsFactory, {"location": "no uri"}, "callsettings_location_is_uri"),
        (CallSettingsFactory, {"location": "https://x/>,<sip:y"}, "callsettings_location_is_uri"),
    ],
)
def test_values_out_of_their_bounds(factory: Any, fields: dict[str, Any], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        factory(**fields)


@pytest.mark.parametrize("pattern", ["+43", "+4311001", "+4*", "+43900*", "anna@example.org", "100@192.0.2.1:5070"])
def test_who_can_stand_on_a_list(pattern: str) -> None:
    CallerRuleFactory(pattern=pattern).full_clean()


@pytest.mark.parametrize("pattern", ["", "*", "+*", "+4", "43*", "+43*1", "sip:anna@example.org", "Anna@example.org"])
def test_who_cannot_stand_on_a_list(pattern: str) -> None:
    with pytest.raises(ValidationError):
        CallerRule(subscriber=SubscriberFactory(), pattern=pattern).full_clean()
    with pytest.raises(IntegrityError, match="callerrule_pattern_form"):
        CallerRuleFactory(pattern=pattern)


def test_nobody_stands_on_both_lists() -> None:
    rule = CallerRuleFactory(action="block")
    with pytest.raises(IntegrityError, match="callerrule_pattern_once"):
        CallerRuleFactory(subscriber=rule.subscriber, pattern=rule.pattern, action="allow")


def test_settings_go_with_their_subscriber() -> None:
    rule = CallerRuleFactory()
    ForwardingFactory(subscriber=rule.subscriber)
    ShownNumberFactory(subscriber=rule.subscriber)
    rule.subscriber.delete()
    _check_deferred()
    assert not any(model.objects.exists() for model in (CallSettings, CallerRule, Forwarding, ShownNumber))


def test_rows_say_what_they_are() -> None:
    forwarding = ForwardingFactory(targets=["+431", "+432"])
    assert str(forwarding) == "always → +431, +432"
    assert str(CallerRuleFactory(pattern="+43900*")) == "refused: +43900*"
    assert str(ShownNumberFactory(e164="+49301")) == "+49301"
    assert str(CallSettings.objects.get(subscriber=forwarding.subscriber)) == forwarding.subscriber.aor
