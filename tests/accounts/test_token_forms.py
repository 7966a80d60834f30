"""The fields by which tokens are made on pages."""

import pytest
from django import forms

from accounts.choices import Area
from accounts.scopes import ALL_SCOPES
from accounts.token_forms import NetworksField, ScopesField


class Both(forms.Form):
    """A form with both of them."""

    scopes = ScopesField()
    networks = NetworksField()


@pytest.mark.parametrize(
    ("chosen", "scopes"),
    [
        ({"all": "read"}, ["read"]),
        ({"all": "write", "calls": "read"}, ["write"]),
        ({"all": "read", "calls": "write", "events": "read"}, ["read", "calls:write"]),
        ({"all": "", "calls": "read", "tokens": "write"}, ["calls:read", "tokens:write"]),
        ({area.value: "write" for area in Area}, [f"{area}:write" for area in Area]),
    ],
)
def test_the_grid_is_read_as_scopes(chosen: dict[str, str], scopes: list[str]) -> None:
    form = Both({f"scopes-{key}": value for key, value in chosen.items()})
    assert form.is_valid(), form.errors
    assert form.cleaned_data == {"scopes": scopes, "networks": []}


@pytest.mark.parametrize("chosen", [{}, {"all": ""}, {"calls": "root"}, {"all": "everything"}, {"root": "read"}])
def test_what_is_no_choice_is_refused(chosen: dict[str, str]) -> None:
    form = Both({f"scopes-{key}": value for key, value in chosen.items()})
    assert set(form.errors) == {"scopes"}


def test_networks_are_read_line_by_line_and_what_was_typed_stays() -> None:
    form = Both({"scopes-all": "read", "networks": "192.0.2.7\r\n2001:DB8::/32"})
    assert form.is_valid()
    assert form.cleaned_data["networks"] == ["192.0.2.7/32", "2001:db8::/32"]
    wrong = Both({"scopes-all": "read", "networks": "<b>office</b>"})
    assert set(wrong.errors) == {"networks"}
    assert "&lt;b&gt;office" in str(wrong)
    assert "<b>" not in str(wrong)


def test_the_grid_shows_each_scope_once() -> None:
    page = str(Both(initial={"scopes": ["calls:write"]}))
    assert page.count('value="read"') == page.count('value="write"') == len(ALL_SCOPES) // 2
    assert 'name="scopes-calls" value="write" checked' in page
