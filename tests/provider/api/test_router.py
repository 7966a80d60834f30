"""The router: converters in addresses, so that an id that is none is no address."""

import pytest
from django.urls import Resolver404, resolve

from provider.api.router import Router, router


def test_addresses_are_made_with_converters() -> None:
    assert Router().include_format_suffixes is False
    names = {pattern.name for pattern in router.urls}
    assert {"call-list", "call-detail", "api-root"} <= names


def test_an_id_that_is_no_uuid_is_no_address_of_a_collection() -> None:
    assert resolve("/api/v1/calls/1/").url_name == "api-unknown"
    with pytest.raises(Resolver404):
        resolve("/nothing/")
