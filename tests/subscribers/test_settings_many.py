"""Call settings of many subscribers at once: by the rules of those of one, in as many queries whatever their number."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from subscribers.grants_actions import Grants, change_grants, grants_of, note_callers
from subscribers.models import CallerRule, CallSettings, Forwarding, Subscriber
from subscribers.settings_actions import WantedForwarding, Wishes, change_wishes, wishes_of
from subscribers.settings_many import Held, Wanted, read_settings, write_grants, write_wishes
from tests.factories.subscribers import SubscriberFactory

pytestmark = pytest.mark.django_db

WISHES = Wishes(
    do_not_disturb=True,
    blocked=("+43900*", "+4915"),
    allowed=("anna@example.org",),
    forwardings=(
        ("busy", WantedForwarding(("+4311002", "sip:anna@example.org"), 15)),
        ("no_answer", WantedForwarding(("+4311002",), is_active=False)),
    ),
)
GRANTS = Grants(
    international=True,
    max_calls=3,
    location="https://where.example.org/1",
    shown_numbers=(("+43155577", "Proved"), ("+43155588", "")),
)


def _write(subscribers: Iterable[Subscriber], wanted: Wanted) -> dict[Subscriber, ValidationError]:
    held = read_settings([Subscriber.objects.get(pk=one.pk) for one in subscribers])
    return write_grants(held, dict.fromkeys(held, wanted)) | write_wishes(held, dict.fromkeys(held, wanted))


def _held(subscriber: Subscriber) -> Held:
    fresh = Subscriber.objects.get(pk=subscriber.pk)
    return Held(wishes_of(fresh), grants_of(fresh))


STEPS = (
    Wanted(WISHES, GRANTS, {"+43900*": "Dear"}),
    Wanted(replace(WISHES, forwardings=WISHES.forwardings[:1], blocked=("+4915",), allowed=("+43900*",)), GRANTS),
    Wanted(replace(WISHES, hides_number=True), replace(GRANTS, shown_numbers=(("+43155588", "Seen"),), max_calls=None)),
    Wanted(Wishes(), GRANTS),
    Wanted(Wishes(), Grants()),
)


def test_many_become_what_one_becomes() -> None:
    one, *many = (SubscriberFactory() for _ in range(3))
    for wanted in STEPS:
        change_grants(one, wanted.grants)
        change_wishes(one, wanted.wishes)
        note_callers(one, wanted.notes)
        assert _write(many, wanted) == {}
        fresh = Subscriber.objects.get(pk=one.pk)
        assert {one.pk: _held(one) for one in many} == {one.pk: _held(fresh) for one in many}
        notes = [
            set(CallerRule.objects.filter(subscriber=one).values_list("pattern", "note")) for one in (fresh, *many)
        ]
        assert notes == notes[:1] * 3
    assert not CallSettings.objects.exists()


def test_what_stays_is_not_written() -> None:
    subscriber = SubscriberFactory()
    _write([subscriber], STEPS[0])
    stood = dict(Forwarding.objects.values_list("condition", "pk"))
    with CaptureQueriesContext(connection) as asked:
        assert _write([subscriber], STEPS[0]) == {}
    # Only settings that say nothing are looked for.
    assert [query["sql"][:6] for query in asked if not query["sql"].startswith("SELECT")] == ["DELETE"]
    _write([subscriber], Wanted(replace(WISHES, forwardings=WISHES.forwardings[:1]), GRANTS))
    assert dict(Forwarding.objects.values_list("condition", "pk")) == {"busy": stood["busy"]}


def test_what_is_refused_is_said_of_whose_it_is_and_not_written() -> None:
    wrong, right = SubscriberFactory(), SubscriberFactory()
    loop = (("always", WantedForwarding((f"sip:{wrong.aor}",))),)
    bad = Wanted(replace(WISHES, forwardings=loop), replace(GRANTS, max_calls=0))
    held = read_settings([wrong, right])
    wanted = {wrong: bad, right: STEPS[0]}
    grants, wishes = write_grants(held, wanted), write_wishes(held, wanted)
    assert {one: list(error.message_dict) for one, error in grants.items()} == {wrong: ["max_calls"]}
    assert {one: list(error.message_dict) for one, error in wishes.items()} == {wrong: ["always"]}
    assert _held(wrong) == Held(Wishes(), Grants())
    assert _held(right) == Held(WISHES, GRANTS)


@pytest.mark.parametrize(
    ("wishes", "name"),
    [
        (Wishes(blocked=("nobody at all",)), "blocked"),
        (Wishes(allowed=("nobody at all",)), "allowed"),
        (Wishes(blocked=("+431",), allowed=("+431",)), "allowed"),
        (Wishes(blocked=tuple(f"+431{n:03}" for n in range(201))), "blocked"),
        (Wishes(forwardings=(("busy", WantedForwarding(())),)), "busy"),
        (Wishes(forwardings=(("busy", WantedForwarding(("+4311002",), 4)),)), "busy"),
    ],
)
def test_wishes_are_refused_as_those_of_one(wishes: Wishes, name: str) -> None:
    one, other = SubscriberFactory(), SubscriberFactory()
    with pytest.raises(ValidationError) as alone:
        change_wishes(one, wishes)
    refusals = _write([other], Wanted(wishes, Grants()))
    assert refusals[other].message_dict == alone.value.message_dict
    assert list(refusals[other].message_dict) == [name]


def test_many_cost_as_many_queries_as_one() -> None:
    def queries(count: int) -> int:
        subscribers = [SubscriberFactory() for _ in range(count)]
        with CaptureQueriesContext(connection) as asked:
            held = read_settings(subscribers)
            write_grants(held, dict.fromkeys(held, STEPS[0]))
            write_wishes(held, dict.fromkeys(held, STEPS[0]))
        return len(asked)

    assert queries(12) == queries(1) < 25
