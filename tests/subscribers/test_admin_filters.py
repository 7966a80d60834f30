"""The list of registrations is narrowed by the transport by which phones came."""

import pytest
from django.urls import reverse

from subscribers.choices import PhoneTransport
from tests.factories.subscribers import BindingFactory
from tests.factories.two_resellers import TwoResellers
from tests.provider.api.asking import rows
from tests.provider.panel.panel import admin_client


@pytest.mark.parametrize("transport", PhoneTransport.values)
def test_phones_are_found_by_their_transport(two_resellers: TwoResellers, transport: str) -> None:
    BindingFactory(subscriber=two_resellers.a.alice, contact="sip:the-one@192.0.2.7", transport=transport)
    client, address = admin_client(two_resellers.admin), reverse("admin:subscribers_binding_changelist")
    assert "the-one@192.0.2.7" in client.get(address, {"transport": transport}).content.decode()
    other = next(value for value in PhoneTransport.values if value != transport)
    assert "the-one@192.0.2.7" not in client.get(address, {"transport": other}).content.decode()
    found = rows(two_resellers.admin_token_text, "registrations/", transport=transport)
    assert "sip:the-one@192.0.2.7" in {row["contact"] for row in found}


def test_a_transport_that_does_not_exist_does_not_narrow(two_resellers: TwoResellers) -> None:
    client, address = admin_client(two_resellers.admin), reverse("admin:subscribers_binding_changelist")
    assert client.get(address, {"transport": "pigeon"}).content.decode().count('<tr class="data-row') == 4


def test_the_filter_offers_every_transport(two_resellers: TwoResellers) -> None:
    page = admin_client(two_resellers.admin).get(reverse("admin:subscribers_binding_changelist")).content.decode()
    assert all(f'value="{transport}"' in page for transport in PhoneTransport.values)
