"""Filters that say what is wrong instead of looking away."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django_filters import BooleanFilter

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
