"""What a customer decides about calls: as a whole, or not at all."""

from dataclasses import replace

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from subscribers.models import CallerRule, CallSettings, Forwarding, ShownNumber, Subscriber
from subscribers.settings_actions import WantedForwarding, Wishes, change_wishes, wishes_of
from tests.factories.subscribers import (
    CallerRuleFactory,
    CallSettingsFactory,
    ForwardingFactory,
    ShownNumberFactory,
    SubscriberFactory,
)

pytestmark = pytest.mark.django_db

ALL = Wishes(
    do_not_disturb=True,
    hides_number=True,
    rejects_anonymous=True,
    only_allowed_callers=True,
    blocked=("+43900*", "+4915"),
    allowed=("anna@example.org",),
    forwardings=(
        ("busy", WantedForwarding(("+4311002", "sip:anna@example.org"), 15)),
        ("no_answer", WantedForwarding(("+4311002",), is_active=False)),
    ),
)


@pytest.fixture
def alice() -> Subscriber:
    return SubscriberFactory()


def test_who_has_set_nothing_wishes_nothing(alice: Subscriber) -> None:
    assert wishes_of(alice) == Wishes()
    assert change_wishes(alice, Wishes()) == []
    assert not CallSettings.objects.exists()


def test_wishes_are_kept_as_they_are_and_said_by_name(alice: Subscriber) -> None:
    names = ["do_not_disturb", "hides_number", "rejects_anonymous", "only_allowed_callers", "blocked", "allowed"]
    assert change_wishes(alice, ALL) == sorted([*names, "busy", "no_answer"])
    assert wishes_of(alice) == ALL
    assert change_wishes(alice, ALL) == []
    assert change_wishes(alice, replace(ALL, blocked=ALL.blocked[::-1], forwardings=ALL.forwardings[::-1])) == []
    assert change_wishes(alice, replace(ALL, hides_number=False, forwardings=ALL.forwardings[:1])) == [
        "hides_number",
        "no_answer",
    ]


def test_what_is_the_providers_to_decide_stays(alice: Subscriber) -> None:
    CallSettingsFactory(subscriber=alice, international=True, max_calls=2, location="https://location.example.org/1")
    ShownNumberFactory(subscriber=alice)
    change_wishes(alice, ALL)
    change_wishes(alice, Wishes())
    settings = CallSettings.objects.get()
    assert (settings.international, settings.max_calls) == (True, 2)
    assert settings.location == "https://location.example.org/1"
    assert ShownNumber.objects.filter(subscriber=alice).count() == 1


def test_other_subscribers_are_left_alone(alice: Subscriber) -> None:
    other = SubscriberFactory()
    change_wishes(other, ALL)
    change_wishes(alice, ALL)
    change_wishes(alice, Wishes())
    assert wishes_of(other) == ALL


def test_settings_that_say_nothing_are_taken_away(alice: Subscriber) -> None:
    change_wishes(alice, ALL)
    change_wishes(alice, Wishes())
    assert not any(model.objects.exists() for model in (CallSettings, Forwarding, CallerRule))


@pytest.mark.parametrize("factory", [ForwardingFactory, CallerRuleFactory, ShownNumberFactory])
def test_settings_beneath_something_stay(alice: Subscriber, factory: type[ForwardingFactory]) -> None:
    factory(subscriber=alice)
    change_wishes(alice, replace(wishes_of(alice), do_not_disturb=True))
    change_wishes(alice, replace(wishes_of(alice), do_not_disturb=False))
    assert CallSettings.objects.filter(subscriber=alice).exists()


def test_notes_of_callers_who_stay_are_kept(alice: Subscriber) -> None:
    CallerRuleFactory(subscriber=alice, pattern="+43900*", note="Advertising")
    CallerRuleFactory(subscriber=alice, pattern="+4915", note="Somebody")
    change_wishes(alice, Wishes(blocked=("+4311",), allowed=("+43900*",)))
    assert set(CallerRule.objects.values_list("pattern", "action", "note")) == {
        ("+43900*", "allow", "Advertising"),
        ("+4311", "block", ""),
    }


@pytest.mark.parametrize(
    ("wishes", "field"),
    [
        (Wishes(blocked=("nonsense",)), "blocked"),
        (Wishes(allowed=("+",)), "allowed"),
        (Wishes(blocked=("+431",), allowed=("+431",)), "allowed"),
        (Wishes(blocked=tuple(f"+43{n}" for n in range(1, 202))), "blocked"),
        (Wishes(forwardings=(("busy", WantedForwarding(("+431", "1"))),)), "busy"),
        (Wishes(forwardings=(("always", WantedForwarding(())),)), "always"),
        (Wishes(forwardings=(("parallel", WantedForwarding(("+431",), 1)),)), "parallel"),
        (Wishes(forwardings=(("never", WantedForwarding(("+431",))),)), "never"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_changes(alice: Subscriber, wishes: Wishes, field: str) -> None:
    change_wishes(alice, ALL)
    with pytest.raises(ValidationError) as refused:
        change_wishes(alice, replace(wishes, do_not_disturb=False))
    assert list(refused.value.message_dict) == [field]
    assert wishes_of(alice) == ALL


def test_long_lists_are_written_with_few_queries(alice: Subscriber) -> None:
    long = Wishes(blocked=tuple(f"+43{n}" for n in range(100, 200)), allowed=tuple(f"+49{n}" for n in range(100, 200)))
    with CaptureQueriesContext(connection) as queries:
        change_wishes(alice, long)
    assert len(queries) < 25
    assert len(wishes_of(alice).blocked) == 100
