"""GET /metrics: what it counts, and who may read it."""

import ipaddress
from typing import Any

import pytest
from django.test import Client
from prometheus_client import REGISTRY

NAME = "freiton_web_requests_total"


def _count(method: str, status: str) -> float:
    return REGISTRY.get_sample_value(NAME, {"method": method, "status": status}) or 0.0


def test_loopback_reads_it(client: Client) -> None:
    response = client.get("/metrics", REMOTE_ADDR="127.0.0.1")
    assert response.status_code == 200
    assert NAME in response.content.decode()


def test_requests_are_counted_by_method_and_status(client: Client) -> None:
    before = _count("GET", "404")
    client.get("/metrics", REMOTE_ADDR="192.0.2.1")
    assert _count("GET", "404") == before + 1


def test_made_up_methods_are_one_label(client: Client) -> None:
    before = _count("other", "200")
    client.generic("BREW", "/metrics", REMOTE_ADDR="127.0.0.1")
    assert _count("other", "200") == before + 1
    assert REGISTRY.get_sample_value(NAME, {"method": "BREW", "status": "200"}) is None


@pytest.mark.parametrize(
    "headers",
    [
        {"REMOTE_ADDR": "192.0.2.1"},
        {"REMOTE_ADDR": ""},
        # a proxy on loopback that was not listed passes a stranger on
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "192.0.2.1"},
    ],
)
def test_for_others_it_is_not_there(client: Client, headers: dict[str, str]) -> None:
    assert client.get("/metrics", **headers).status_code == 404  # type: ignore[arg-type]


def test_a_trusted_network_reads_it(client: Client, settings: Any) -> None:
    settings.TRUSTED_PROXIES = (ipaddress.ip_network("192.0.2.0/24"),)
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.1").status_code == 200
    forwarded = {"REMOTE_ADDR": "192.0.2.1", "HTTP_X_FORWARDED_FOR": "198.51.100.1"}
    assert client.get("/metrics", **forwarded).status_code == 404  # type: ignore[arg-type]
