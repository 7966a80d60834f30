"""What holds for every model page of the panel: registered, quick, honest when empty, nothing secret."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import models
from django.urls import reverse

from accounts.models import Reseller, UserAgentBan
from events.models import Event
from provider.panel.admin import NAMED_OBSTACLES, PanelAdmin
from tests.factories.accounts import CustomerFactory, UserFactory
from tests.factories.calls import call_between
from tests.factories.numbering import NumberAssignmentFactory
from tests.factories.subscribers import BindingFactory, SubscriberFactory
from tests.factories.trunking import GatewaySourceFactory, RouteFactory
from tests.factories.two_resellers import TwoResellers
from tests.provider.panel.panel import admin_client, queries_of

OWN_APPS = {"accounts", "subscribers", "numbering", "trunking", "calls", "events", "imports"}
# Shown on the page of what they belong to.
INLINE = {
    "blockpurchase",
    "callerrule",
    "callsettings",
    "dialsettings",
    "domainname",
    "forwarding",
    "gatewaysource",
    "gatewaystate",
    "importproblem",
    "numberassignment",
    "shownnumber",
    "sipcredential",
}
SUMMED_UP = {"callhour", "rolledhour"}  # on the page of statistics
SHOWN_TO_NOBODY = {
    "blockcount",
    "idempotentanswer",
    "importclaim",
    "importpart",
    "importrow",
    "mark",
    "presence",
}
PAGES = [page for model, page in admin.site._registry.items() if model._meta.app_label in OWN_APPS]
SECRET_COLUMNS = {"secret", "inbound_secret", "outbound_secret", "token_hash", "password"}


def _name(page: Any) -> str:
    return f"{page.opts.app_label}_{page.opts.model_name}"


def _list(page: Any) -> str:
    return reverse(f"admin:{_name(page)}_changelist")


def test_every_model_has_a_page_or_stands_on_one() -> None:
    ours = [model._meta for model in apps.get_models() if model._meta.app_label in OWN_APPS]
    models_ = {meta.model_name for meta in ours if not meta.proxy}
    assert models_ - {page.opts.model_name for page in PAGES} == INLINE | SUMMED_UP | SHOWN_TO_NOBODY


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_a_page_is_made_for_millions_of_rows(page: Any) -> None:
    assert isinstance(page, PanelAdmin)
    assert page.show_full_result_count is False
    assert page.search_help_text
    assert page.empty_title
    assert page.empty_text
    for name in page.get_search_fields(None) if page.opts.model_name != "call" else ():
        assert name.endswith("startswith") or name == page.opts.pk.name, f"{name}: no index answers that"


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_choices_of_many_rows_are_searched_not_listed(page: Any) -> None:
    big = {"customer", "subscriber", "domain", "reseller", "number", "user"}
    for field in page.model._meta.fields:
        if isinstance(field, models.ForeignKey) and field.name in big:
            assert field.name in page.autocomplete_fields or not _is_editable(page, field.name), (
                f"{_name(page)}.{field.name}"
            )


def _is_editable(page: Any, name: str) -> bool:
    return page.opts.model_name not in {"call", "binding", "event"} and name not in page.readonly_fields


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_no_secret_column_is_listed_or_searched(page: Any) -> None:
    inlines = [inline for inline in page.inlines if inline.fields]
    shown = {*page.list_display, *page.search_fields, *(field for inline in inlines for field in inline.fields)}
    assert not shown & SECRET_COLUMNS


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_an_empty_list_says_what_to_do(page: Any, db: None) -> None:
    client = admin_client(UserFactory(admin=True))
    nothing = client.get(_list(page), {"q": "zzzz-nothing-begins-so"}).content.decode()
    assert "Nothing fits" in nothing
    UserAgentBan.objects.all().delete()  # the scanners that all installations know from the start
    Event.objects.all().delete()  # that the administrator was made
    if page.opts.model_name != "user":
        assert str(page.empty_title) in unescape(client.get(_list(page)).content.decode())


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_no_search_breaks_a_list(page: Any, db: None) -> None:
    client = admin_client(UserFactory(admin=True))
    for text in ("\0%'\"--", "é" * 200, "a b c", "+", "@"):
        assert client.get(_list(page), {"q": text}).status_code == 200, text


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_the_queries_of_a_list_do_not_grow_with_it(page: Any, two_resellers: TwoResellers) -> None:
    client, side = admin_client(two_resellers.admin), two_resellers.a
    GatewaySourceFactory(gateway=RouteFactory().gateway)
    before = queries_of(client, _list(page))
    for number in range(10):
        customer = CustomerFactory(reseller=side.reseller)
        subscriber = SubscriberFactory(domain=side.domain, customer=customer, username=f"more{number}")
        BindingFactory(subscriber=subscriber)
        NumberAssignmentFactory(subscriber=subscriber)
        route = RouteFactory()
        GatewaySourceFactory(gateway=route.gateway)
        call_between(subscriber, side.alice, gateway_out=route.gateway)
    assert queries_of(client, _list(page)) == before


def test_a_name_with_spaces_is_found(two_resellers: TwoResellers) -> None:
    page = admin_client(two_resellers.admin).get(reverse("admin:accounts_reseller_changelist"), {"q": "reseller A"})
    assert ("Reseller a" in page.content.decode(), "Reseller b" in page.content.decode()) == (True, False)


def test_what_stands_in_the_way_of_a_deletion_is_named_but_not_listed_whole(two_resellers: TwoResellers) -> None:
    reseller: Reseller = two_resellers.a.reseller
    for _ in range(NAMED_OBSTACLES + 3):
        CustomerFactory(reseller=reseller)
    address = reverse("admin:accounts_reseller_delete", args=[reseller.pk])
    client = admin_client(two_resellers.admin)
    page = client.get(address).content.decode()
    assert "protected related objects" in page
    assert page.count("customer: ") == NAMED_OBSTACLES
    assert "customers: …" in page
    client.post(address, {"post": "yes"})
    assert Reseller.objects.filter(pk=reseller.pk).exists()
