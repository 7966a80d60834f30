"""Addresses and types that a webhook may have."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from events.validators import validate_types, validate_url

GOOD = ["https://x.example.org", "https://x.example.org:8443/a?b=c", "https://[2606:4700::1111]/", "https://8.8.8.8/"]
BAD = [
    "", "x", "http://x.example.org/", "ftp://x/", "https:///a", "https://x.example.org:0/", "https://x:99999/",
    "https://user@x.example.org/", "https://x.example.org/#a", "https://127.0.0.1/", "https://localhost.:x/",
    "https://[::1]/", "https://[fe80::1%25eth0]/", "https://169.254.169.254/latest", "https://x.example.org/\r\nX: y",
    "https://x.example.org/ä", "https://x\\@y/", "https://" + "x" * 2_000,
]  # fmt: skip


@pytest.mark.parametrize("url", GOOD)
def test_good_addresses(url: str) -> None:
    validate_url(url)


@pytest.mark.parametrize("url", BAD)
def test_bad_addresses(url: str, settings: Any) -> None:
    settings.WEBHOOKS_TO_LOOPBACK = False
    with pytest.raises(ValidationError):
        validate_url(url)


def test_in_a_demonstration_this_machine_may_be_told(settings: Any) -> None:
    settings.WEBHOOKS_TO_LOOPBACK = True
    validate_url("http://127.0.0.1:9000/")
    validate_url("http://localhost:9000/")
    with pytest.raises(ValidationError):
        validate_url("http://10.0.0.1/")


def test_types() -> None:
    validate_types(["call.*", "number.assigned"])
    with pytest.raises(ValidationError, match=r"call\.begun"):
        validate_types(["call.begun"])
