"""The page about security: what it shows, and what an administrator does there."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.test import Client
from django.urls import reverse

from accounts.security import active_bans, ban_source, events
from provider.panel.security import KINDS
from sipedge.guards.bans import BANS_KEY, VERSION_KEY, next_ban, write_ban
from sipedge.guards.events import STREAM, Kind, SecurityEvent, fields
from tests.factories.accounts import UserFactory
from tests.factories.trunking import GatewaySourceFactory
from tests.factories.two_resellers import TwoResellers
from tests.provider.panel.panel import admin_client

PAGE, BAN, LIFT = "/admin/security/", "/admin/security/ban/", "/admin/security/lift/"
STRANGER = "203.0.113.9"


@pytest.fixture
def client(db: None) -> Client:
    return admin_client(UserFactory(admin=True, username="boss"))


@pytest.fixture
def server(redis_url: str) -> Iterator[Any]:
    with redis.Redis.from_url(redis_url) as server:
        yield server


def tell(server: Any, kind: Kind, source: str = STRANGER, **more: str) -> None:
    server.xadd(STREAM, dict(fields(SecurityEvent(kind, source, "udp", **more), "edge1")))


def text_of(client: Client, **query: str) -> str:
    response = client.get(PAGE, query)
    assert response.status_code == 200
    return response.content.decode()


def test_nothing_yet_is_explained(client: Client) -> None:
    page = text_of(client)
    assert "No source is banned." in page
    assert "Nothing hostile has happened yet" in page
    assert "After 100 failed logins" in page


def test_bans_and_events_are_shown_and_what_strangers_wrote_is_escaped(client: Client, server: Any) -> None:
    hostile = "<script>alert(1)</script>"
    ban = next_ban(None, STRANGER, f"100 failed logins {hostile}", time.time())
    server.hset(BANS_KEY, STRANGER, write_ban(ban))
    tell(server, Kind.USER_AGENT, detail=hostile)
    tell(server, Kind.LOGIN_FAILED, aor=f"{hostile}@a", source="192.0.2.1")
    server.xadd(STREAM, {"kind": hostile, "source": hostile, "edge": hostile, "transport": hostile})
    page = text_of(client)
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "Banned User-Agent" in page
    assert "Login failed" in page
    rows = client.get(PAGE).context["events"]
    assert [event.kind for event, _words, _colour in rows] == [hostile, "login_failed", "user_agent"]


def test_every_kind_has_words() -> None:
    assert set(KINDS) == set(Kind)


def test_events_are_filtered(client: Client, server: Any) -> None:
    tell(server, Kind.LOGIN_FAILED, detail="detail-one")
    tell(server, Kind.LOOP, source="192.0.2.1", detail="detail-two")
    assert "detail-one" not in text_of(client, kind="loop")
    assert "detail-two" not in text_of(client, source="203.0")
    assert "No event fits the filter" in text_of(client, kind="replay")
    page = text_of(client, kind="nonsense", source="x" * 100, before="' OR 1=1")
    assert "detail-one" in page


def test_older_events_have_a_page_that_keeps_the_filter(client: Client, server: Any) -> None:
    for number in range(60):
        tell(server, Kind.LOOP, detail=f"number-{number}-")
        tell(server, Kind.REPLAY)
    response = client.get(PAGE, {"kind": "loop"})
    older = client.get(response.context["older"])
    assert "number-0-" not in response.content.decode()
    assert "number-0-" in older.content.decode()
    assert {row[0].kind for row in older.context["events"]} == {"loop"}
    assert older.context["older"] == ""


def test_a_source_is_banned_by_hand(client: Client) -> None:
    assert client.get(BAN).status_code == 200
    response = client.post(BAN, {"source": STRANGER, "seconds": "86400", "why": "scans us"}, follow=True)
    assert "203.0.113.9 is banned." in response.content.decode()
    (ban,) = active_bans()
    assert (ban.by, ban.why, ban.until - ban.since) == ("boss", "scans us", 86400)


def test_of_ipv6_a_whole_customer_is_banned(client: Client) -> None:
    client.post(BAN, {"source": "2001:db8:1:2::77", "seconds": "600", "why": "x"})
    assert [ban.source for ban in active_bans()] == ["2001:db8:1:2::/64"]


@pytest.mark.parametrize(
    "wrong", [{"source": "example.org"}, {"source": "203.0.113.0/24"}, {"seconds": "1"}, {"seconds": "x"}, {"why": ""}]
)
def test_a_form_with_mistakes_bans_nobody(client: Client, wrong: dict[str, str]) -> None:
    response = client.post(BAN, {"source": STRANGER, "seconds": "600", "why": "x"} | wrong)
    assert response.status_code == 200
    assert set(response.context["question"].form.errors) == set(wrong)
    assert active_bans() == []


def test_a_gateway_cannot_be_banned(client: Client) -> None:
    GatewaySourceFactory(network="203.0.113.0/28")
    response = client.post(BAN, {"source": STRANGER, "seconds": "600", "why": "x"})
    assert "which edges never ban" in response.content.decode()
    assert active_bans() == []


def test_a_ban_is_lifted_after_a_question(client: Client) -> None:
    ban_source(STRANGER, 3600, "scans <us>", "admin")
    address = reverse("security_lift", query={"source": STRANGER})
    assert f'href="{address}"' in text_of(client)
    question = client.get(address).content.decode()
    assert "scans &lt;us&gt;" in question
    assert len(active_bans()) == 1
    response = client.post(address, follow=True)
    assert "203.0.113.9 is served again." in response.content.decode()
    assert active_bans() == []
    assert next((event.kind, event.detail) for event in events().events) == ("lifted", "by boss")
    assert client.post(address).status_code == 404


@pytest.mark.parametrize("who", ["reseller_user", "customer_user"])
def test_resellers_and_customers_see_and_do_nothing(two_resellers: TwoResellers, server: Any, who: str) -> None:
    ban_source(STRANGER, 3600, "x", "admin")
    for side in (two_resellers.a, two_resellers.b):
        client = admin_client(getattr(side, who))
        for path in (PAGE, BAN, f"{LIFT}?source={STRANGER}", "/admin/accounts/useragentban/"):
            assert client.get(path).status_code in (302, 403)
        client.post(f"{LIFT}?source={STRANGER}")
        client.post(BAN, {"source": "192.0.2.1", "seconds": "600", "why": "x"})
    assert [ban.source for ban in active_bans()] == [STRANGER]
    assert server.get(VERSION_KEY) == b"1"


def test_while_redis_is_away_the_pages_say_so(client: Client, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert "Redis does not answer" in text_of(client)
    form = {"source": STRANGER, "seconds": "600", "why": "x"}
    assert "Redis does not answer" in client.post(BAN, form).content.decode()
    response = client.post(f"{LIFT}?source={STRANGER}", follow=True)
    assert "Redis does not answer" in response.content.decode()
