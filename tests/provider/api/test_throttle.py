"""A token that asks too often is told when to go on; the others are not slowed."""

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from accounts import hits
from provider.api import throttle
from tests.factories.two_resellers import TwoResellers
from tests.provider.api.asking import ask


@pytest.fixture(autouse=True)
def _tight_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "REQUESTS_A_MINUTE", 2)
    monkeypatch.setattr(throttle.time, "time", lambda: 1_800_000_015.0)


def test_beyond_the_limit_the_answer_is_429(two_resellers: TwoResellers) -> None:
    token = two_resellers.a.reseller_token_text
    assert [ask(token, "calls/").status_code for _ in range(3)] == [200, 200, 429]
    refused = ask(token, "calls/")
    assert refused.headers["Retry-After"] == "45"
    assert refused.json()["code"] == "throttled"
    assert ask(two_resellers.b.reseller_token_text, "calls/").status_code == 200


def test_the_next_minute_is_free_again(two_resellers: TwoResellers, monkeypatch: pytest.MonkeyPatch) -> None:
    token = two_resellers.a.reseller_token_text
    assert [ask(token, "calls/").status_code for _ in range(3)][-1] == 429
    monkeypatch.setattr(throttle.time, "time", lambda: 1_800_000_061.0)
    assert ask(token, "calls/").status_code == 200


def test_without_redis_the_limit_is_local(two_resellers: TwoResellers, monkeypatch: pytest.MonkeyPatch) -> None:
    class Away:
        def add(self, *_args: object, **_kwargs: object) -> None:
            raise RedisConnectionError

    monkeypatch.setattr(hits, "cache", Away())
    monkeypatch.setattr(hits, "_local", hits.LocalHits())
    assert [ask(two_resellers.a.reseller_token_text, "calls/").status_code for _ in range(3)] == [200, 200, 429]
