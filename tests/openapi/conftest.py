"""A running system with two resellers, whose tokens may ask as often as they like."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from pytest_django.live_server_helper import LiveServer

from provider.api import throttle
from tests.factories.two_resellers import TwoResellers, make_two_resellers


@dataclass(frozen=True, slots=True)
class Live:
    """url: of the running web. who: who is in its database."""

    url: str
    who: TwoResellers

    def token_of(self, role: str) -> str:
        """The text of the token of somebody of this role."""
        texts = {
            "admin": self.who.admin_token_text,
            "reseller": self.who.a.reseller_token_text,
            "customer": self.who.a.customer_token_text,
        }
        return texts[role]


@pytest.fixture
def live(transactional_db: None, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Live]:
    """The web on a port of its own, without the limit of requests, which would be most of what is answered."""
    monkeypatch.setattr(throttle, "REQUESTS_A_MINUTE", 10**9)
    requests = logging.getLogger("django.request")
    level = requests.level
    requests.setLevel(logging.ERROR)  # of a thousand refusals on purpose nobody wants to read
    yield Live(live_server.url, make_two_resellers())
    requests.setLevel(level)
