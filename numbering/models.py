"""Phone numbers, who has them from when to when, and how domains and gateways write numbers."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Identified, Reseller
from numbering import triggers
from numbering.choices import BareDigitsChoice, Holding, SendsAsChoice
from numbering.querysets import (
    DialSettingsQuerySet,
    NumberAssignmentQuerySet,
    NumberFormatQuerySet,
    PhoneNumberQuerySet,
)
from subscribers.models import Domain, Subscriber

E164_PATTERN = r"^\+[1-9][0-9]{1,14}$"
E164_LENGTH = 16  # ITU-T E.164: at most 15 digits, and the plus

_digits = RegexValidator(r"^[0-9]*\Z", _("Only digits are allowed."))


class TsTzRange(Func):
    """The time range [from, until) of two columns, for exclusion constraints."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


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


class PhoneNumber(Identified):
    """An own number of a reseller, in E.164 with the plus."""

    reseller = models.ForeignKey(Reseller, on_delete=models.PROTECT, related_name="numbers", db_index=False)
    e164 = models.CharField(
        _("number"),
        max_length=E164_LENGTH,
        unique=True,
        validators=[RegexValidator(E164_PATTERN.replace("$", r"\Z"), _("Write it as +4311001: E.164 with the plus."))],
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    # Kept by triggers: a page of free numbers among a million is found by an index (PhoneNumberQuerySet.unassigned).
    holding = models.CharField(
        max_length=5, choices=Holding.choices, default=Holding.FREE, db_default=Holding.FREE, editable=False
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PhoneNumberQuerySet.as_manager()

    class Meta:
        verbose_name = _("phone number")
        verbose_name_plural = _("phone numbers")
        ordering = ["e164"]
        triggers = triggers.PHONE_NUMBER
        constraints = [
            models.UniqueConstraint(fields=["reseller", "id"], name="phonenumber_of_reseller"),
            models.CheckConstraint(name="phonenumber_is_e164", condition=Q(e164__regex=E164_PATTERN)),
            models.CheckConstraint(name="phonenumber_holding_known", condition=Q(holding__in=Holding.values)),
        ]
        indexes = [
            models.Index(fields=["reseller", "e164"], name="phonenumber_by_reseller"),
            *(
                models.Index(fields=fields, name=name, condition=~Q(holding=other), include=["holding", "id"])
                for fields, name, other in (
                    (["e164"], "phonenumber_free", Holding.HELD),
                    (["reseller", "e164"], "phonenumber_free_by_reseller", Holding.HELD),
                    (["e164"], "phonenumber_held", Holding.FREE),
                    (["reseller", "e164"], "phonenumber_held_by_reseller", Holding.FREE),
                )
            ),
        ]

    def __str__(self) -> str:
        return self.e164


class NumberAssignment(Identified):
    """Who has a number in [valid_from, valid_until); rows of the past stay as its history."""

    number = models.ForeignKey(PhoneNumber, on_delete=models.CASCADE, related_name="assignments", db_constraint=False)
    subscriber = models.ForeignKey(
        Subscriber, on_delete=models.CASCADE, related_name="assignments", db_constraint=False
    )
    reseller = models.ForeignKey(Reseller, on_delete=models.PROTECT, related_name="+", db_index=False)
    valid_from = models.DateTimeField(_("from"), db_default=Now())
    valid_until = models.DateTimeField(_("until"), null=True, blank=True)
    is_main = models.BooleanField(_("main"), default=False, help_text=_("The number that the subscriber's calls show."))

    objects = NumberAssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("number assignment")
        verbose_name_plural = _("number assignments")
        ordering = ["-valid_from", "-id"]
        triggers = triggers.NUMBER_ASSIGNMENT
        constraints = [
            ExclusionConstraint(
                name="numberassignment_one_at_a_time",
                expressions=[
                    ("number", RangeOperators.EQUAL),
                    (TsTzRange("valid_from", "valid_until"), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("The number is assigned in that time already."),
            ),
            ExclusionConstraint(
                name="numberassignment_one_main",
                expressions=[
                    ("subscriber", RangeOperators.EQUAL),
                    (TsTzRange("valid_from", "valid_until"), RangeOperators.OVERLAPS),
                ],
                condition=Q(is_main=True),
                violation_error_message=_("The subscriber has a main number in that time already."),
            ),
            models.CheckConstraint(
                name="numberassignment_ends_after_start",
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                violation_error_message=_("The end must lie after the start."),
            ),
        ]
        indexes = [
            models.Index(fields=["-valid_from", "-id"], name="numberassignment_by_start"),
            models.Index(fields=["reseller", "-valid_from", "-id"], name="numberassignment_by_reseller"),
        ]

    def __str__(self) -> str:
        return f"{self.number} → {self.subscriber}"

    def clean(self) -> None:
        """Refuse a number and a subscriber of different resellers.

        Raises ValidationError for the field `subscriber`.
        """
        if self.number_id and self.subscriber_id and self.number.reseller_id != self.subscriber.reseller_id:
            raise ValidationError({"subscriber": _("The number belongs to another reseller.")})


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
