"""Whose a webhook is that somebody makes."""

import pytest

from events.models import Webhook
from tests.factories.two_resellers import TwoResellers
from tests.provider.api.asking import refused_fields, send

pytestmark = pytest.mark.django_db
URL = "https://shop.example.org/hook"


def _made(token: str, **members: object) -> Webhook:
    answer = send("POST", token, "webhooks/", {"url": URL, **members})
    assert answer.status_code == 201, answer.content
    return Webhook.objects.get(uid=answer.json()["id"])


def test_ones_own_without_saying_so(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    write = {"scopes": ["write"]}
    type(side.customer_token).objects.update(**write)
    of_reseller, of_customer = _made(side.reseller_token_text), _made(side.customer_token_text)
    of_all = _made(two_resellers.admin_token_text)
    assert (of_reseller.reseller, of_reseller.customer) == (side.reseller, None)
    assert (of_customer.reseller, of_customer.customer) == (side.reseller, side.customer)
    assert (of_all.reseller, of_all.customer) == (None, None)


def test_a_customers_by_its_reseller_and_a_resellers_by_an_administrator(two_resellers: TwoResellers) -> None:
    a, b = two_resellers.a, two_resellers.b
    assert _made(a.reseller_token_text, customer=str(a.customer.uid)).customer == a.customer
    assert _made(two_resellers.admin_token_text, reseller=str(b.reseller.uid)).reseller == b.reseller
    wrong = {"url": URL, "reseller": str(b.reseller.uid), "customer": str(a.customer.uid)}
    assert set(refused_fields(send("POST", two_resellers.admin_token_text, "webhooks/", wrong))) == {"customer"}
    foreign = {"url": URL, "customer": str(b.customer.uid)}
    assert set(refused_fields(send("POST", a.reseller_token_text, "webhooks/", foreign))) == {"customer"}
