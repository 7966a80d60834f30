"""How domains and gateways write numbers. The numbers themselves, and who has them, are in models_inventory.py."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Func, Q
from django.db.models.lookups import Regex
from django.utils.translation import gettext_lazy as _

from accounts.models import Identified
from numbering import formats, short, triggers
from numbering.choices import BareDigitsChoice, PlanChoice, SendsAsChoice
from numbering.models_counts import BlockCount
from numbering.models_inventory import (
    E164_LENGTH,
    E164_PATTERN,
    NumberAssignment,
    NumberBlock,
    PhoneNumber,
    TsTzRange,
)
from numbering.plans import plan
from numbering.querysets import DialSettingsQuerySet, NumberFormatQuerySet
from subscribers.models import Domain, Subscriber

__all__ = [
    "E164_LENGTH",
    "E164_PATTERN",
    "BlockCount",
    "DialSettings",
    "NumberAssignment",
    "NumberBlock",
    "NumberFormat",
    "PhoneNumber",
    "TsTzRange",
]

_digits = RegexValidator(r"^[0-9]*\Z", _("Only digits are allowed."))
_some_digits = RegexValidator(r"^[0-9]+\Z", _("Only digits are allowed."))
_pattern = RegexValidator(rf"^{short.PATTERN}\Z", _("Write digits, then x for any digit, or * for any digits: 116xxx."))


class Joined(Func):
    """The texts of an array with a space behind each."""

    function = "array_to_string"
    template = "%(function)s(%(expressions)s || ''::text, ' ')"
    output_field = models.TextField()


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
    plan = models.CharField(
        _("national plan"),
        max_length=8,
        blank=True,
        choices=PlanChoice.choices,
        help_text=_("Says which emergency and service numbers there are, how long numbers are, and what is premium."),
    )
    extension_base = models.CharField(
        _("extensions behind"),
        max_length=14,
        blank=True,
        validators=[RegexValidator(r"^([1-9][0-9]+)?\Z", _("E.164 without the plus, such as 4311001."))],
        help_text=_("The number that extensions stand behind, E.164 without the plus, such as 4311001."),
    )
    extension_digits = models.PositiveSmallIntegerField(
        _("extensions have up to"),
        default=0,
        help_text=_("So many bare digits are an extension, unless they are an emergency or service number. 0: none."),
    )
    emergency_numbers = ArrayField(
        models.CharField(max_length=15, validators=[_some_digits]),
        verbose_name=_("further emergency numbers"),
        blank=True,
        default=list,
        help_text=_("Beside those of the plan, one a line, as they are dialled."),
    )
    service_numbers = ArrayField(
        models.CharField(max_length=20, validators=[_pattern]),
        verbose_name=_("further service numbers"),
        blank=True,
        default=list,
        help_text=_(
            "Beside those of the plan, one a line; x is any digit, * at the end any digits: 115, 116xxx, 118*."
        ),
    )
    shipped = models.CharField(_("shipped as"), max_length=8, blank=True, editable=False)

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
            models.CheckConstraint(
                name="numberformat_plan_known", condition=Q(plan="") | Q(plan__in=PlanChoice.values)
            ),
            models.CheckConstraint(
                name="numberformat_extensions_have_base",
                condition=Q(extension_base="", extension_digits=0)
                | Q(extension_base__regex=r"^[1-9][0-9]{1,13}$", extension_digits__gte=1, extension_digits__lte=7),
                violation_error_message=_("Extensions need the number that they stand behind, and 1 to 7 digits."),
            ),
            models.CheckConstraint(
                name="numberformat_emergency_digits",
                condition=Regex(Joined("emergency_numbers"), r"^([0-9]+ )*$"),
                violation_error_message=_("Emergency numbers are digits, as they are dialled."),
            ),
            models.CheckConstraint(
                name="numberformat_service_patterns",
                condition=Regex(Joined("service_numbers"), rf"^({short.PATTERN} )*$"),
                violation_error_message=_("Service numbers are digits, then x for any digit, or * for any digits."),
            ),
            models.UniqueConstraint(fields=["shipped"], name="numberformat_shipped_once", condition=~Q(shipped="")),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a plan of another country. Raises ValidationError for the field `plan`."""
        known = plan(self.plan)
        if known is not None and self.country_code and known.country_code != self.country_code:
            raise ValidationError(
                {"plan": _("This is the plan of the country code %(code)s.") % {"code": known.country_code}}
            )

    @property
    def value(self) -> formats.NumberFormat:
        """What the pure functions of numbering/formats.py take."""
        return formats.NumberFormat(
            name=self.name,
            country_code=self.country_code,
            international_prefix=self.international_prefix,
            national_prefix=self.national_prefix,
            area_code=self.area_code,
            bare_digits=formats.BareDigits(self.bare_digits),
            sends_as=formats.SendsAs(self.sends_as),
            plan=self.plan,
            extension_base=self.extension_base,
            extension_digits=self.extension_digits,
            emergency_numbers=tuple(self.emergency_numbers),
            service_numbers=tuple(self.service_numbers),
        )


class DialSettings(Identified):
    """How a domain's subscribers write numbers, or one subscriber does. Here, and not on Domain and Subscriber, which
    know nothing of numbers.
    """

    domain = models.OneToOneField(
        Domain, verbose_name=_("domain"), on_delete=models.CASCADE, related_name="dial_settings", null=True, blank=True
    )
    subscriber = models.OneToOneField(
        Subscriber,
        verbose_name=_("subscriber"),
        on_delete=models.CASCADE,
        related_name="dial_settings",
        null=True,
        blank=True,
    )
    number_format = models.ForeignKey(
        NumberFormat, verbose_name=_("number format"), on_delete=models.PROTECT, related_name="dial_settings"
    )

    objects = DialSettingsQuerySet.as_manager()

    class Meta:
        verbose_name = _("dial settings")
        verbose_name_plural = _("dial settings")
        ordering = ["domain_id", "subscriber_id"]
        triggers = triggers.DIAL_SETTINGS
        constraints = [
            models.CheckConstraint(
                name="dialsettings_of_domain_or_subscriber",
                condition=Q(domain__isnull=True, subscriber__isnull=False)
                | Q(domain__isnull=False, subscriber__isnull=True),
                violation_error_message=_("Name a domain or a subscriber, and not both."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.domain or self.subscriber}: {self.number_format}"
