"""Whose X-Forwarded-* headers count."""

import ipaddress
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from provider.proxies import FORWARDED_BY_STRANGER, TrustedProxies, client_address, is_inside

TRUSTED = (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("2001:db8::/32"))


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("10.1.2.3", True),
        ("::ffff:10.1.2.3", True),
        ("2001:db8::5", True),
        ("192.0.2.1", False),
        ("", False),
        ("unix:", False),
    ],
)
def test_an_address_lies_in_a_network(address: str, inside: bool) -> None:
    assert is_inside(address, TRUSTED) == inside


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("10.0.0.1", "192.0.2.7", "192.0.2.7"),
        ("10.0.0.1", "198.51.100.9, 192.0.2.7, 10.0.0.2", "192.0.2.7"),  # what the client itself wrote is not believed
        ("10.0.0.1", "10.0.0.3", "10.0.0.3"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "192.0.2.7, unknown", "10.0.0.1"),
        ("192.0.2.1", "198.51.100.9", "192.0.2.1"),
    ],
)
def test_the_client_is_the_nearest_address_that_is_no_proxy_of_ours(peer: str, forwarded: str, client: str) -> None:
    assert client_address(peer, forwarded, TRUSTED) == client


def _seen(peer: str, **headers: str) -> HttpRequest:
    seen: list[HttpRequest] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(request)
        return HttpResponse()

    TrustedProxies(view)(RequestFactory().get("/", REMOTE_ADDR=peer, **headers))  # type: ignore[arg-type]
    return seen[0]


def test_a_trusted_proxy_says_who_the_client_is(settings: Any) -> None:
    settings.TRUSTED_PROXIES = TRUSTED
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    request = _seen("10.0.0.1", HTTP_X_FORWARDED_FOR="192.0.2.7", HTTP_X_FORWARDED_PROTO="https")
    assert request.META["REMOTE_ADDR"] == "192.0.2.7"
    assert request.is_secure()


def test_a_stranger_says_nothing(settings: Any) -> None:
    settings.TRUSTED_PROXIES = TRUSTED
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    request = _seen("192.0.2.1", HTTP_X_FORWARDED_FOR="127.0.0.1", HTTP_X_FORWARDED_PROTO="https")
    assert request.META["REMOTE_ADDR"] == "192.0.2.1"
    assert "HTTP_X_FORWARDED_FOR" not in request.META
    assert not request.is_secure()
    assert request.META[FORWARDED_BY_STRANGER]
