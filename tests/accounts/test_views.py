"""Coming in, going out, and the reseller's page."""

import pytest
from django.test import Client

from accounts.actions import revoke_token
from tests.factories.accounts import PASSWORD, UserFactory
from tests.factories.two_resellers import TwoResellers


def _log_in(client: Client, username: str, **more: str) -> object:
    return client.post("/login/", {"username": username, "password": PASSWORD} | more)


@pytest.mark.parametrize(
    ("traits", "home"), [({"admin": True}, "/admin/"), ({"for_reseller": True}, "/reseller/"), ({}, "/")]
)
def test_everybody_begins_where_the_role_belongs(db: None, traits: dict[str, bool], home: str) -> None:
    user = UserFactory(**traits)
    response = _log_in(Client(), user.username)
    assert (response.status_code, response.headers["Location"]) == (302, home)


def test_the_page_that_was_asked_for_comes_first(db: None) -> None:
    user = UserFactory(admin=True)
    response = _log_in(Client(), user.username, next="/admin/calls/call/")
    assert response.headers["Location"] == "/admin/calls/call/"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_nobody_is_sent_elsewhere(db: None, target: str) -> None:
    assert _log_in(Client(), UserFactory().username, next=target).headers["Location"] == "/"


def test_the_session_is_a_new_one_after_the_login(db: None) -> None:
    client, user = Client(), UserFactory()
    client.get("/login/")
    session = client.session
    session["mark"] = 1
    session.save()
    before = session.session_key
    _log_in(client, user.username)
    assert client.session.session_key != before


def test_who_is_in_needs_no_login_page(db: None) -> None:
    client = Client()
    client.force_login(UserFactory())
    assert client.get("/login/").headers["Location"] == "/"


def test_logging_out_ends_the_session_and_needs_a_post(db: None) -> None:
    client = Client()
    client.force_login(UserFactory())
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/").headers["Location"] == "/"
    assert client.get("/").headers["Location"] == "/login/?next=/"


def test_a_wrong_password_shows_the_form_again(db: None) -> None:
    response = Client().post("/login/", {"username": "<b>x</b>", "password": "y"})
    assert response.status_code == 200
    assert b"do not fit together" in response.content
    assert b"<b>x</b>" not in response.content


def test_a_reseller_sees_its_own_tokens(two_resellers: TwoResellers) -> None:
    client = Client()
    client.force_login(two_resellers.a.reseller_user)
    page = client.get("/reseller/").content.decode()
    assert two_resellers.a.reseller_token.prefix in page
    assert two_resellers.b.reseller_token.prefix not in page
    assert two_resellers.a.reseller_token_text not in page
    assert "http://testserver/api/v1/" in page


def test_a_reseller_sees_the_tokens_that_hold(two_resellers: TwoResellers) -> None:
    revoke_token(two_resellers.a.reseller_token)
    client = Client()
    client.force_login(two_resellers.a.reseller_user)
    assert "No tokens yet" in client.get("/reseller/").content.decode()
