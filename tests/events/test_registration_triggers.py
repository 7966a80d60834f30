"""The first phone of a subscriber and the last one are told; those between, and renewals, are not."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from events.models import Event, Presence
from events.presence import mend
from subscribers.models import Binding
from subscribers.tasks import _expired, _remove
from tests.events.reading import last, told
from tests.factories.subscribers import BindingFactory, SubscriberFactory


@pytest.mark.django_db
def test_first_and_last() -> None:
    alice = SubscriberFactory()
    Event.objects.all().delete()
    first = BindingFactory(subscriber=alice, user_agent="Desk/1.0")
    second = BindingFactory(subscriber=alice)
    Binding.objects.update(expires_at=timezone.now() + timedelta(hours=1))
    first.delete()
    second.delete()
    assert told() == ["registration.first", "registration.last"]
    event = last("registration.first")
    assert (event.subscriber, event.object_name) == (alice.uid, alice.aor)
    assert event.data == {
        "transport": first.transport,
        "user_agent": "Desk/1.0",
        "received_from": first.received_from,
    }
    assert not Presence.objects.exists()


@pytest.mark.django_db
def test_what_has_expired_is_told_when_it_is_swept() -> None:
    binding = BindingFactory(expires_at=timezone.now() - timedelta(minutes=5))
    assert list(_expired()) == [binding]
    assert _remove([binding.pk]) == 1
    assert last("registration.last").subscriber == binding.subscriber.uid


@pytest.mark.django_db
def test_an_upsert_of_the_edge_tells_only_what_is_new() -> None:
    binding = BindingFactory()
    Event.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO edge_binding"
            " (subscriber_id, key, contact, call_id, cseq, expires_at, received_from, transport)"
            " VALUES (%s, %s, 'sip:a@192.0.2.1', 'x', 1, now(), 'x', 'udp')"
            " ON CONFLICT (subscriber_id, key) DO UPDATE SET cseq = excluded.cseq",
            [binding.subscriber_id, binding.key],
        )
    assert told() == []


@pytest.mark.django_db(transaction=True)
def test_two_phones_at_the_same_moment_are_one_first() -> None:
    alice = SubscriberFactory()
    begun = threading.Barrier(2, timeout=10)

    def register(key: str) -> None:
        with transaction.atomic():
            begun.wait()
            BindingFactory(subscriber=alice, key=key)
        connection.close()

    threads = [threading.Thread(target=register, args=(key,)) for key in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert Binding.objects.count() == 2
    assert told(type__startswith="registration") == ["registration.first"]


@pytest.mark.django_db(transaction=True)
def test_two_that_go_at_the_same_moment_are_told_of_in_the_end() -> None:
    alice = SubscriberFactory()
    one, two = BindingFactory(subscriber=alice), BindingFactory(subscriber=alice)
    removed, may_end = threading.Event(), threading.Event()

    def remove_slowly() -> None:
        with transaction.atomic():
            one.delete()
            removed.set()
            may_end.wait(20)
        connection.close()

    thread = threading.Thread(target=remove_slowly)
    thread.start()
    assert removed.wait(20)
    two.delete()
    may_end.set()
    thread.join(20)
    assert told(type="registration.last") == []
    assert mend() == 1
    assert told(type="registration.last") == ["registration.last"]
    assert mend() == 0
