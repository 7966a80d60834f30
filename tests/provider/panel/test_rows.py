"""Rows of a list look as django-unfold writes them, and each kind of cell shows what its column says."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib import admin
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation
from unfold.templatetags.unfold_list import results

from accounts.models import ApiToken, Customer, User
from calls.models import Call
from numbering.models import PhoneNumber
from provider.panel.rows import headers_and_rows, label
from subscribers.models import Binding, Domain, Subscriber
from tests.factories.accounts import CustomerFactory
from tests.factories.trunking import GatewaySourceFactory, RouteFactory
from tests.factories.two_resellers import TwoResellers
from trunking.models import Gateway, Route

MODELS = [ApiToken, Binding, Call, Customer, Domain, Gateway, PhoneNumber, Route, Subscriber, User]


def _changelist(model: type[Any], user: User, **query: str) -> Any:
    page = admin.site.get_model_admin(model)
    request = RequestFactory().get("/", query)
    request.user = user
    return page.get_changelist_instance(request)


def _plain(html: str) -> str:
    """Without what a browser does not see: spaces around tags, and attributes' last space."""
    return re.sub(r"\s*([<>])\s*", r"\1", re.sub(r"\s+", " ", html))


@pytest.mark.parametrize("model", MODELS)
def test_a_row_is_what_unfold_writes(model: type[Any], two_resellers: TwoResellers) -> None:
    GatewaySourceFactory(gateway=RouteFactory().gateway)
    changelist = _changelist(model, two_resellers.admin)
    _headers, rows = headers_and_rows(changelist)
    theirs = ["".join(str(cell) for cell in row) for row in results(changelist)]
    assert len(rows) >= 1
    assert [_plain(row) for row in rows] == [_plain(row) for row in theirs]


def test_a_row_leads_back_to_the_list_that_it_stood_in(two_resellers: TwoResellers) -> None:
    changelist = _changelist(Subscriber, two_resellers.admin, q="alice")
    changelist.preserved_filters = "_changelist_filters=q%3Dalice"
    _headers, rows = headers_and_rows(changelist)
    assert len(rows) == 2
    address = f"/admin/subscribers/subscriber/{two_resellers.a.alice.pk}/change/?_changelist_filters=q%3Dalice"
    assert any(address in row for row in rows)


def test_what_people_wrote_is_escaped(two_resellers: TwoResellers) -> None:
    CustomerFactory(reseller=two_resellers.a.reseller, name="<b>&'\"")
    _headers, rows = headers_and_rows(_changelist(Customer, two_resellers.admin))
    assert any("&lt;b&gt;&amp;&#x27;&quot;" in row for row in rows)
    assert not any("<b>&" in row for row in rows)


def test_an_empty_list_has_headers_alone(two_resellers: TwoResellers) -> None:
    headers, rows = headers_and_rows(_changelist(Customer, two_resellers.admin, q="zzzz"))
    assert (rows, len(headers)) == ([], 5)


def test_labels() -> None:
    coloured = label(("on", "2 phones"), {"on": "success"})
    expected = {"label": "2 phones", "label_type": "success", "multiple": False}
    assert coloured == render_to_string("unfold/helpers/display_label.html", expected)
    assert "green" not in label(("off", "none"), {"on": "success"})
    assert "UDP" in label("UDP", True)


def test_a_label_speaks_the_language_of_the_page() -> None:
    from provider.panel.labels import ACTIVE_TONES, active_label

    texts = []
    for language in ("en", "de", "en"):
        with translation.override(language):
            texts.append(label(active_label(True), ACTIVE_TONES))
    assert texts[0] == texts[2] != texts[1]


def test_a_rows_checkbox_speaks_the_language_of_the_page(two_resellers: TwoResellers) -> None:
    for language, words in [("de", "Zeile auswählen"), ("en", "Select record"), ("de", "Zeile auswählen")]:
        with translation.override(language):
            _headers, rows = headers_and_rows(_changelist(Customer, two_resellers.admin))
            names = set(re.findall('aria-label="([^"]*)"', rows[0]))
            assert any(words in name for name in names), (language, names)
