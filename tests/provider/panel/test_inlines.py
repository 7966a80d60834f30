"""Rows of forms: what is made once, and that a page's queries and content do not suffer from it."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client, RequestFactory

from provider.panel.inlines import PanelFormSet, once_a_row
from tests.factories.accounts import UserFactory
from tests.factories.trunking import RouteFactory
from trunking.models import Gateway, Route


class _Page:
    asked = 0

    @once_a_row
    def text(self, row: Route) -> str:
        """The prefix, counted."""
        self.asked += 1
        return row.prefix


def test_a_text_is_made_once_for_each_row() -> None:
    page, rows = _Page(), [Route(prefix="+43"), Route(prefix="+49")]
    assert [page.text(row) for row in rows * 3] == ["+43", "+49"] * 3
    assert page.asked == 2


@pytest.mark.django_db
def test_each_list_of_a_page_has_one_empty_form_without_lists_of_its_own() -> None:
    page = admin.site._registry[Gateway]
    gateway = RouteFactory().gateway
    request = RequestFactory().get("/")
    request.user = UserFactory(admin=True)
    formsets, _inlines = page._create_formsets(request, gateway, change=True)  # type: ignore[attr-defined]
    assert formsets
    for formset in formsets:
        assert isinstance(formset, PanelFormSet)
        assert formset.empty_form is formset.empty_form
        assert formset.empty_form.nested_formsets == ()  # type: ignore[attr-defined]


@pytest.mark.django_db
def test_a_row_leads_to_its_own_page(client: Client) -> None:
    route = RouteFactory()
    client.force_login(UserFactory(admin=True))
    answer = client.get(f"/admin/trunking/gateway/{route.gateway_id}/change/")
    assert answer.status_code == 200
    assert answer.content.decode().count(f"/admin/trunking/route/{route.pk}/change/") == 1


@pytest.mark.django_db
def test_a_row_says_what_is_wrong_with_it_and_can_be_removed_where_it_is_there(client: Client) -> None:
    route = RouteFactory(prefix="43")
    client.force_login(UserFactory(admin=True))
    page = f"/admin/trunking/gateway/{route.gateway_id}/change/"
    html = client.get(page).content.decode()
    row, empty = (
        _row(html, "form-group relative group/parent last original"),
        _row(html, "template empty-form", last=True),
    )
    assert f'name="routes-0-id" value="{route.pk}"' in row
    assert f'name="routes-0-gateway" value="{route.gateway_id}"' in row
    assert 'name="routes-0-DELETE"' in row
    assert "form-delete" in row
    assert "routes-__prefix__-prefix" in empty
    assert "DELETE" not in empty
    assert 'class="add-row ' in html[html.index("routes-__prefix__-prefix") :]
    sent = _sent(client, page) | {"routes-0-prefix": "not digits"}
    answer = client.post(page, sent)
    assert answer.status_code == 200
    wrong = _row(answer.content.decode(), "form-group relative group/parent last original")
    assert "field-prefix group field-tabular errors" in wrong
    assert wrong.count("text-red-600 text-xs") == 1


def _row(html: str, classes: str, *, last: bool = False) -> str:
    """The row of forms with these classes, the only one or the last of them."""
    begin = html.rindex(classes) if last else html.index(classes)
    return html[begin : html.index("</tbody>", begin)]


def _sent(client: Client, page: str) -> dict[str, Any]:
    """What the browser would send when nothing was typed."""
    context = client.get(page).context
    forms = [context["adminform"].form]
    for one in context["inline_admin_formsets"]:
        forms += [one.formset.management_form, *one.formset.forms]
    fields = [form[name] for form in forms for name in form.fields]
    return {field.html_name: field.value() for field in fields if field.value() not in (None, False)}
