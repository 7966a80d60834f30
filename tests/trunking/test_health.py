"""What the panel says of a gateway: in use, answering, registered."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from django.utils.translation import override

import sipedge.handlers
from trunking.health import TONES, WRONG, answers, last_said, registration
from trunking.models import Gateway, GatewayState


def _gateway(**fields: Any) -> Gateway:
    return Gateway(**{"probe_interval": 30, "registers": True} | fields)


def _state(age: float = 0, **fields: Any) -> GatewayState:
    return GatewayState(saved_at=timezone.now() - timedelta(seconds=age), **fields)


@pytest.mark.parametrize(
    ("gateway", "states", "key"),
    [
        ({"is_active": False}, [(0, True)], "off"),
        ({"probe_interval": 0}, [(0, False)], "plain"),
        ({}, [], "unknown"),
        ({}, [(0, None)], "unknown"),
        ({}, [(3600, True)], "unknown"),
        ({}, [(0, True)], "up"),
        ({}, [(0, False)], "down"),
        ({}, [(0, False), (0, True)], "partly"),
        ({}, [(3600, False), (0, True)], "up"),
    ],
)
def test_whether_it_answers(gateway: dict[str, Any], states: list[tuple[float, bool | None]], key: str) -> None:
    """states: how old each is, in seconds, and what it says."""
    found, words = answers(_gateway(**gateway), [_state(age, is_up=is_up) for age, is_up in states])
    assert found == key
    assert str(words)
    assert key in TONES


@pytest.mark.parametrize(
    ("gateway", "until", "status", "key"),
    [
        ({"registers": False}, 60, 200, None),
        ({"is_active": False}, 60, 200, None),
        ({}, 60, 200, "up"),
        ({}, 60, 503, "up"),
        ({}, -60, 403, "down"),
        ({}, None, 403, "down"),
        ({}, None, None, "unknown"),
    ],
)
def test_whether_we_are_registered(
    gateway: dict[str, Any], until: int | None, status: int | None, key: str | None
) -> None:
    at = None if until is None else timezone.now() + timedelta(seconds=until)
    found = registration(_gateway(**gateway), [_state(registered_until=at, registration_status=status)])
    assert (found and found[0]) == key


def test_one_edge_that_is_registered_is_enough() -> None:
    soon = timezone.now() + timedelta(minutes=5)
    states = [_state(registration_status=403), _state(registered_until=soon, registration_status=200)]
    assert registration(_gateway(), states) == ("up", "registered")


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (None, "", None),
        (200, "", "200"),
        (None, "no answer", "keine Antwort"),
        (403, "403 Account unknown", "403 Account unknown"),
        (503, "no answer", "503 keine Antwort"),
        (
            401,
            "401 Unauthorized: user name, password or realm are wrong",
            "401 Unauthorized: Benutzername, Passwort oder Realm sind falsch",
        ),
        (200, "its answer makes no sense: Bad Contact", "200 seine Antwort ergibt keinen Sinn: Bad Contact"),
    ],
)
def test_what_an_edge_said_last_is_put_into_words(status: int | None, error: str, words: str | None) -> None:
    with override("de"):
        assert last_said(status, error) == words


def test_what_is_put_into_words_is_what_edges_say() -> None:
    handlers = Path(sipedge.handlers.__path__[0])
    said = "".join((handlers / f"{name}.py").read_text() for name in ("gateway_health", "gateway_registrations"))
    assert [sentence for sentence in WRONG if sentence not in said] == []
