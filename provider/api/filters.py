"""Filters that say what is wrong instead of looking away."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django_filters import BooleanFilter, CharFilter, UUIDFilter

# Country code and all; fewer digits are a short number, which has no plus.
WITHOUT_PLUS = re.compile(r"[1-9][0-9]{6,14}").fullmatch
WORDS = {"true": True, "false": False}


class YesNoField(forms.NullBooleanField):
    """true or false; Django's own takes anything else for "not said"."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> bool | None:  # type: ignore[override]  # as NullBooleanField does
        """Raises ValidationError for other words."""
        if value in self.empty_values:
            return None
        if str(value).lower() not in WORDS:
            raise ValidationError("Write true or false.", "invalid")
        return WORDS[str(value).lower()]


class YesNoFilter(BooleanFilter):
    """A filter by true or false."""

    field_class = YesNoField


class WholeNumberField(forms.CharField):
    """A number in E.164. Its plus is a space where a client did not write it as %2B, and may be left out."""

    def to_python(self, value: Any) -> str:
        """With its plus; what is no whole number stays as it is."""
        text: str = super().to_python(value) or ""
        return f"+{text}" if WITHOUT_PLUS(text) else text


class WholeNumberFilter(CharFilter):
    """A filter by a number in E.164."""

    field_class = WholeNumberField


class ReferenceFilter(UUIDFilter):
    """Rows that refer to another row, named by its id; of a row that is not the caller's to see there are none.

    The id is looked up first: PostgreSQL then knows how many rows to expect, and which index has them in their order.
    """

    def __init__(self, to: type[Model], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.to: Any = to

    def filter(self, rows: QuerySet[Any], value: Any) -> QuerySet[Any]:
        """The rows whose `field_name` is the row with this id."""
        if not value:
            return rows
        known = self.to.objects.visible_to(self.parent.request.user).filter(uid=value)
        key = known.order_by().values_list("pk", flat=True).first()
        return rows.none() if key is None else self.of(rows, key)

    def of(self, rows: QuerySet[Any], key: int) -> QuerySet[Any]:
        """The rows that refer to the row with this key."""
        return rows.filter(**{self.field_name: key})
