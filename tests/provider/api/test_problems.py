"""Every error under /api/ is a problem document."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.exceptions import ValidationError as FieldRefused
from django.db import IntegrityError, OperationalError
from django.http import Http404
from django.test import Client
from rest_framework.exceptions import Throttled, ValidationError

from accounts.api.views import CustomerViewSet
from provider.api.problems import FieldError, handle, problem, problem_response
from tests.factories.two_resellers import TwoResellers
from tests.provider.api.asking import send


def _handled(error: Exception) -> Any:
    response = handle(error, {})
    assert response is not None
    assert response.content_type == "application/problem+json"
    return response


def test_a_problem_has_the_members_of_the_rfc() -> None:
    body = problem(404, "Nothing here.", "not_found")
    assert body == {
        "type": "/api/problems/#not-found",
        "title": "Not found",
        "status": 404,
        "detail": "Nothing here.",
        "code": "not_found",
    }


def test_fields_are_listed() -> None:
    body = problem(400, "No.", "invalid", [FieldError("name", "blank", "Fill it in.")])
    assert body["errors"] == [{"field": "name", "code": "blank", "message": "Fill it in."}]


def test_nested_fields_have_dotted_names() -> None:
    error = ValidationError({"a": {"b": ["no"]}, "non_field_errors": ["never"], "c": [{"d": ["nor"]}]})
    body = _handled(error).data
    assert [item["field"] for item in body["errors"]] == ["a.b", "", "c.0.d"]
    assert "a.b, c.0.d" in body["detail"]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Http404(), 404),
        (PermissionDenied(), 403),
        (OperationalError("gone"), 503),
        (IntegrityError("gone"), 409),
        (RequestDataTooBig("gone"), 413),
        (FieldRefused("Not that."), 400),
    ],
)
def test_foreign_errors_are_translated(error: Exception, status: int) -> None:
    response = _handled(error)
    assert response.status_code == response.data["status"] == status
    assert "gone" not in response.data["detail"]


def test_who_met_somebody_elses_write_sends_it_again() -> None:
    """PostgreSQL ended one of two that waited for each other: it is well, and so is the request."""
    for code in ("40P01", "55P03", "40001"):
        error = OperationalError("deadlock detected")
        error.__cause__ = Exception()
        error.__cause__.pgcode = code  # type: ignore[attr-defined]  # as psycopg2's
        response = _handled(error)
        assert (response.status_code, response.data["code"], response.headers["Retry-After"]) == (409, "busy", "1")


def test_waiting_is_told() -> None:
    assert _handled(Throttled(wait=7.2)).headers["Retry-After"] == "8"
    assert _handled(OperationalError()).headers["Retry-After"] == "5"


def test_what_nobody_foresaw_is_left_to_the_500_page() -> None:
    assert handle(RuntimeError(), {}) is None


def test_outside_of_the_framework() -> None:
    response = problem_response(404, "Nothing here.", "not_found")
    assert (response.status_code, response.headers["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("path", ["/api/", "/api/v1/nothing/", "/api/v1/calls", "/api/v2/", "/api/v1/calls/1/"])
def test_unknown_addresses(db: None, path: str) -> None:
    for method in (Client().get, Client().post):
        response = method(path)
        assert (response.status_code, response.headers["Content-Type"]) == (404, "application/problem+json")


def test_a_fault_of_ours(two_resellers: TwoResellers, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("a secret detail")

    monkeypatch.setattr(CustomerViewSet, "list", broken)
    client = Client(raise_request_exception=False)
    headers = {"Authorization": f"Bearer {two_resellers.admin_token_text}"}
    response = client.get("/api/v1/customers/", headers=headers)
    assert (response.status_code, response.headers["Content-Type"]) == (500, "application/problem+json")
    assert b"secret detail" not in response.content


def _detail(response: Any, status: int) -> str:
    assert response.status_code == status
    return str(response.json()["detail"])


def test_who_sends_no_token_is_told_how(db: None) -> None:
    assert "Authorization: Bearer TOKEN" in _detail(Client().get("/api/v1/customers/"), 401)


def test_who_forgets_the_slash_is_told_the_address(db: None) -> None:
    assert "/api/v1/customers/" in _detail(Client().post("/api/v1/customers"), 404)
    assert "/api/docs/" in _detail(Client().get("/api/v1/customer/"), 404)
    assert "UUID" in _detail(Client().get("/api/v1/customers/1/"), 404)


def test_who_sends_another_type_is_told_the_one_that_is_read(two_resellers: TwoResellers) -> None:
    headers = {"Authorization": f"Bearer {two_resellers.a.reseller_token_text}"}
    form = Client().post("/api/v1/customers/", {"name": "x"}, headers=headers)
    assert "Send it as application/json" in _detail(form, 415)


def test_who_takes_another_method_is_told_those_that_there_are(two_resellers: TwoResellers) -> None:
    path = f"customers/{two_resellers.a.customer.uid}/"
    put = send("PUT", two_resellers.a.reseller_token_text, path, {"name": "x"})
    assert "This address takes GET, PATCH, DELETE, HEAD, OPTIONS." in _detail(put, 405)


@pytest.mark.parametrize(
    ("path", "sent", "field", "words"),
    [
        ("customers/", [{"name": "x"}], "", "one JSON object"),
        ("subscribers/", {"username": "x", "domain": "a.example.org"}, "domain", "a name is not enough"),
        ("tokens/", {"name": "x", "scopes": ["customers:read"]}, "scopes.0", "accounts:read"),
        ("number-assignments/", {"e164": "0664123456"}, "e164", "with its plus"),
        ("number-assignments/", {"e164": "4312345678"}, "e164", "with its plus"),
    ],
)
def test_usual_mistakes_are_told_with_what_is_right(
    two_resellers: TwoResellers, path: str, sent: Any, field: str, words: str
) -> None:
    refused = send("POST", two_resellers.a.reseller_token_text, path, sent)
    assert refused.status_code == 400
    assert words in next(error["message"] for error in refused.json()["errors"] if error["field"] == field)
