"""The form by which people make tokens for themselves, and the fields that it has in common with the panel's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.actions import create_token
from accounts.choices import Area, Scope
from accounts.models import ApiToken, User
from accounts.networks import read_sources
from accounts.scopes import ALL_SCOPES, scope_in
from accounts.token_words import EVERYTHING, areas_for, grid

LIFETIMES: Final = [("30", _("30 days")), ("90", _("90 days")), ("365", _("a year")), ("", _("for ever"))]


class ScopeGrid(forms.Widget):
    """What a token may do: a line for each area, with one choice among nothing, reading and writing."""

    areas: Iterable[Area] = tuple(Area)

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:  # noqa: ARG002
        """The table."""
        context = {"name": name, "lines": grid(value or [], self.areas)}
        return render_to_string("accounts/scope_grid.html", context)

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> list[str]:  # noqa: ARG002
        """The scopes that were chosen; words that are no choice too, for the field to refuse."""
        chosen = [(None, data.get(f"{name}-{EVERYTHING}")), *((area, data.get(f"{name}-{area}")) for area in Area)]
        return [f"{area}:{held}" if area else str(held) for area, held in chosen if held]

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:  # noqa: ARG002
        """Never: a grid without a choice says nothing is allowed."""
        return False

    def id_for_label(self, id_: str) -> str:  # noqa: ARG002 - Django's signature
        """None: each choice has a label of its own."""
        return ""


class ScopesField(forms.MultipleChoiceField):
    """Scopes, of which at least one is needed."""

    widget = ScopeGrid
    default_error_messages = {"required": _("Choose what it may do: at least one line.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=[(scope, scope) for scope in ALL_SCOPES], **kwargs)

    def clean(self, value: Any) -> list[str]:
        """Without what the whole covers anyway."""
        scopes: list[str] = super().clean(value)
        if Scope.WRITE in scopes:
            return [Scope.WRITE.value]
        reads = {scope_in(area, Scope.READ) for area in Area} if Scope.READ in scopes else set()
        return [scope for scope in scopes if scope not in reads]


class NetworksField(forms.CharField):
    """Networks, one a line."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}))
        super().__init__(required=False, max_length=2_000, **kwargs)

    def clean(self, value: Any) -> list[str]:  # type: ignore[override]  # a list of what the text names
        """In canonical form. Raises ValidationError."""
        return read_sources(super().clean(value))

    def prepare_value(self, value: Any) -> Any:
        """As text."""
        return "\n".join(value) if isinstance(value, list) else value


class TokenForm(forms.Form):
    """A new token of one's own."""

    name = forms.CharField(label=_("What for"), max_length=ApiToken._meta.get_field("name").max_length)
    scopes = ScopesField(label=_("May"), initial=[Scope.READ])
    networks = NetworksField(label=_("Good from"))
    days = forms.ChoiceField(label=_("Good for"), choices=LIFETIMES, initial="365", required=False)

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        widget: Any = self.fields["scopes"].widget
        widget.areas = areas_for(user.role)

    def make(self) -> tuple[ApiToken, str] | None:
        """Make the token; None where something is wrong, which the form then says."""
        if not self.is_valid():
            return None
        data = self.cleaned_data
        try:
            return create_token(self.user, data["name"], data["scopes"], _ends_in(data["days"]), data["networks"])
        except ValidationError as refused:
            for name, errors in refused.error_dict.items():
                self.add_error(name if name in self.fields else None, errors)
            return None


def _ends_in(days: str) -> datetime | None:
    return timezone.now() + timedelta(days=int(days)) if days else None
