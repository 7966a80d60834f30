"""The page on which people make tokens for themselves, and revoke them."""

from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from accounts.actions import create_token, revoke_token
from accounts.models import ApiToken, User
from accounts.tokens import hash_token
from tests.factories.accounts import UserFactory
from tests.factories.two_resellers import TwoResellers
from tests.provider.api.asking import ask

FORM = {"name": "Shop", "scopes-all": "", "scopes-calls": "read", "networks": "127.0.0.0/8", "days": "30"}


def _in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def _text_on(page: str) -> str:
    return page.split("<code>")[1].split("</code>", maxsplit=1)[0]


@pytest.mark.parametrize("kind", ["reseller", "customer"])
def test_a_token_of_ones_own_is_made_and_shown_once(two_resellers: TwoResellers, kind: str) -> None:
    user: User = getattr(two_resellers.a, f"{kind}_user")
    client = _in(user)
    made = client.post("/tokens/", FORM)
    text = _text_on(made.content.decode())
    token = ApiToken.objects.get(token_hash=hash_token(text))
    assert (token.user, token.scopes, token.networks) == (user, ["calls:read"], ["127.0.0.0/8"])
    assert token.expires_at is not None
    assert abs(token.expires_at - timezone.now() - timedelta(days=30)) < timedelta(minutes=1)
    assert "no-store" in made.headers["Cache-Control"]
    assert (ask(text, "calls/").status_code, ask(text, "numbers/").status_code) == (200, 403)
    page = client.get("/tokens/").content.decode()
    assert (token.prefix in page, text in page, "127.0.0.0/8" in page) == (True, False, True)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": ""}, "This field is required"),
        ({"scopes-calls": ""}, "at least one line"),
        ({"scopes-calls": "root"}, "calls:root"),
        ({"networks": "office"}, "“office” is no network"),
        ({"networks": "192.0.2.1/24"}, "is no network"),
        ({"networks": " ".join(f"192.0.2.{n}" for n in range(21))}, "At most 20 networks"),
        ({"days": "100000"}, "not one of the available choices"),
        ({"name": "\0"}, "Null characters"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(
    two_resellers: TwoResellers, change: dict[str, str], said: str
) -> None:
    before = ApiToken.objects.count()
    page = _in(two_resellers.a.reseller_user).post("/tokens/", FORM | change)
    assert (page.status_code, said in unescape(page.content.decode())) == (400, True)
    assert ApiToken.objects.count() == before


def test_who_has_too_many_is_told(two_resellers: TwoResellers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.actions.MOST_TOKENS", 1)
    page = _in(two_resellers.a.reseller_user).post("/tokens/", FORM)
    assert "Revoke those that nobody uses" in page.content.decode()


def test_everybody_sees_and_ends_his_own_alone(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    colleague = UserFactory(for_reseller=True, reseller=side.reseller)
    theirs, _text = create_token(colleague, "of a colleague")
    client = _in(side.reseller_user)
    page = client.get("/tokens/").content.decode()
    assert side.reseller_token.prefix in page
    for other in (theirs, side.customer_token, two_resellers.b.reseller_token, two_resellers.admin_token):
        assert other.prefix not in page
        assert client.get(f"/tokens/{other.uid}/revoke/").status_code == 404
        assert client.post(f"/tokens/{other.uid}/revoke/").status_code == 404
    assert not ApiToken.objects.filter(revoked_at__isnull=False).exists()


def test_revoking_is_asked_for_once_more(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    client, address = _in(side.reseller_user), f"/tokens/{side.reseller_token.uid}/revoke/"
    assert "never used" in client.get(address).content.decode()
    assert ask(side.reseller_token_text, "calls/").status_code == 200
    done = client.post(address, follow=True)
    assert "is revoked" in done.content.decode()
    assert ask(side.reseller_token_text, "calls/").status_code == 401
    again = client.get(address).content.decode()
    assert "opens nothing any more already" in again
    assert client.post(address).status_code == 302


def test_names_are_text_and_nothing_else(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    token, _text = create_token(side.reseller_user, "<b>x</b>")
    client = _in(side.reseller_user)
    for address in ("/tokens/", f"/tokens/{token.uid}/revoke/", "/reseller/"):
        page = client.get(address).content.decode()
        assert ("<b>x" in page, "&lt;b&gt;x" in page) == (False, True), address


def test_administrators_have_the_panel(two_resellers: TwoResellers) -> None:
    assert _in(two_resellers.admin).get("/tokens/").headers["Location"] == "/admin/accounts/apitoken/"
    assert Client().get("/tokens/").headers["Location"] == "/login/?next=/tokens/"


def test_the_page_is_german_too_and_can_be_found(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    revoke_token(side.customer_token)
    page = _in(side.customer_user).get("/tokens/", headers={"Accept-Language": "de"}).content.decode()
    for words in ("Meine API-Token", "lesen und schreiben", "widerrufen", "Netze"):
        assert words in page
    assert 'href="/tokens/"' in _in(side.customer_user).get("/").content.decode()
    assert 'href="/tokens/"' in _in(side.reseller_user).get("/reseller/").content.decode()
