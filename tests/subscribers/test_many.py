"""Many subscribers in a statement each; with all that imports do it is tried in tests/imports."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from subscribers import many
from subscribers.models import CallSettings, SipCredential, Subscriber
from tests.factories.two_resellers import TwoResellers

pytestmark = pytest.mark.django_db


def _new(two_resellers: TwoResellers, username: str) -> many.NewSubscriber:
    a = two_resellers.a
    return many.NewSubscriber(uuid4(), a.domain.pk, a.customer.pk, username, "Name", True, None)


def test_they_are_made_and_found(two_resellers: TwoResellers) -> None:
    a = two_resellers.a
    rows = [_new(two_resellers, name) for name in ("carol", "dan")]
    keys = many.insert_subscribers(a.reseller.pk, rows)
    assert {Subscriber.objects.get(pk=keys[row.uid]).username for row in rows} == {"carol", "dan"}
    found = many.standing([(a.domain.pk, "carol"), (a.domain.pk, "alice"), (two_resellers.b.domain.pk, "nobody")])
    assert {name: one.slots for (_domain, name), one in found.items()} == {"carol": [], "alice": [1]}
    assert many.insert_subscribers(a.reseller.pk, []) == {}
    with pytest.raises(IntegrityError), transaction.atomic():
        many.insert_subscribers(a.reseller.pk, [_new(two_resellers, "alice")])


def test_what_is_not_said_stays(two_resellers: TwoResellers) -> None:
    alice = two_resellers.a.alice
    many.change_subscribers([many.Change(alice.pk, None, None, False, None)])
    alice.refresh_from_db()
    assert (alice.is_active, alice.display_name, alice.customer_id) == (False, "Alice", two_resellers.a.customer.pk)


def test_secrets_and_limits(two_resellers: TwoResellers) -> None:
    alice = two_resellers.a.alice
    many.set_secrets([many.Secret(alice.pk, 1, "one"), many.Secret(alice.pk, 2, "two")])
    stored = SipCredential.objects.filter(subscriber=alice).order_by("slot")
    assert [(one.secret, one.rotated_at is not None) for one in stored] == [("one", True), ("two", False)]
    for most in (2, 3):
        many.set_max_calls([(alice.pk, most)])
        assert CallSettings.objects.get(subscriber=alice).max_calls == most
