"""What pages allow the browser."""

import pytest
from django.test import Client

from provider.security_headers import policy_for
from tests.factories.accounts import UserFactory


@pytest.mark.parametrize("path", ["/", "/login/", "/api/v1/calls/", "/nothing/", "/administrator/"])
def test_the_policy_is_strict(path: str) -> None:
    policy = policy_for(path)
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


def test_eval_is_for_the_panel_alone() -> None:
    assert "'unsafe-eval'" in policy_for("/admin/")
    assert "script-src 'self';" in policy_for("/api/docs/")


@pytest.mark.parametrize("path", ["/", "/login/", "/api/v1/", "/nothing/", "/admin/"])
def test_every_answer_has_the_headers(db: None, path: str) -> None:
    response = Client().get(path)
    assert response.headers["Content-Security-Policy"] == policy_for(path)
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["X-Frame-Options"] == "DENY"
    assert "microphone=()" in response.headers["Permissions-Policy"]


def test_what_is_somebodys_is_not_kept(db: None) -> None:
    client = Client()
    client.force_login(UserFactory())
    assert "no-store" in client.get("/").headers["Cache-Control"]
