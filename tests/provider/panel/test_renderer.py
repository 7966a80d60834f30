"""What the panel's renderer writes beside what the templates write that it stands for."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.forms.utils import ErrorList
from django.test import Client
from django.utils import translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget, UnfoldAdminTimeWidget

from provider.panel import renderer
from provider.panel.renderer import WRITTEN, PanelRenderer
from tests.factories.accounts import UserFactory
from tests.factories.trunking import RouteFactory

STRANGE: list[Any] = [
    None, "", 0, 1, 1234567, 1.5, Decimal("1234.5"), True, False, "Anna", "a\"b'<c>&d", mark_safe("<b>&amp;</b>"),
    gettext_lazy("Dashboard"), date(2026, 11, 23), ("a", "b"), " spaced ", "the-name-stands-here",
]  # fmt: skip
LANGUAGES = ["en", "de"]


def _same(name: str, context: dict[str, Any]) -> None:
    expected = DjangoTemplates().render(name, context)
    found = PanelRenderer().render(name, context)
    assert _spaced(found) == _spaced(expected), (name, context)


def _spaced(html: str) -> str:
    """Space between tags is one."""
    return re.sub(r"\s*\n\s*", "\n", html).replace(">\n", ">").replace("\n<", "<")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", [*renderer._INPUTS, *renderer._FRAMED])
def test_inputs(name: str, language: str) -> None:
    with translation.override(language):
        for value in STRANGE:
            attrs = {"id": "id_name", "required": True, "disabled": False, "data-x": value, "data-<": "y"}
            _same(name, {"widget": {"type": "text", "name": "a<b", "value": value, "attrs": attrs}})


def test_an_input_with_something_beside_it() -> None:
    for part in renderer._BESIDE:
        widget = {"type": "text", "name": "cost", "value": "1", "attrs": {}, part: "€"}
        _same("unfold/widgets/text.html", {"widget": widget})
        assert "€" in PanelRenderer().render("unfold/widgets/text.html", {"widget": widget})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("widget", [forms.Select, UnfoldAdminSelectWidget])
def test_selects(widget: type[forms.Select], language: str) -> None:
    plain = [("", "---"), *((str(number), value) for number, value in enumerate(STRANGE) if value != ("a", "b"))]
    grouped = [("", "---"), ("Group <1>", [("1", "one"), ("2", "two")])]
    with translation.override(language):
        for choices in ([], plain, grouped):
            made = widget(choices=choices, attrs={"class": "x", "multiple": False})
            context = made.get_context("zone", "2", {"id": "id_zone"})
            _same(made.template_name, context)


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels(language: str) -> None:
    with translation.override(language):
        for value in STRANGE:
            for use_tag in (True, False):
                context = {"field": None, "label": value, "attrs": {"for": value}, "use_tag": use_tag, "tag": "label"}
                _same("django/forms/label.html", context)


def test_errors() -> None:
    for name in ("django/forms/errors/list/default.html", "django/forms/errors/list/ul.html"):
        for errors in (ErrorList(), ErrorList(["too <long>"])):
            _same(name, errors.get_context())


class _Form(forms.Form):
    name = forms.CharField(widget=UnfoldAdminTextInputWidget, help_text="Who")
    at = forms.TimeField(widget=UnfoldAdminTimeWidget)
    kind = forms.ChoiceField(choices=[("a", "A"), ("b", "B")], widget=UnfoldAdminSelectWidget)
    sure = forms.BooleanField()
    key = forms.CharField(widget=forms.HiddenInput)


def test_a_form_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def shown() -> str:
        return _spaced(str(_Form({"name": '"><script>', "kind": "b"}, renderer=PanelRenderer())))

    found = shown()
    monkeypatch.setattr(renderer, "WRITTEN", {})
    assert found == shown()
    assert "<script>" not in found


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", ["gateway", "route"])
def test_a_page_is_the_same(client: Client, monkeypatch: pytest.MonkeyPatch, page: str, language: str) -> None:
    route = RouteFactory()
    client.force_login(UserFactory(admin=True))
    row = route.gateway if page == "gateway" else route

    def shown() -> str:
        answer = client.get(f"/admin/trunking/{page}/{row.pk}/change/", headers={"accept-language": language})
        html = _spaced(answer.content.decode())
        html = re.sub(r'class="([^"]*)"', lambda found: " ".join(sorted(found[1].split())), html)
        return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", html)

    found = shown()
    asked = _asked_templates(monkeypatch)
    monkeypatch.setattr(renderer, "WRITTEN", {})
    assert found == shown()
    assert asked & set(WRITTEN), "the page has nothing of what the renderer writes"


def _asked_templates(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Collects what forms are rendered with from now on."""
    asked: set[str] = set()
    render = PanelRenderer.render

    def noted(self: PanelRenderer, name: str, *args: Any) -> str:
        asked.add(name)
        return render(self, name, *args)

    monkeypatch.setattr(PanelRenderer, "render", noted)
    return asked
