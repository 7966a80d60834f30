"""What every address of the API has in common: in which order it looks at a request, and how it answers HTTP."""

import json

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.actions import create_token
from provider.api import throttle
from tests.factories.two_resellers import TwoResellers
from tests.provider.api.asking import ask, refused_fields, send
from tests.provider.api.operations import ANY_ID, Operation, all_operations

EVERY = all_operations()
ADDRESSES = sorted({operation.path for operation in EVERY})
BODIES = {"get": "", "delete": ""}


def _ask(operation: Operation, token: str, body: str = "[") -> HttpResponse:
    """With a parameter that there is not, and a body that is none."""
    return Client().generic(
        operation.method.upper(),
        operation.path.replace("{id}", ANY_ID) + "?nonsense=1",
        BODIES.get(operation.method, body),
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"} if token else {},
    )


def test_who_asks_comes_before_what_is_asked(two_resellers: TwoResellers) -> None:
    narrow = two_resellers.a.customer_token_text  # it reads
    for operation in EVERY:
        assert [_ask(operation, token).status_code for token in ("", "frt_nonsense")] == [401, 401], operation
        if not operation.only_reads and operation.areas:
            answer = _ask(operation, narrow)
            assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope"), operation


def test_the_role_comes_before_what_is_asked(two_resellers: TwoResellers) -> None:
    token = create_token(two_resellers.a.customer_user, "all", ["write"])[1]
    refused = 0
    for operation in EVERY:
        path = operation.path.removeprefix("/api/v1/").replace("{id}", ANY_ID)
        known = send(operation.method.upper(), token, path)
        answer = _ask(operation, token)
        if known.status_code == 403:
            refused += 1
            assert (answer.status_code, answer.json()["code"]) == (403, "role_not_allowed"), operation
        else:
            assert refused_fields(answer) == {"nonsense": "unknown_parameter"}, operation
    assert refused > 50


def test_every_address_tells_its_methods(two_resellers: TwoResellers) -> None:
    headers = {"Authorization": f"Bearer {two_resellers.admin_token_text}"}
    for path in [*ADDRESSES, "/api/v1/"]:
        address = path.replace("{id}", ANY_ID)
        told = Client().options(address, headers=headers)
        assert (told.status_code, told.content) == (204, b"")
        methods = {operation.method.upper() for operation in EVERY if operation.path == path} or {"GET"}
        expected = methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())
        assert set(told.headers["Allow"].split(", ")) == expected, path
        for method in sorted({"POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"} - methods):
            refused = Client().generic(method, address, "{}", content_type="application/json", headers=headers)
            assert (refused.status_code, refused.headers["Content-Type"]) == (405, "application/problem+json")
            assert set(refused.headers["Allow"].split(", ")) == expected
            assert refused.json()["code"] == "method_not_allowed"


@pytest.mark.parametrize("path", ["customers/", "me/", "", "events/", "explain/?caller=%2B4312345&callee=%2B4311001"])
def test_a_head_is_a_get_without_its_body(two_resellers: TwoResellers, path: str) -> None:
    headers = {"Authorization": f"Bearer {two_resellers.a.reseller_token_text}"}
    head, get = (getattr(Client(), method)(f"/api/v1/{path}", headers=headers) for method in ("head", "get"))
    assert (head.status_code, head.content) == (get.status_code, b"")
    assert set(head.headers) == set(get.headers)


def test_a_row_has_its_tag_for_a_head_too(two_resellers: TwoResellers) -> None:
    path = f"/api/v1/customers/{two_resellers.a.customer.uid}/"
    headers = {"Authorization": f"Bearer {two_resellers.a.reseller_token_text}"}
    etag = Client().get(path, headers=headers).headers["ETag"]
    assert Client().head(path, headers=headers).headers["ETag"] == etag
    same = Client().head(path, headers={**headers, "If-None-Match": etag})
    assert (same.status_code, same.headers["ETag"], same.content) == (304, etag, b"")


def test_each_answer_tells_how_many_requests_are_left(two_resellers: TwoResellers) -> None:
    for operation in EVERY:
        for token in (two_resellers.a.reseller_token_text, two_resellers.a.customer_token_text):
            answer = _ask(operation, token)
            assert answer.status_code in (400, 403)
            assert f";w={throttle.WINDOW}" in answer.headers["RateLimit-Policy"], operation
            assert ";r=" in answer.headers["RateLimit"], operation


def test_what_is_refused_counts(two_resellers: TwoResellers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "REQUESTS_A_MINUTE", 2)
    monkeypatch.setattr(throttle.time, "time", lambda: 1_800_000_015.0)
    token = two_resellers.a.customer_token_text
    answers = [send("POST", token, "customers/", {"name": "A"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [403, 403, 429]
    refused = answers[-1]
    assert (refused.headers["Retry-After"], refused.headers["RateLimit"]) == ("45", '"token";r=0;t=45')
    assert refused.json()["type"] == "/api/problems/#too-many-requests"
    assert ask(token, "me/").status_code == 429


def test_parameters_beyond_measure_are_refused_as_a_problem(two_resellers: TwoResellers) -> None:
    token = two_resellers.a.reseller_token_text
    answer = ask(token, "customers/", **{f"p{n}": n for n in range(2_000)})
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")
    assert "reload" not in json.loads(answer.content)["detail"]
