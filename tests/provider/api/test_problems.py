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
    assert [item["field"] for item in body["errors"]] == ["a.b", "", "c.d"]
    assert "a.b, c.d" in body["detail"]


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
