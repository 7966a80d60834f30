"""How domains and gateways write numbers. The numbers themselves, and who has them, are in models_inventory.py."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Identified
from numbering import triggers
from numbering.choices import BareDigitsChoice, SendsAsChoice
from numbering.models_inventory import (
    E164_LENGTH,
    E164_PATTERN,
    NumberAssignment,
    NumberBlock,
    PhoneNumber,
    TsTzRange,
)
from numbering.querysets import DialSettingsQuerySet, NumberFormatQuerySet
from subscribers.models import Domain

__all__ = [
    "E164_LENGTH",
    "E164_PATTERN",
    "DialSettings",
    "NumberAssignment",
    "NumberBlock",
    "NumberFormat",
    "PhoneNumber",
    "TsTzRange",
]

_digits = RegexValidator(r"^[0-9]*\Z", _("Only digits are allowed."))


class NumberFormat(Identified):
    """How a side writes phone numbers, and how it means what it dials (see numbering/formats.py)."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    country_code = models.CharField(
        _("country code"), max_length=3, validators=[RegexValidator(r"^[1-9][0-9]{0,2}\Z", _("Such as 43."))]
    )
    international_prefix = models.CharField(
        _("international prefix"), max_length=8, blank=True, default="00", validators=[_digits]
    )
    national_prefix = models.CharField(
        _("national prefix"), max_length=4, blank=True, default="0", validators=[_digits]
    )
    area_code = models.CharField(
        _("area code"), max_length=8, blank=True, validators=[_digits], help_text=_("Without any prefix.")
    )
    bare_digits = models.CharField(
        _("digits without a prefix are"),
        max_length=10,
        choices=BareDigitsChoice.choices,
        default=BareDigitsChoice.E164,
    )
    sends_as = models.CharField(
        _("numbers are sent as"), max_length=15, choices=SendsAsChoice.choices, default=SendsAsChoice.PLUS
    )

    objects = NumberFormatQuerySet.as_manager()

    class Meta:
        verbose_name = _("number format")
        verbose_name_plural = _("number formats")
        ordering = ["name"]
        triggers = triggers.NUMBER_FORMAT
        constraints = [
            models.CheckConstraint(
                name="numberformat_country_code", condition=Q(country_code__regex=r"^[1-9][0-9]{0,2}$")
            ),
            models.CheckConstraint(
                name="numberformat_digits",
                condition=Q(international_prefix__regex=r"^[0-9]*$")
                & Q(national_prefix__regex=r"^[0-9]*$")
                & Q(area_code__regex=r"^[0-9]*$"),
            ),
            models.CheckConstraint(
                name="numberformat_bare_digits_known", condition=Q(bare_digits__in=BareDigitsChoice.values)
            ),
            models.CheckConstraint(name="numberformat_sends_as_known", condition=Q(sends_as__in=SendsAsChoice.values)),
            models.CheckConstraint(
                name="numberformat_local_has_area",
                condition=~Q(bare_digits=BareDigitsChoice.LOCAL) | ~Q(area_code=""),
                violation_error_message=_("Numbers in the same area need the area code."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class DialSettings(models.Model):
    """How a domain's subscribers write numbers. Here and not on Domain, which knows nothing of numbers."""

    domain = models.OneToOneField(Domain, on_delete=models.CASCADE, related_name="dial_settings")
    number_format = models.ForeignKey(NumberFormat, on_delete=models.PROTECT, related_name="dial_settings")

    objects = DialSettingsQuerySet.as_manager()

    class Meta:
        verbose_name = _("dial settings")
        verbose_name_plural = _("dial settings")
        ordering = ["domain_id"]
        triggers = triggers.DIAL_SETTINGS

    def __str__(self) -> str:
        return f"{self.domain}: {self.number_format}"
