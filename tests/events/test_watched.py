"""Each thing that happens is told, by whatever way it was written, to those whose it is and without a secret."""

import json
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.actions import create_token
from accounts.choices import Scope
from events.models import Event
from events.types import TYPES
from subscribers.actions import (
    add_credential,
    create_subscriber,
    remove_credential,
    resume_subscriber,
    rotate_credential,
    suspend_subscriber,
)
from subscribers.models import CallSettings, Subscriber
from tests.events.reading import last, told
from tests.factories.accounts import CustomerFactory, UserFactory
from tests.factories.subscribers import DomainFactory, SubscriberFactory
from tests.factories.two_resellers import TwoResellers

pytestmark = pytest.mark.django_db


def test_a_subscribers_life() -> None:
    domain = DomainFactory(name="a.example.org")
    customer = CustomerFactory(reseller=domain.reseller)
    Event.objects.all().delete()
    subscriber = create_subscriber(domain, customer, "alice")
    subscriber.display_name = "Alice"
    subscriber.save()
    subscriber.save()  # nothing is changed
    suspend_subscriber(subscriber)
    resume_subscriber(subscriber)
    uid = subscriber.uid
    subscriber.delete()

    kinds = ["created", "changed", "suspended", "resumed", "removed"]
    assert told() == [f"subscriber.{kind}" for kind in kinds]
    assert last("subscriber.created").data == {"username": "alice", "domain_name": "a.example.org", "is_active": True}
    assert last("subscriber.changed").data == {"changed": ["display_name"]}
    assert last("subscriber.suspended").data == {"changed": ["is_active"]}
    gone = last("subscriber.removed")
    assert (gone.object_type, gone.object_id, gone.object_name) == ("subscriber", uid, "alice@a.example.org")
    assert (gone.subscriber, gone.customer, gone.reseller) == (uid, customer.uid, domain.reseller.uid)


def test_bulk_and_raw_sql_count() -> None:
    subscribers = [SubscriberFactory() for _ in range(3)]
    Event.objects.all().delete()
    Subscriber.objects.update(display_name="all")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE subscribers_subscriber SET is_active = false WHERE id = %s", [subscribers[0].pk])
    assert told() == ["subscriber.changed"] * 3 + ["subscriber.suspended"]


def test_what_is_taken_back_was_not() -> None:
    before = Event.objects.count()
    with transaction.atomic():
        SubscriberFactory()
        transaction.set_rollback(True)
    assert Event.objects.count() == before


def test_credentials_are_told_without_their_secrets() -> None:
    subscriber = SubscriberFactory()
    Event.objects.all().delete()
    credential, password = add_credential(subscriber, "desk")
    another = rotate_credential(credential)
    credential.refresh_from_db()
    credential.label = "kitchen"
    credential.save()
    stored = credential.secret
    remove_credential(credential)

    assert told() == [f"credential.{kind}" for kind in ("added", "rotated", "changed", "removed")]
    assert last("credential.rotated").data == {"slot": 1, "label": "desk", "aor": subscriber.aor}
    text = json.dumps(list(Event.objects.values_list("data", "object_name")))
    assert not any(secret in text for secret in (password, another, stored))


def test_call_settings_are_told_once_for_what_is_done_at_once() -> None:
    subscriber = SubscriberFactory()
    Event.objects.all().delete()
    settings = CallSettings.objects.create(subscriber=subscriber)
    CallSettings.objects.filter(pk=settings.pk).update(do_not_disturb=True)
    CallSettings.objects.filter(pk=settings.pk).update(do_not_disturb=True)
    assert told() == ["subscriber.settings_changed"] * 2
    assert last("subscriber.settings_changed").data == {"part": "settings"}


def test_customers_users_tokens_and_domains() -> None:
    customer = CustomerFactory(name="Miller")
    user = UserFactory(customer=customer)
    token, _text = create_token(user, "shop", [Scope.READ])
    Event.objects.all().delete()
    customer.is_active = False
    customer.save()
    user.last_login = customer.created_at
    user.save()
    user.email = "another@example.org"
    user.save()
    token.last_used_at = customer.created_at
    token.save()
    token.revoked_at = customer.created_at
    token.save()
    domain = DomainFactory(reseller=customer.reseller)
    assert told() == ["customer.suspended", "user.changed", "token.revoked", "domain.created"]
    assert last("user.changed").data == {"changed": ["email"]}
    revoked = last("token.revoked")
    assert (revoked.customer, revoked.reseller) == (customer.uid, customer.reseller.uid)
    assert last("domain.created").reseller == domain.reseller.uid


def test_who_did_it_is_said_where_it_is_known() -> None:
    user = UserFactory()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('freiton.actor', %s, true)", [str(user.uid)])
        SubscriberFactory()
    assert last("subscriber.created").actor == user.uid


def test_nothing_is_told_that_the_list_of_types_does_not_know(two_resellers: TwoResellers) -> None:
    events = list(Event.objects.all())
    assert len({event.type for event in events}) >= 8
    for event in events:
        assert set(event.data) == set(TYPES[event.type].data), event.type


@pytest.mark.parametrize("side", ["a", "b"])
def test_whose_events_they_are(two_resellers: TwoResellers, side: str) -> None:
    own = getattr(two_resellers, side)
    of_reseller: Any = Event.objects.visible_to(own.reseller_user)
    of_customer: Any = Event.objects.visible_to(own.customer_user)
    assert set(of_reseller.values_list("reseller", flat=True)) == {own.reseller.uid}
    assert set(of_customer.values_list("customer", flat=True)) == {own.customer.uid}
    assert 0 < of_customer.count() < of_reseller.count() < Event.objects.visible_to(two_resellers.admin).count()
    other = two_resellers.b if side == "a" else two_resellers.a
    shown = json.dumps([[str(v) for v in row] for row in of_reseller.values_list()])
    for secret in (str(other.reseller.uid), str(other.alice.uid), other.domain.name, other.alice_number.e164):
        assert secret not in shown
