"""Administrators alone come into the panel."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from provider.panel.config import NAVIGATION
from provider.panel.site import SEARCH_LIMIT
from tests.factories.accounts import UserFactory
from tests.factories.subscribers import SubscriberFactory
from tests.provider.panel.panel import admin_client


def test_strangers_are_sent_to_the_common_login(db: None) -> None:
    response = Client().get("/admin/calls/call/", follow=True)
    assert response.redirect_chain[-1][0].startswith("/login/?next=")


@pytest.mark.parametrize("traits", [{"for_reseller": True}, {}])
def test_others_read_a_plain_sentence(db: None, traits: dict[str, bool]) -> None:
    client = Client()
    client.force_login(UserFactory(**traits))
    response = client.get("/admin/", follow=True)
    assert response.status_code == 403
    assert "The panel is for the provider&#x27;s administrators." in response.content.decode()


def test_an_administrator_who_was_suspended_is_out(db: None) -> None:
    admin = UserFactory(admin=True)
    client = admin_client(admin)
    assert client.get("/admin/").status_code == 200
    admin.is_active = False
    admin.save()
    assert client.get("/admin/").status_code == 302


def test_the_panels_login_page_is_the_common_one(db: None) -> None:
    assert admin_client(UserFactory(admin=True)).get("/admin/login/").headers["Location"] == "/admin/"


def test_the_sidebar_leads_to_every_list(db: None) -> None:
    client = admin_client(UserFactory(admin=True))
    page = client.get("/admin/").content.decode()
    for group in NAVIGATION:
        for item in group["items"]:
            assert f'href="{item["link"]}"' in page
    assert "Ctrl" in page or "command" in page


def _found(client: Client, text: str) -> str:
    return client.get(reverse("admin:search"), {"s": text, "extended": "1"}).content.decode()


def test_the_search_of_the_panel_finds_pages_and_rows(db: None) -> None:
    subscriber = SubscriberFactory(username="findme")
    client = admin_client(UserFactory(admin=True))
    assert str(subscriber) in _found(client, "FINDM")
    assert "/admin/trunking/gateway/" in _found(client, "gatew")
    for text in ("", "\0", "nothing-begins-so"):
        assert "findme" not in _found(client, text)


def test_the_search_is_fresh_and_bounded(db: None) -> None:
    client, domain = admin_client(UserFactory(admin=True)), SubscriberFactory(username="findme00").domain
    assert _found(client, "findme").count("<li") == 1
    for number in range(1, SEARCH_LIMIT + 5):
        SubscriberFactory(username=f"findme{number:02}", domain=domain)
    with CaptureQueriesContext(connection) as queries:
        assert _found(client, "findme").count("<li") == SEARCH_LIMIT
    assert len(queries) < 15
