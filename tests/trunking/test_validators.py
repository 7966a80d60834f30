"""What people may write of gateways and routes, and what they are told otherwise."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from trunking import validators
from trunking.validators import (
    time_zones,
    validate_account,
    validate_address,
    validate_aor,
    validate_contact_user,
    validate_prefix,
    validate_probe_interval,
    validate_realm,
    validate_timezone,
)

GOOD: list[tuple[Callable[[Any], None], Any]] = [
    (validate_address, "sbc.example.org"),
    (validate_address, "sbc.example.org:5080"),
    (validate_address, "192.0.2.1"),
    (validate_address, "192.0.2.1:5060"),
    (validate_address, "[2001:db8::1]"),
    (validate_address, "[2001:db8::1]:65535"),
    (validate_account, "Freiton_1@carrier.example"),
    (validate_contact_user, "+4311001"),
    (validate_aor, "sip:4311001@carrier.example"),
    (validate_aor, "sip:trunk-1@[2001:db8::1]:5080"),
    (validate_realm, "Carrier realm (Vienna)"),
    (validate_realm, ""),
    (validate_prefix, ""),
    (validate_prefix, "4312"),
    (validate_probe_interval, 0),
    (validate_probe_interval, 5),
    (validate_probe_interval, 3600),
    (validate_timezone, "Europe/Vienna"),
    (validate_timezone, "UTC"),
]
BAD: list[tuple[Callable[[Any], None], Any, str]] = [
    (validate_address, "SBC.example.org", "full name in lower case"),
    (validate_address, "sbc", "full name"),
    (validate_address, "2001:db8::1", "in brackets"),
    (validate_address, "sbc.example.org:", "host or host:port"),
    (validate_address, "sbc.example.org:x", "host or host:port"),
    (validate_address, "[192.0.2.1]", "IPv6 addresses alone"),
    (validate_address, "[2001:0db8::1]", "shortest form"),
    (validate_address, "192.0.2.1:0", "between 1 and 65535"),
    (validate_address, "192.0.2.1:65536", "between 1 and 65535"),
    (validate_address, "sip:192.0.2.1", "host or host:port"),
    (validate_account, "with space", "Only letters"),
    (validate_account, 'quo"te', "Only letters"),
    (validate_account, "line\n", "Only letters"),
    (validate_contact_user, "user@host", "Only letters"),
    (validate_aor, "4311001@carrier.example", "such as sip:"),
    (validate_aor, "sip:carrier.example", "such as sip:"),
    (validate_aor, "sip:a@b>;x", "such as sip:"),
    (validate_realm, 'a "realm"', "quotation mark"),
    (validate_realm, "a\r\nX: y", "control character"),
    (validate_prefix, "+43", "without the plus"),
    (validate_probe_interval, 4, "between 5 and 3600"),
    (validate_probe_interval, 3601, "between 5 and 3600"),
    (validate_timezone, "Europe/Wien", "No time zone"),
    (validate_timezone, "", "No time zone"),
]


@pytest.mark.parametrize(("validate", "value"), GOOD)
def test_what_is_right_passes(validate: Callable[[Any], None], value: Any) -> None:
    validate(value)


@pytest.mark.parametrize(("validate", "value", "words"), BAD)
def test_what_is_wrong_is_said(validate: Callable[[Any], None], value: Any, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        validate(value)


def test_utc_is_known_on_a_machine_without_time_zones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validators, "available_timezones", set)
    time_zones.cache_clear()
    assert time_zones() == {"UTC"}
    time_zones.cache_clear()
