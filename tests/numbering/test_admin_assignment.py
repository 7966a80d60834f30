"""Giving numbers to subscribers and taking them back, in the panel."""

import pytest
from django.test import Client
from django.urls import reverse

from numbering.models import NumberAssignment, PhoneNumber
from tests.factories.two_resellers import TwoResellers
from tests.provider.panel.panel import admin_client


@pytest.fixture
def client(two_resellers: TwoResellers) -> Client:
    return admin_client(two_resellers.admin)


def _address(action: str, number: PhoneNumber) -> str:
    return reverse(f"admin:numbering_phonenumber_{action}", args=[number.pk])


def _holder(number: PhoneNumber) -> object:
    held = NumberAssignment.objects.current().filter(number=number).first()
    return held and held.subscriber


def test_a_free_number_is_assigned(client: Client, two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    assert client.get(_address("assign", side.free_number)).status_code == 200
    assert _holder(side.free_number) is None
    response = client.post(
        _address("assign", side.free_number), {"subscriber": side.bob.pk, "is_main": "on"}, follow=True
    )
    assert "+4311003 leads to bob@a.example.org now." in response.content.decode()
    assert _holder(side.free_number) == side.bob
    mains = NumberAssignment.objects.current().filter(subscriber=side.bob, is_main=True)
    assert [main.number for main in mains] == [side.free_number]


def test_a_subscriber_of_another_reseller_is_no_choice(client: Client, two_resellers: TwoResellers) -> None:
    number = two_resellers.a.free_number
    page = client.post(_address("assign", number), {"subscriber": two_resellers.b.bob.pk}).content.decode()
    assert "Choose a subscriber of the number&#x27;s own reseller." in page
    assert _holder(number) is None


def test_a_number_that_somebody_has_is_not_given_away(client: Client, two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    page = client.post(_address("assign", side.alice_number), {"subscriber": side.bob.pk}).content.decode()
    assert "Somebody has this number" in page
    assert _holder(side.alice_number) == side.alice


def test_a_number_is_released_after_a_question(client: Client, two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    assert "its history stays" in client.get(_address("release", side.alice_number)).content.decode().lower()
    assert _holder(side.alice_number) == side.alice
    client.post(_address("release", side.alice_number))
    assert _holder(side.alice_number) is None
    again = client.post(_address("release", side.alice_number)).content.decode()
    assert "Nobody has this number." in again


def test_the_history_stands_on_the_numbers_page(client: Client, two_resellers: TwoResellers) -> None:
    number = two_resellers.a.alice_number
    client.post(_address("release", number))
    page = client.get(reverse("admin:numbering_phonenumber_change", args=[number.pk])).content.decode()
    assert "alice@a.example.org" in page
