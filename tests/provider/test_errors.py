"""What is shown when something goes wrong."""

import json

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client, RequestFactory

from portal import views
from provider import errors
from tests.factories.accounts import UserFactory


def test_an_unknown_address(db: None) -> None:
    response = Client().get("/nothing/<script>/")
    page = response.content.decode()
    assert response.status_code == 404
    assert "There is nothing at this address" in page
    assert "<script>" not in page.split("</head>")[1]


def test_in_german(db: None) -> None:
    page = Client().get("/nothing/", headers={"Accept-Language": "de"}).content.decode()
    assert "Unter dieser Adresse gibt es nichts" in page
    assert 'lang="de"' in page


def test_a_fault_of_ours_tells_no_detail(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object) -> None:
        raise RuntimeError("a secret detail")

    monkeypatch.setattr(views, "numbers_of", broken)
    client = Client(raise_request_exception=False)
    client.force_login(UserFactory())
    response = client.get("/")
    assert response.status_code == 500
    assert "Something went wrong on our side" in response.content.decode()
    assert "secret detail" not in response.content.decode()


def test_a_form_without_its_token(db: None) -> None:
    response = Client(enforce_csrf_checks=True).post("/login/", {"username": "x", "password": "y"})
    assert response.status_code == 403
    assert "open for too long" in response.content.decode()


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_below_api_every_page_is_a_problem(status: int) -> None:
    request = RequestFactory().get("/api/x/")
    pages = {
        400: lambda: errors.bad_request(request, ValueError()),
        403: lambda: errors.forbidden(request, PermissionDenied()),
        404: lambda: errors.not_found(request, ValueError()),
        500: lambda: errors.server_error(request),
    }
    response = pages[status]()
    assert response.headers["Content-Type"] == "application/problem+json"
    assert json.loads(response.content)["status"] == status


def test_a_host_that_is_not_ours_is_refused(db: None) -> None:
    response = Client().get("/login/", headers={"Host": "evil.example"})
    assert response.status_code == 400


def test_a_refusal_can_have_a_sentence_of_its_own() -> None:
    page = errors.forbidden(RequestFactory().get("/"), PermissionDenied("Only on <Sundays>.")).content.decode()
    assert "Only on &lt;Sundays&gt;." in page
