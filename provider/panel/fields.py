"""Form fields that take what people write and make of it what is stored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms


class LowerCaseField(forms.CharField):
    """User names and domains are stored in lower case; people may write them as they like."""

    def to_python(self, value: Any) -> Any:
        """The text in lower case, without space around it."""
        text = super().to_python(value)
        return text.strip().lower() if isinstance(text, str) else text


class LinesField(forms.CharField):
    """A list of short texts, one a line; empty lines do not count. stored: makes of a line what is stored."""

    widget = forms.Textarea

    def __init__(self, stored: Callable[[str], str] = str.strip, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._stored = stored

    def prepare_value(self, value: Any) -> Any:
        """The text of the widget."""
        return value if isinstance(value, str) or value is None else "\n".join(value)

    def to_python(self, value: Any) -> Any:
        """The list; its validators are those of the model's field."""
        lines = (super().to_python(value) or "").splitlines()
        return [self._stored(line) for line in lines if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether the list is another one."""
        return list(initial or []) != self.to_python(data)


class LowerCased:
    """Mixin of an admin page: the model fields named in `lower_case_fields` are LowerCaseFields in its form."""

    lower_case_fields: tuple[str, ...] = ()

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """The form field of a model field."""
        if db_field.name in self.lower_case_fields:
            kwargs["form_class"] = LowerCaseField
        return super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
