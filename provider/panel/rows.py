"""The rows of a list as HTML: as django-unfold writes them, but what is the same in all rows is made once.

unfold renders templates for each checkbox and each label, and all headers again for each row: 50 rows took twice as
long (bench/web). Its classes and its templates are used, so that a row looks as everywhere else.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from django.contrib.admin import helpers
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.contrib.admin.utils import lookup_field
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.template.loader import render_to_string
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.admin import checkbox
from unfold.templatetags.unfold_list import CHECKBOX_CLASSES, LINK_CLASSES, ROW_CLASSES, result_headers
from unfold.utils import display_for_field, display_for_header, display_for_value

CHECKBOX: Final = "action_checkbox"
LABELS_KEPT: Final = 2_000
"""Rendered labels that a process keeps: tones and words of all languages are some hundreds."""

_LINK_CLASSES: Final = " ".join(LINK_CLASSES)
_NOWRAP: Final = (models.DateField, models.TimeField, models.ForeignKey)


@dataclass(frozen=True, slots=True)
class Column:
    """What is the same in all cells below a header, as safe HTML in the order in which it is written.

    Between begin and label stand a cell's own classes. is_link: whether its cells lead to their row's page.
    """

    name: str
    begin: str
    label: str
    end: str
    is_link: bool


def headers_and_rows(changelist: ChangeList) -> tuple[list[dict[str, Any]], list[SafeString]]:
    """The headers as unfold's template wants them, and the cells of each row."""
    headers = list(result_headers(changelist))
    columns = list(_columns(changelist, headers))
    preserved = _preserved(changelist)
    return headers, [_row(changelist, columns, preserved, one) for one in changelist.result_list]


def _columns(changelist: ChangeList, headers: list[dict[str, Any]]) -> Iterator[Column]:
    is_first = True
    for name, header in zip(changelist.list_display, headers, strict=True):
        text = str(name)
        if text == CHECKBOX:
            yield _column(text, CHECKBOX_CLASSES, _("Select record"), "td", is_link=False)
            continue
        is_link, tag = text in (changelist.list_display_links or ()), "td"
        if is_link:
            tag, is_first = ("th" if is_first else "td"), False
        yield _column(text, [f"field-{text}", *ROW_CLASSES], header["text"], tag, is_link=is_link)


def _column(name: str, classes: Iterable[str], heading: Any, tag: str, *, is_link: bool) -> Column:
    begin = format_html('<{} class="{}', tag, " ".join(classes))
    return Column(name, begin, format_html('" data-label="{}">', heading), f"</{tag}>", is_link)


def _preserved(changelist: ChangeList) -> str:
    """The query that leads back from a row's page to this very list."""
    context: Any = {"preserved_filters": changelist.preserved_filters, "opts": changelist.opts}
    for one in changelist.result_list:
        address = changelist.url_for_result(one)
        return str(add_preserved_filters(context, address)).removeprefix(address)
    return ""


def _row(changelist: ChangeList, columns: list[Column], preserved: str, one: models.Model) -> SafeString:
    parts: list[str] = []
    for column in columns:
        shown, more = _shown(changelist, column, one)
        shown = conditional_escape(shown)
        if column.is_link:
            link = conditional_escape(changelist.url_for_result(one) + preserved)
            shown = f'<a href="{link}" class="{_LINK_CLASSES}">{shown}</a>'
        parts += [column.begin, more, column.label, shown, column.end]
    return mark_safe("".join(parts))  # noqa: S308 - all parts are constants, made by format_html, or escaped here


def _shown(changelist: ChangeList, column: Column, one: models.Model) -> tuple[Any, str]:
    """What a cell holds, and classes that it has besides its column's."""
    if column.name == CHECKBOX:
        return _checkbox(str(one.pk)), ""
    empty = changelist.model_admin.get_empty_value_display()
    try:
        field, method, value = lookup_field(column.name, one, changelist.model_admin)
    except ObjectDoesNotExist:
        return empty, ""
    if field is None or field.auto_created:
        nowrap = " nowrap" if isinstance(value, datetime.date | datetime.time) else ""
        return _computed(method, value, getattr(method, "empty_value_display", empty)), nowrap
    nowrap = " nowrap" if isinstance(field, _NOWRAP) else ""
    if isinstance(field.remote_field, models.ManyToOneRel):
        related = getattr(one, field.name)
        return (empty if related is None else related), nowrap
    return display_for_field(value, field, empty), nowrap


def _computed(method: Any, value: Any, empty: str) -> Any:
    """What a method of the page gave, written as its `display` says."""
    if tones := getattr(method, "label", None):
        return label(value, tones)
    if getattr(method, "header", False):
        return display_for_header(value, empty)
    return display_for_value(value, empty, getattr(method, "boolean", False))


def label(value: Any, tones: Any) -> SafeString:
    """A coloured label. value: words, or a key of `tones` and words; tones: key → colour, or True for no colour."""
    key, words = value if isinstance(value, tuple) else (value, value)
    return _label(str(words), tones.get(key) if isinstance(tones, dict) else None)


@lru_cache(maxsize=LABELS_KEPT)
def _label(words: str, tone: str | None) -> SafeString:
    context = {"label": words, "label_type": tone, "multiple": False}
    return render_to_string("unfold/helpers/display_label.html", context)


def _checkbox(key: str) -> SafeString:
    before, after = _checkbox_parts(get_language())
    return mark_safe(before + conditional_escape(key) + after)  # noqa: S308 - unfold's own HTML around an escaped key


@lru_cache
def _checkbox_parts(_language: str | None) -> tuple[str, str]:
    mark = "the-key-stands-here"
    before, _mark, after = str(checkbox.render(helpers.ACTION_CHECKBOX_NAME, mark)).partition(mark)
    return before, after
