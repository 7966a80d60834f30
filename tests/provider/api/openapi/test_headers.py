"""The headers of answers."""

from tests.provider.api.openapi.told import Told


def test_answers_have_their_headers(operations: dict[str, Told]) -> None:
    assert set(operations["create_customer"].answers["201"]["headers"]) == {
        "ETag", "Location", "Idempotency-Replayed", "RateLimit", "RateLimit-Policy",
    }  # fmt: skip
    assert "ETag" in operations["get_customer"].answers["304"]["headers"]
    assert set(operations["get_customer"].answers["401"]["headers"]) == {"WWW-Authenticate"}


def test_who_is_to_wait_is_told_how_long(operations: dict[str, Told]) -> None:
    for one in operations.values():
        for status in ("429", "503"):
            assert "Retry-After" in one.answers[status]["headers"]
