"""Rows of forms on a page, as django-unfold shows them, without what it makes anew each time that it looks at it.

Its templates ask for the empty form of a list, for a row's nested lists and for each computed text several times; a
twentieth of what Python called for a gateway's or a subscriber's page was that.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, wraps
from typing import Any, TypeVar

from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest
from unfold.forms import PaginationInlineFormSet

Page = TypeVar("Page")
Row = TypeVar("Row", bound=Model)


class PanelFormSet(PaginationInlineFormSet):
    """Its empty form is made once: it is the pattern of rows that the browser adds, nobody fills it in here."""

    @cached_property
    def empty_form(self) -> ModelForm:  # type: ignore[type-arg]  # at run time it takes no argument
        """The form of a row that is not there yet."""
        return super().empty_form  # type: ignore[no-any-return]


class QuickRows:
    """Mixin of an inline, before unfold's own class."""

    formset = PanelFormSet

    def get_formset(self, request: HttpRequest, obj: Model | None = None, **kwargs: Any) -> Any:
        """The class of the formset. Its forms say that nothing is nested in them, else each question searches them."""
        found = super().get_formset(request, obj, **kwargs)  # type: ignore[misc]
        found.form.nested_formsets = ()
        return found


def once_a_row(text: Callable[[Page, Row], Any]) -> Callable[[Page, Row], Any]:
    """A text of a row for a page, below `@display`: made when it is first asked for and kept with the row."""
    key = f"_once_{text.__name__}"

    @wraps(text)
    def kept(page: Page, row: Row) -> Any:
        if key not in row.__dict__:
            row.__dict__[key] = text(page, row)
        return row.__dict__[key]

    return kept
