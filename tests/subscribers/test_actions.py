"""What is done with subscribers, and what each action refuses, with the field's name."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from sipedge.auth.ha1 import Ha1Set
from subscribers import actions
from subscribers.models import Binding, SipCredential, Subscriber
from subscribers.secrets import decrypt
from tests.factories.accounts import CustomerFactory
from tests.factories.subscribers import BindingFactory, DomainFactory, SubscriberFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> Subscriber:
    return SubscriberFactory(username="alice", domain__name="example.org")


def _wrong(refused: pytest.ExceptionInfo[ValidationError]) -> list[str]:
    return list(refused.value.message_dict)


def _ha1(password: str) -> Ha1Set:
    return Ha1Set.from_password("alice", "example.org", password)


def test_a_subscriber_belongs_to_its_domains_reseller() -> None:
    domain = DomainFactory()
    customer = CustomerFactory(reseller=domain.reseller)
    subscriber = actions.create_subscriber(domain, customer, "Alice", display_name="Alice A.")
    kept = Subscriber.objects.get(pk=subscriber.pk)
    assert (kept.username, kept.display_name, kept.reseller) == ("alice", "Alice A.", domain.reseller)


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"username": "al ice"}, "username"),
        ({"username": ""}, "username"),
        ({"username": "carol", "display_name": "x" * 101}, "display_name"),
        ({"username": "carol", "digest_algorithm": "SHA-512"}, "digest_algorithm"),
    ],
)
def test_a_subscriber_that_cannot_be_is_not_made(fields: dict[str, Any], wrong: str) -> None:
    domain = DomainFactory()
    with pytest.raises(ValidationError) as refused:
        actions.create_subscriber(domain, CustomerFactory(reseller=domain.reseller), **fields)
    assert _wrong(refused) == [wrong]
    assert not Subscriber.objects.exists()


def test_another_resellers_customer_is_refused() -> None:
    with pytest.raises(ValidationError) as refused:
        actions.create_subscriber(DomainFactory(), CustomerFactory(), "alice")
    assert _wrong(refused) == ["customer"]


def test_suspending_and_resuming(alice: Subscriber) -> None:
    actions.suspend_subscriber(alice)
    assert not Subscriber.objects.get().is_active
    actions.resume_subscriber(alice)
    assert Subscriber.objects.get().is_active


def test_a_generated_password_is_returned_and_only_its_ha1_kept(alice: Subscriber) -> None:
    credential, password = actions.add_credential(alice, "desk phone")
    kept = SipCredential.objects.get(pk=credential.pk)
    assert decrypt(kept.secret) == _ha1(password)
    assert (kept.slot, kept.label, kept.rotated_at) == (1, "desk phone", None)


def test_five_credentials_and_no_more(alice: Subscriber) -> None:
    passwords = [actions.add_credential(alice)[1] for _ in range(5)]
    assert len(set(passwords)) == 5
    with pytest.raises(ValidationError) as refused:
        actions.add_credential(alice)
    assert _wrong(refused) == ["slot"]
    assert alice.credentials.count() == 5


def test_the_first_free_slot_is_taken(alice: Subscriber) -> None:
    first, _ = actions.add_credential(alice)
    actions.add_credential(alice)
    actions.remove_credential(first)
    assert actions.add_credential(alice)[0].slot == 1


def test_rotating_replaces_the_password_and_nothing_else(alice: Subscriber) -> None:
    credential, old = actions.add_credential(alice, "desk phone")
    new = actions.rotate_credential(credential)
    kept = SipCredential.objects.get()
    assert new != old
    assert decrypt(kept.secret) == _ha1(new)
    assert (kept.pk, kept.label, kept.slot) == (credential.pk, "desk phone", 1)
    assert kept.rotated_at is not None
    assert (credential.secret, credential.rotated_at) == (kept.secret, kept.rotated_at)


def test_a_given_password_is_kept_as_ha1(alice: Subscriber) -> None:
    credential = actions.set_credential_from_password(alice, "päss wörd 1")
    assert decrypt(credential.secret) == _ha1("päss wörd 1")


@pytest.mark.parametrize("password", ["", "short", "x" * 129, "with\nnewline", "with\x00null", "lone\udcff surrogate"])
def test_passwords_that_cannot_be_are_refused(alice: Subscriber, password: str) -> None:
    with pytest.raises(ValidationError) as refused:
        actions.set_credential_from_password(alice, password)
    assert _wrong(refused) == ["password"]
    assert not alice.credentials.exists()


@pytest.mark.parametrize("slot", [0, 6, -1])
def test_a_slot_that_is_none_is_refused(alice: Subscriber, slot: int) -> None:
    with pytest.raises(ValidationError) as refused:
        actions.set_credential_from_password(alice, "long enough", slot=slot)
    assert _wrong(refused) == ["slot"]


def test_given_ha1_values_are_kept(alice: Subscriber) -> None:
    full = _ha1("secret")
    assert full.md5 is not None
    assert full.sha256 is not None
    credential = actions.set_credential_from_ha1(alice, {"md5": full.md5.hex(), "sha256": full.sha256.hex().upper()})
    assert decrypt(credential.secret) == Ha1Set(md5=full.md5, sha256=full.sha256)


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({}, "md5"),
        ({"md5": ""}, "md5"),
        ({"sha1": "00" * 20}, "md5"),
        ({"md5": "00" * 15}, "md5"),
        ({"md5": "zz" * 16}, "md5"),
        ({"sha256": "00" * 16}, "sha256"),
        ({"md5": "00" * 16, "sha256_at": "x"}, "sha256_at"),
    ],
)
def test_ha1_values_that_are_none_are_refused(alice: Subscriber, values: dict[str, str], wrong: str) -> None:
    with pytest.raises(ValidationError) as refused:
        actions.set_credential_from_ha1(alice, values)
    assert _wrong(refused) == [wrong]
    assert not alice.credentials.exists()


def test_a_removed_binding_is_gone_and_the_others_stay(alice: Subscriber) -> None:
    gone, stays = BindingFactory(subscriber=alice), BindingFactory(subscriber=alice)
    actions.remove_binding(gone)
    assert list(Binding.objects.all()) == [stays]
