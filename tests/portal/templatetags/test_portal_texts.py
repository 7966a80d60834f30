"""How the customer's page writes facts."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from portal.templatetags.portal_texts import address, moment, remaining, talk_time

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("received_from", "text"),
    [
        ("udp:192.0.2.1:5060", "192.0.2.1"),
        ("tcp:[2001:db8::1]:5060", "2001:db8::1"),
        ("nonsense", "nonsense"),
        ("", ""),
    ],
)
def test_an_address_is_shown_without_what_nobody_needs(received_from: str, text: str) -> None:
    assert address(received_from) == text


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00 min"), (75, "1:15 min"), (3675, "1:01:15"), (None, "")])
def test_talk_time(seconds: int | None, text: str) -> None:
    assert talk_time(seconds) == text


@pytest.mark.parametrize(
    ("left", "text"),
    [
        (-5, "0 seconds"),
        (1, "1 second"),
        (89, "89 seconds"),
        (90, "2 minutes"),
        (3600, "60 minutes"),
        (7200, "2 hours"),
    ],
)
def test_what_is_left(left: int, text: str) -> None:
    assert remaining(NOW + timedelta(seconds=left), NOW) == text


def test_what_is_left_in_german() -> None:
    with translation.override("de"):
        assert remaining(NOW + timedelta(minutes=5), NOW) == "5 Minuten"


def test_a_moment_carries_its_time_for_the_browser() -> None:
    assert moment(None) == ""
    html = moment(NOW)
    assert 'datetime="2026-01-01T12:00:00+00:00"' in html
    assert "2026-01-01 12:00 UTC" in html
