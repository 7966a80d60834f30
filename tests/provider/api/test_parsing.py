"""Bodies: strict JSON, and a sentence about what is wrong with one that is none."""

import json

import pytest
from django.test import Client

from tests.factories.two_resellers import TwoResellers


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{", "line 1, column 2"),
        (b'{"name": "A",}', "not JSON"),
        (b'{"name": "A", "name": "B"}', "'name' stands twice"),
        (b'{"max_calls": NaN}', "NaN is no JSON number"),
        (b'{"max_calls": -Infinity}', "-Infinity is no JSON number"),
        (b'{"name": "\xff"}', "not UTF-8: byte 10"),
        (b'{"name": "\\ud800"}', "half a character"),
        (b'{"\\udfff": 1}', "half a character"),
        (b"[" * 200_000, "nested too deeply"),
        (b"[" * 33 + b"]" * 33, "nested too deeply: at most 32"),
        (b'{"name": ' + b'{"a": ' * 900 + b"1" + b"}" * 901, "nested too deeply"),
        (b'{"max_calls": ' + b"9" * 5000 + b"}", "more than 100 digits"),
        (b'{"max_calls": 1e400}', "1e400 is out of the range"),
        (b'{"max_calls": -1e400}', "-1e400 is out of the range"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_no_json_is_refused(two_resellers: TwoResellers, body: bytes, words: str) -> None:
    response = _post(two_resellers, body)
    assert (response.status_code, response.headers["Content-Type"]) == (400, "application/problem+json")
    assert words in response.json()["detail"]


def test_escapes_that_are_whole_characters_are_read(two_resellers: TwoResellers) -> None:
    assert _post(two_resellers, b'{"name": "\\ud83e\\udd56 & \\u00e4"}').json()["name"] == "🥖 & ä"


def test_other_media_types_are_not_read(two_resellers: TwoResellers) -> None:
    response = _post(two_resellers, b"name=A", "application/x-www-form-urlencoded")
    assert (response.status_code, response.json()["type"]) == (415, "/api/problems/#unsupported-media-type")


def test_a_body_that_is_too_large_is_refused(two_resellers: TwoResellers) -> None:
    response = _post(two_resellers, json.dumps({"name": "x" * 3_000_000}).encode())
    assert (response.status_code, response.json()["code"]) == (413, "too_large")


def _post(two_resellers: TwoResellers, body: bytes, media_type: str = "application/json"):
    authorization = f"Bearer {two_resellers.a.reseller_token_text}"
    return Client().post("/api/v1/customers/", body, media_type, headers={"Authorization": authorization})


def test_what_is_nested_as_deep_as_may_be_is_read(two_resellers: TwoResellers) -> None:
    assert _post(two_resellers, b"[" * 32 + b"]" * 32).json()["errors"][0]["code"] == "invalid"


def test_a_body_of_many_parts_is_looked_through_at_once() -> None:
    import time

    from provider.api.parsing import _is_deeper_than

    wide = {"rows": [{"operation": "create", "data": {"name": str(n)}} for n in range(20_000)]}
    began = time.process_time()
    assert not _is_deeper_than(32, wide)
    assert time.process_time() - began < 0.5
