"""Putting all stored secrets under the newest key."""

from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.apps import apps
from django.core.management import CommandError, call_command

from sipedge.auth.ha1 import Ha1Set
from subscribers.actions import add_credential
from subscribers.management.commands import rotate_credential_keys
from subscribers.models import SipCredential
from subscribers.secrets import decrypt, decrypt_password
from tests.factories.subscribers import SubscriberFactory
from tests.factories.trunking import GatewayFactory

pytestmark = pytest.mark.django_db

NEW = Fernet.generate_key().decode()


def _rotate() -> str:
    out = StringIO()
    call_command("rotate_credential_keys", stdout=out)
    return out.getvalue()


def test_all_are_moved_and_the_old_key_can_go(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotate_credential_keys, "BATCH", 2)
    alice = SubscriberFactory(username="alice", domain__name="example.org")
    passwords = [add_credential(alice)[1] for _ in range(5)]
    settings.CREDENTIAL_KEYS = [NEW, *settings.CREDENTIAL_KEYS]
    assert _rotate() == "5 stored SIP secrets are under the newest key now.\n"
    settings.CREDENTIAL_KEYS = [NEW]
    for credential, password in zip(alice.credentials.order_by("slot"), passwords, strict=True):
        assert decrypt(credential.secret) == Ha1Set.from_password("alice", "example.org", password)


def test_one_that_cannot_be_read_is_named_and_stays(settings: Any) -> None:
    alice = SubscriberFactory()
    add_credential(alice)
    lost = SipCredential.objects.create(subscriber=alice, slot=2, secret="lost")
    settings.CREDENTIAL_KEYS = [NEW, *settings.CREDENTIAL_KEYS]
    with pytest.raises(CommandError, match=rf"1 secrets cannot be read .* SIP credential with the id {lost.pk}\."):
        _rotate()
    assert SipCredential.objects.get(pk=lost.pk).secret == "lost"
    settings.CREDENTIAL_KEYS = [NEW]
    decrypt(alice.credentials.get(slot=1).secret)


def test_passwords_of_gateways_are_moved_too(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotate_credential_keys, "BATCH", 2)
    gateways = [GatewayFactory() for _ in range(3)]
    gateways[0].set_inbound_account("carrier", "its password")
    gateways[2].set_outbound_account("us", "our password")
    for gateway in gateways:
        gateway.save()
    settings.CREDENTIAL_KEYS = [NEW, *settings.CREDENTIAL_KEYS]
    assert _rotate() == "2 stored SIP secrets are under the newest key now.\n"
    settings.CREDENTIAL_KEYS = [NEW]
    for gateway in gateways:
        gateway.refresh_from_db()
    assert decrypt_password(gateways[0].inbound_secret) == "its password"
    assert decrypt_password(gateways[2].outbound_secret) == "our password"


def test_no_model_keeps_a_secret_that_is_not_rotated() -> None:
    known = {(model, field) for model, fields in rotate_credential_keys.encrypted_columns() for field in fields}
    named = {
        (model, field.name)
        for model in apps.get_models()
        if not model._meta.proxy
        for field in model._meta.concrete_fields
        if field.name == "secret" or field.name.endswith("_secret") or field.name.startswith("sealed_")
    }
    assert known == named


def test_nothing_stored_is_no_error() -> None:
    assert _rotate().startswith("0 stored")
