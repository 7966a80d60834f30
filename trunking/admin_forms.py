"""Forms of the gateway's and the route's pages: passwords that are written and never shown, days, unique routes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.postgres.forms import SimpleArrayField
from django.core.exceptions import ValidationError
from django.core.validators import (
    MaxValueValidator,
    MinLengthValidator,
    MinValueValidator,
    ProhibitNullCharactersValidator,
)
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from provider.panel.inlines import PanelFormSet
from trunking.actions import SIDES, set_account
from trunking.choices import Weekday
from trunking.models import Gateway, Route
from trunking.models.gateways import MAX_FAILOVER_CODES
from trunking.models.routes import every_day
from trunking.validators import MAX_PASSWORD_LENGTH, MIN_INBOUND_PASSWORD_LENGTH, time_zones


def _password(label: Any, help_text: Any, *validators: Any) -> forms.CharField:
    """A password that the page takes and never gives back."""
    return forms.CharField(
        label=capfirst(label),
        help_text=help_text,
        required=False,
        strip=False,
        max_length=MAX_PASSWORD_LENGTH,
        validators=[ProhibitNullCharactersValidator(), *validators],
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
    )


class GatewayForm(forms.ModelForm):  # type: ignore[type-arg]  # at run time it takes no argument
    """A gateway with its accounts. A password that is left empty stays; it goes with its user name."""

    inbound_password = _password(
        _("its password"),
        _("Shown to nobody afterwards. Empty: the one that is set stays."),
        MinLengthValidator(MIN_INBOUND_PASSWORD_LENGTH),
    )
    outbound_password = _password(_("our password"), _("As the carrier gave it. Empty: the one that is set stays."))
    failover_codes = SimpleArrayField(
        forms.IntegerField(validators=[MinValueValidator(400), MaxValueValidator(699)]),
        label=capfirst(Gateway._meta.get_field("failover_codes").verbose_name),
        help_text=Gateway._meta.get_field("failover_codes").help_text,
        required=False,
        max_length=MAX_FAILOVER_CODES,
        widget=UnfoldAdminTextInputWidget,
    )

    class Meta:
        model = Gateway
        fields = "__all__"  # noqa: DJ007  the page names its own; the tokens of passwords are not editable

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for side in SIDES:
            if getattr(self.instance, f"{side}_secret"):
                self.fields[f"{side}_password"].widget.attrs["placeholder"] = _("A password is set.")

    def clean(self) -> dict[str, Any]:
        """Give the gateway its accounts. Raises ValidationError beside a password without a name, or none with one."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for side in SIDES:
            name, password = cleaned.get(f"{side}_username"), cleaned.get(f"{side}_password") or None
            if name is None or f"{side}_password" not in cleaned:
                continue
            try:
                set_account(self.instance, side, name, password)
            except ValidationError as refusal:
                self.add_error(None, refusal)
        return cleaned


class RouteForm(forms.ModelForm):  # type: ignore[type-arg]  # at run time it takes no argument
    """A route with its days and its time zone."""

    weekdays = forms.TypedMultipleChoiceField(
        label=capfirst(Route._meta.get_field("weekdays").verbose_name),
        choices=Weekday.choices,
        coerce=int,
        initial=every_day,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    timezone = forms.ChoiceField(
        label=capfirst(Route._meta.get_field("timezone").verbose_name),
        help_text=Route._meta.get_field("timezone").help_text,
        choices=lambda: [(name, name) for name in sorted(time_zones())],
        initial="UTC",
        widget=UnfoldAdminSelectWidget,
    )

    class Meta:
        model = Route
        fields = "__all__"  # noqa: DJ007  the page names its own


class RouteFormSet(PanelFormSet):
    """Routes on their gateway's page. Rows have few of their fields, so that Django cannot say that one is twice."""

    def clean(self) -> None:
        """Raises ValidationError beside a route that the gateway has already."""
        super().clean()
        seen = set()
        for form in self.forms:
            if not form.is_valid() or form in self.deleted_forms or not (form.has_changed() or form.instance.pk):
                continue
            identity = form.instance.identity
            try:
                if identity in seen:
                    raise ValidationError(ROUTE_ONCE.violation_error_message)
                if form.has_changed() and self.instance.pk:
                    ROUTE_ONCE.validate(Route, form.instance)
            except ValidationError as refusal:
                form.add_error("prefix", refusal.message)
            seen.add(identity)


ROUTE_ONCE: Any = next(one for one in Route._meta.constraints if one.name == "route_once")
