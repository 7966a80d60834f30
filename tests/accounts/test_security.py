"""Bans and events as the panel says and reads them; the edges' side is tests/sipedge/shared."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import redis

from accounts import security
from accounts.security import PAGE, SecurityUnavailable, active_ban, active_bans, ban_source, events, lift_ban
from sipedge.guards.bans import BANS_KEY, VERSION_KEY, channel_of, next_ban, read_ban, write_ban
from sipedge.guards.events import STREAM, Kind, SecurityEvent, fields

STRANGER = "203.0.113.9"


@pytest.fixture
def client(redis_url: str) -> Iterator[Any]:
    with redis.Redis.from_url(redis_url) as client:
        yield client


def tell(client: Any, kind: Kind = Kind.LOGIN_FAILED, source: str = STRANGER, **more: str) -> None:
    client.xadd(STREAM, dict(fields(SecurityEvent(kind, source, "udp", **more), "edge1", 3)))


def test_a_ban_by_hand_is_kept_said_and_an_event(client: Any) -> None:
    heard = client.pubsub(ignore_subscribe_messages=True)
    heard.subscribe(channel_of(client.connection_pool.connection_kwargs["db"]))
    heard.get_message(timeout=5)
    ban_source(STRANGER, 3600, "scanner", "admin")
    (ban,) = active_bans()
    assert (ban.source, ban.by, ban.why, ban.until - ban.since) == (STRANGER, "admin", "scanner", 3600)
    assert read_ban(heard.get_message(timeout=5)["data"]) == ban
    assert client.get(VERSION_KEY) == b"1"
    (event,) = events().events
    assert (event.kind, event.source, event.edge) == ("banned", STRANGER, "panel")
    assert event.detail == "for 60 minutes by admin: scanner"
    heard.close()


def test_a_lifted_ban_is_gone_and_the_event_says_who_lifted_it(client: Any) -> None:
    ban = next_ban(None, STRANGER, "100 failed logins", time.time() + 5)  # an edge whose clock is ahead
    client.hset(BANS_KEY, STRANGER, write_ban(ban))
    found = active_ban(STRANGER)
    assert found == ban
    lift_ban(found, "boss")
    assert active_bans() == []
    assert active_ban(STRANGER) is None
    said = read_ban(client.hget(BANS_KEY, STRANGER))
    assert said.changed > ban.changed
    assert [(event.kind, event.detail) for event in events().events] == [("lifted", "by boss")]


def test_what_ended_is_not_listed_and_rubbish_harms_nobody(client: Any) -> None:
    over = next_ban(None, STRANGER, "x", time.time() - 601)
    client.hset(BANS_KEY, STRANGER, write_ban(over))
    client.hset(BANS_KEY, "x", b"\xff")
    assert active_bans() == []
    assert active_ban("x") is None
    assert active_ban("nobody") is None


def test_events_newest_first_with_what_an_edge_said(client: Any) -> None:
    tell(client, aor="alice@a.example.org", detail="wrong user or password")
    tell(client, Kind.USER_AGENT, "2001:db8::1", detail="<script>alert(1)</script>")
    newest, oldest = events().events
    assert (newest.kind, newest.source, newest.more) == ("user_agent", "2001:db8::1", 3)
    assert oldest.aor == "alice@a.example.org"
    assert abs((datetime.now(UTC) - newest.at).total_seconds()) < 30


def test_events_are_filtered_and_paged(client: Any) -> None:
    for number in range(PAGE + 10):
        tell(client, source=f"198.51.100.{number}")
        tell(client, Kind.LOOP, source=STRANGER)
    first = events(kind="login_failed")
    second = events(kind="login_failed", before=first.older)
    assert (len(first.events), len(second.events), second.older) == (PAGE, 10, "")
    assert len({event.source for event in first.events + second.events}) == PAGE + 10
    assert {event.kind for event in events(source="203.0.113").events} == {"loop"}
    assert events(kind="login_failed", source="203").events == []


def test_old_events_are_found_below_thousands_of_others(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "READ_AT_ONCE", 100)
    tell(client, Kind.REPLAY)
    for _ in range(250):
        tell(client)
    assert [event.kind for event in events(kind="replay").events] == ["replay"]


def test_events_of_another_version_are_shown_as_far_as_they_go(client: Any) -> None:
    client.xadd(STREAM, {"kind": "invented_later", "more": "many", "detail": b"\xff"})
    (event,) = events().events
    assert (event.kind, event.source, event.more, event.detail) == ("invented_later", "", 0, "\ufffd")


def test_without_redis_it_says_so(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    for call in (active_bans, events, lambda: active_ban("x"), lambda: ban_source("x", 60, "", "")):
        with pytest.raises(SecurityUnavailable):
            call()
