"""The API's own pages."""

import pytest
from django.test import Client

from provider.api.router import router
from tests.factories.two_resellers import TwoResellers
from tests.provider.api.asking import ask


def test_the_root_lists_the_collections(two_resellers: TwoResellers) -> None:
    body = ask(two_resellers.a.reseller_token_text, "").json()
    assert body["calls"] == "http://testserver/api/v1/calls/"
    assert set(body) == {prefix for prefix, _view, _name in router.registry} >= {"customers", "credentials"}


def test_the_root_needs_a_token(db: None) -> None:
    assert Client().get("/api/v1/").status_code == 401


@pytest.mark.parametrize("path", ["/api/docs/", "/api/redoc/"])
def test_the_readers_load_nothing_from_elsewhere(db: None, path: str) -> None:
    response = Client().get(path)
    assert response.status_code == 200
    assert b"//cdn" not in response.content
    assert b"https://" not in response.content
    assert b'data-schema="/api/schema/"' in response.content


def test_the_schema_is_json_whatever_is_accepted(db: None) -> None:
    assert Client().get("/api/schema/", headers={"Accept": "text/html"}).json()["openapi"].startswith("3.")


@pytest.mark.parametrize(("path", "begin"), [("quickstart", "# From token"), ("changelog", "# What changed")])
def test_documents_are_read_where_the_api_is(db: None, path: str, begin: str) -> None:
    response = Client().get(f"/api/{path}/")
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert response.content.decode().startswith(begin)
    assert f'href="/api/{path}/"' in Client().get("/api/docs/").content.decode()


@pytest.mark.parametrize("path", ["schema", "docs", "redoc", "problems", "quickstart", "changelog"])
def test_what_is_only_read_says_so(db: None, path: str) -> None:
    client = Client(enforce_csrf_checks=True)
    for method in ("POST", "PUT", "DELETE", "PROPFIND"):
        answer = client.generic(method, f"/api/{path}/", "{}", content_type="application/json")
        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
        assert answer.json()["type"] == "/api/problems/#method-not-allowed"


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
def test_an_address_without_its_slash_is_not_followed(two_resellers: TwoResellers, method: str) -> None:
    headers = {"Authorization": f"Bearer {two_resellers.a.reseller_token_text}"}
    for path in ("customers", "customers/00000000-0000-4000-8000-000000000000", "explain", "me"):
        answer = Client().generic(
            method, f"/api/v1/{path}", '{"name": "A"}', content_type="application/json", headers=headers
        )
        assert answer.status_code == 404
        assert f"send this to /api/v1/{path}/. Nothing was done." in answer.json()["detail"]


def test_an_address_that_is_none_with_a_slash_either(db: None) -> None:
    for path in ("nothing", "customers/1/2/3", "customers//"):
        assert "/api/docs/ lists all" in Client().get(f"/api/v1/{path}").json()["detail"]
