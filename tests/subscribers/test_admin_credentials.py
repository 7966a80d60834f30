"""SIP passwords in the panel: made, shown once, never again."""

import re

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from sipedge.auth.ha1 import Ha1Set
from subscribers.actions import add_credential
from subscribers.models import MAX_CREDENTIALS, SipCredential, Subscriber
from subscribers.secrets import decrypt
from tests.factories.two_resellers import TwoResellers
from tests.provider.panel.panel import admin_client


@pytest.fixture
def client(two_resellers: TwoResellers) -> Client:
    return admin_client(two_resellers.admin)


def _address(subscriber: Subscriber) -> str:
    return reverse("admin:subscribers_subscriber_new_password", args=[subscriber.pk])


def _password(response: HttpResponse) -> str:
    username, domain, password = re.findall(r"<code>([^<]+)</code>", response.content.decode())
    assert (username, domain) == ("alice", "a.example.org")
    return password


def test_asking_makes_nothing(client: Client, two_resellers: TwoResellers) -> None:
    page = client.get(_address(two_resellers.a.alice)).content.decode()
    assert "a new credential, beside those that exist" in page
    assert two_resellers.a.alice.credentials.count() == 1


def test_a_new_password_opens_the_registrar_and_is_shown_once(client: Client, two_resellers: TwoResellers) -> None:
    alice = two_resellers.a.alice
    response = client.post(_address(alice), {"credential": "new", "label": "desk"})
    password = _password(response)
    assert "no-store" in response.headers["Cache-Control"]
    credential = alice.credentials.get(label="desk")
    assert decrypt(credential.secret) == Ha1Set.from_password("alice", "a.example.org", password)
    page = client.get(reverse("admin:subscribers_subscriber_change", args=[alice.pk])).content.decode()
    assert password not in page
    assert password not in client.get(_address(alice)).content.decode()


def test_a_password_is_replaced(client: Client, two_resellers: TwoResellers) -> None:
    old = two_resellers.a.alice_credential
    password = _password(client.post(_address(two_resellers.a.alice), {"credential": old.pk, "label": ""}))
    now = SipCredential.objects.get(pk=old.pk)
    assert decrypt(now.secret) == Ha1Set.from_password("alice", "a.example.org", password)
    assert now.rotated_at is not None


def test_there_are_five_at_most(client: Client, two_resellers: TwoResellers) -> None:
    alice = two_resellers.a.alice
    while alice.credentials.count() < MAX_CREDENTIALS:
        add_credential(alice)
    response = client.post(_address(alice), {"credential": "new", "label": ""})
    assert "This credential is gone. Choose another one." in response.content.decode()
    assert alice.credentials.count() == MAX_CREDENTIALS


def test_a_credential_of_somebody_else_is_no_choice(client: Client, two_resellers: TwoResellers) -> None:
    foreign = two_resellers.b.alice_credential
    response = client.post(_address(two_resellers.a.alice), {"credential": foreign.pk, "label": ""})
    assert "This credential is gone" in response.content.decode()
    assert SipCredential.objects.get(pk=foreign.pk).secret == foreign.secret
