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
