"""The page that writes many destination rules at once."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories.accounts import CustomerFactory, ResellerFactory, UserFactory
from tests.factories.trunking import DestinationRuleFactory
from tests.provider.panel.panel import admin_client
from trunking.models import DestinationRule

PAGE = "admin:trunking_destinationrule_ready_made"


@pytest.fixture
def client(db: None) -> Client:
    return admin_client(UserFactory(admin=True))


def _post(client: Client, **form: Any) -> Any:
    return client.post(reverse(PAGE), {"verdict": "bar"} | form, follow=True)


def test_sets_and_countries_are_barred_for_everybody(client: Client) -> None:
    DestinationRuleFactory(prefix="870", is_allowed=True, reason="mine")
    response = _post(client, sets=["satellite"], countries=["RU"])
    rules = dict(DestinationRule.objects.filter(reseller=None).values_list("prefix", "is_allowed"))
    assert (rules["870"], rules["881"], rules["7"], rules["77"]) == (True, False, False, True)
    assert f"Added {len(rules) - 1} rules." in response.content.decode()


def test_a_country_is_allowed_for_one_customer(client: Client) -> None:
    customer = CustomerFactory()
    response = _post(client, countries=["AT"], verdict="allow", customer=customer.pk)
    assert "Added one rule." in response.content.decode()
    rule = DestinationRule.objects.get()
    assert (rule.prefix, rule.is_allowed, rule.reason) == ("43", True, "Austria")
    assert (rule.customer, rule.reseller_id) == (customer, customer.reseller_id)


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({}, "Choose a kind of numbers or a country."),
        ({"countries": ["XX"]}, "Select a valid choice"),
        ({"sets": ["moon"]}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_is_said(client: Client, form: dict[str, Any], words: str) -> None:
    assert words in _post(client, **form).content.decode()
    assert not DestinationRule.objects.exists()


def test_a_customer_of_another_reseller_is_refused(client: Client) -> None:
    response = _post(client, countries=["AT"], customer=CustomerFactory().pk, reseller=ResellerFactory().pk)
    assert "another reseller" in response.content.decode()
    assert not DestinationRule.objects.exists()


def test_the_list_leads_to_the_page_and_the_page_back(client: Client) -> None:
    listed = reverse("admin:trunking_destinationrule_changelist")
    assert reverse(PAGE) in client.get(listed).content.decode()
    assert f'href="{listed}"' in client.get(reverse(PAGE)).content.decode()
