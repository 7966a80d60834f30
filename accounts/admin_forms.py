"""Forms of the panel's pages for people: what they check names the field."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.forms import UnfoldReadOnlyPasswordHashWidget, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.choices import Role, Scope
from accounts.models import ApiToken, User
from accounts.token_forms import NetworksField, ScopesField


class ApiTokenForm(forms.ModelForm):  # type: ignore[type-arg]  # at run time it takes no argument
    """A new token: for whom, what for, what it may do."""

    scopes = ScopesField(label=_("May"), initial=[Scope.READ])
    networks = NetworksField(
        label=_("Good from"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2, "spellcheck": "false"}),
        help_text=_("Addresses or networks, one a line, such as 192.0.2.0/28. Empty: from anywhere."),
    )

    class Meta:
        model = ApiToken
        fields = ["user", "name", "scopes", "networks", "expires_at"]

    def clean_expires_at(self) -> Any:
        """Raises ValidationError for a time that has passed."""
        expires_at = self.cleaned_data["expires_at"]
        if expires_at is not None and expires_at <= timezone.now():
            raise ValidationError(_("This time has passed already."))
        return expires_at


def check_owner(cleaned: dict[str, Any]) -> None:
    """Role and owner must fit. Raises ValidationError that names the field to change."""
    role, reseller, customer = (cleaned.get(name) for name in ("role", "reseller", "customer"))
    errors = {}
    if role == Role.RESELLER and reseller is None:
        errors["reseller"] = _("Choose the reseller that this person works for.")
    if role == Role.CUSTOMER and customer is None:
        errors["customer"] = _("Choose the customer that this person belongs to.")
    if role != Role.RESELLER and reseller is not None:
        errors["reseller"] = _("Only a reseller's user has a reseller. Leave it empty or change the role.")
    if role != Role.CUSTOMER and customer is not None:
        errors["customer"] = _("Only a customer's user has a customer. Leave it empty or change the role.")
    if errors:
        raise ValidationError(errors)


class NewUserForm(UserCreationForm):
    """User name, role, owner and password."""

    class Meta(UserCreationForm.Meta):
        model = User
        fields = ["username", "role", "reseller", "customer"]

    def clean(self) -> dict[str, Any]:
        """Raises ValidationError when role and owner do not fit."""
        cleaned: dict[str, Any] = super().clean()
        check_owner(cleaned)
        self.instance.is_staff = cleaned.get("role") == Role.ADMIN
        return cleaned


class PasswordState(UnfoldReadOnlyPasswordHashWidget):
    """Says whether there is a password, and nothing of its hash."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:  # noqa: ARG002
        """One sentence."""
        return format_html("<span>{}</span>", _("A password is set.") if value else _("No password is set."))


class ChangeUserForm(UserChangeForm):
    """The same for a user that exists."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].widget = PasswordState()

    class Meta(UserChangeForm.Meta):
        model = User
        fields = "__all__"

    def clean(self) -> dict[str, Any]:
        """Raises ValidationError when role and owner do not fit."""
        cleaned: dict[str, Any] = super().clean()
        check_owner(cleaned)
        is_admin = cleaned.get("role") == Role.ADMIN
        self.instance.is_staff = is_admin
        self.instance.is_superuser = self.instance.is_superuser and is_admin
        return cleaned
