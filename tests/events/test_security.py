"""What the edges tell of attackers comes into the feed, once, for the provider alone."""

import pytest
from redis import Redis

from events.models import Event, Mark
from events.security import bring_security
from events.types import SECURITY, TYPES
from sipedge.guards.events import STREAM, Kind, SecurityEvent, fields
from tests.factories.two_resellers import TwoResellers

pytestmark = pytest.mark.django_db


def _tell(redis_url: str, kind: Kind, source: str, key: str = "*") -> None:
    with Redis.from_url(redis_url) as redis:
        redis.xadd(STREAM, dict(fields(SecurityEvent(kind, source, "udp", "alice@x", "why"), "edge-1", 3)), id=key)  # type: ignore[arg-type]


def test_each_is_told_once(redis_url: str) -> None:
    assert bring_security() == 0
    _tell(redis_url, Kind.BANNED, "192.0.2.1")
    _tell(redis_url, Kind.LIFTED, "192.0.2.1")
    assert bring_security() == 2
    assert bring_security() == 0
    banned = Event.objects.get(type="security.banned")
    assert banned.data == {
        "source": "192.0.2.1", "transport": "udp", "aor": "alice@x", "detail": "why", "edge": "edge-1", "more": 3,
    }  # fmt: skip
    assert (banned.reseller, banned.object_name) == (None, "192.0.2.1")


def test_it_goes_on_where_redis_was_emptied(redis_url: str) -> None:
    Mark.objects.create(name="security", place="99999999999999-0")
    _tell(redis_url, Kind.LOOP, "192.0.2.2", "5-1")
    assert bring_security() == 1


def test_every_kind_of_the_edge_is_known() -> None:
    assert {f"{SECURITY}{kind}" for kind in Kind} == {name for name in TYPES if name.startswith(SECURITY)}


def test_no_reseller_sees_them(redis_url: str, two_resellers: TwoResellers) -> None:
    _tell(redis_url, Kind.BANNED, "192.0.2.1")
    bring_security()
    seen = Event.objects.filter(type__startswith=SECURITY)
    assert seen.visible_to(two_resellers.admin).count() == 1
    assert seen.visible_to(two_resellers.a.reseller_user).count() == 0
    assert seen.visible_to(two_resellers.a.customer_user).count() == 0
