"""The column for IP networks."""

import pytest
from django.core.exceptions import ValidationError

from accounts.fields import NetworkField
from tests.factories.trunking import GatewaySourceFactory
from trunking.models import GatewaySource

field = NetworkField()


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("192.0.2.1", "192.0.2.1/32"),
        (" 192.0.2.0/28 ", "192.0.2.0/28"),
        ("2001:DB8::1", "2001:db8::1/128"),
        ("2001:db8::/32", "2001:db8::/32"),
        ("", None),
        (None, None),
    ],
)
def test_networks_have_one_form(text: str | None, network: str | None) -> None:
    assert field.to_python(text) == network


@pytest.mark.parametrize("text", ["192.0.2.1/28", "192.0.2.256", "example.org", "192.0.2.0/33", "::1%lo"])
def test_what_is_no_network_is_refused_with_the_reason(text: str) -> None:
    with pytest.raises(ValidationError, match="Not an IP address or network"):
        field.to_python(text)


def test_the_database_keeps_the_network(db: None) -> None:
    source = GatewaySourceFactory(network="192.0.2.1")
    assert GatewaySource.objects.get(network="192.0.2.1/32") == source
    source.refresh_from_db()
    assert source.network == "192.0.2.1/32"


def test_forms_ask_for_text_and_clean_it(db: None) -> None:
    from django.forms import modelform_factory

    form_class = modelform_factory(GatewaySource, fields=["network"])
    assert form_class({"network": "192.0.2.1"}).is_valid()
    assert form_class({"network": "192.0.2.1/8"}).errors["network"]
