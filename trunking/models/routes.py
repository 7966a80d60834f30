"""Which gateway takes which numbers, and which numbers may be called at all."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, Identified, Reseller
from accounts.notify import notify_all
from subscribers.models import Domain
from trunking.choices import RouteKind, RuleKind, Weekday
from trunking.constraints import is_known
from trunking.models.gateways import Gateway
from trunking.querysets import DestinationRuleQuerySet, RouteQuerySet
from trunking.validators import PREFIX_PATTERN, TIMEZONE_PATTERN, validate_prefix, validate_timezone

DEFAULT_WEIGHT, MAX_WEIGHT = 100, 1000


def every_day() -> list[int]:
    """Return all days of the week."""
    return list(Weekday.values)


def _owner(label: Any, model: type[models.Model], help_text: Any) -> Any:
    """Whose calls a row is for. It goes with its owner."""
    return models.ForeignKey(
        model,
        verbose_name=label,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        help_text=help_text,
    )


class Route(Identified):
    """A way out: calls to numbers with a prefix may leave by this gateway.

    The longest prefix comes first, then the lowest priority, then the lowest cost, then chance by weight.
    """

    gateway = models.ForeignKey(Gateway, verbose_name=_("gateway"), on_delete=models.CASCADE, related_name="routes")
    kind = models.CharField(
        _("kind"), max_length=10, choices=RouteKind.choices, default=RouteKind.NUMBER, db_default=RouteKind.NUMBER
    )
    prefix = models.CharField(
        _("prefix"),
        max_length=15,
        blank=True,
        default="",
        validators=[validate_prefix],
        help_text=_(
            "The first digits of the E.164 number, without the plus; of a service or emergency number as it is "
            "dialled. Empty: all numbers of the kind."
        ),
    )
    priority = models.PositiveSmallIntegerField(
        _("priority"), default=100, help_text=_("Of routes with the same prefix the lowest comes first.")
    )
    weight = models.PositiveSmallIntegerField(
        _("weight"),
        default=DEFAULT_WEIGHT,
        db_default=DEFAULT_WEIGHT,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_WEIGHT)],
        help_text=_("The share of calls among routes that are equal in all else: 1 to 1000."),
    )
    cost = models.DecimalField(
        _("cost"),
        max_digits=9,
        decimal_places=5,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("Of a minute, such as 0.0125. Of the same priority the cheapest comes first. Empty: after all."),
    )
    reseller = _owner(
        _("reseller"), Reseller, _("For calls of this reseller's subscribers alone. Empty: for everybody's.")
    )
    customer = _owner(_("customer"), Customer, _("For calls of this customer's subscribers alone."))
    domain = _owner(_("domain"), Domain, _("For calls of this domain's subscribers alone."))
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(choices=Weekday.choices),
        verbose_name=_("weekdays"),
        default=every_day,
        db_default=every_day(),
    )
    opens = models.TimeField(_("opens"), null=True, blank=True, help_text=_("Empty: open all day."))
    closes = models.TimeField(
        _("closes"), null=True, blank=True, help_text=_("Before it opens: on the next day, past midnight.")
    )
    timezone = models.CharField(
        _("time zone"),
        max_length=64,
        default="UTC",
        db_default="UTC",
        validators=[validate_timezone],
        help_text=_("Of days and times, such as Europe/Vienna."),
    )
    is_last = models.BooleanField(
        _("last"), default=False, db_default=False, help_text=_("No route behind it is tried when it fails.")
    )
    is_active = models.BooleanField(_("active"), default=True)

    objects = RouteQuerySet.as_manager()

    class Meta:
        verbose_name = _("route")
        verbose_name_plural = _("routes")
        ordering = ["prefix", "priority", "id"]
        triggers = notify_all("gateway")
        indexes = [
            # Lists in their order, and the routes that fit a number: those whose prefix is one of its beginnings.
            models.Index(fields=["prefix", "priority", "id"], name="route_by_prefix"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=[
                    *("gateway", "kind", "prefix", "reseller", "customer", "domain"),
                    *("weekdays", "opens", "closes", "timezone"),
                ],
                nulls_distinct=False,
                name="route_once",
                violation_error_message=_("This gateway has this route already, for the same callers and times."),
            ),
            models.CheckConstraint(name="route_prefix_digits", condition=Q(prefix__regex=PREFIX_PATTERN)),
            is_known("route", "kind", RouteKind),
            models.CheckConstraint(name="route_weight_range", condition=Q(weight__gte=1, weight__lte=MAX_WEIGHT)),
            models.CheckConstraint(name="route_cost_range", condition=Q(cost__isnull=True) | Q(cost__gte=0)),
            models.CheckConstraint(
                name="route_owner_has_reseller",
                condition=Q(reseller__isnull=False) | Q(customer__isnull=True, domain__isnull=True),
            ),
            models.CheckConstraint(
                name="route_weekdays_are_days",
                condition=Q(weekdays__contained_by=every_day(), weekdays__len__gte=1),
            ),
            models.CheckConstraint(
                name="route_window_whole",
                condition=Q(opens__isnull=True, closes__isnull=True)
                | Q(opens__isnull=False, closes__isnull=False) & ~Q(opens=F("closes")),
                violation_error_message=_("A window has an opening and a closing time that differ, or neither."),
            ),
            models.CheckConstraint(name="route_timezone_is_name", condition=Q(timezone__regex=TIMEZONE_PATTERN)),
        ]

    def __str__(self) -> str:
        return f"{self.prefix or '*'} → {self.gateway}"

    @property
    def identity(self) -> tuple[Any, ...]:
        """What no other route of the gateway has: the constraint route_once, without the gateway."""
        owners = (self.reseller_id, self.customer_id, self.domain_id)
        return self.kind, self.prefix, *owners, tuple(self.weekdays), self.opens, self.closes, self.timezone

    def clean(self) -> None:
        """Take the reseller from the customer or domain, and the days in their order.

        Raises ValidationError where customer, domain and reseller do not belong together, and for times that are no
        whole minutes: the edge reckons in those, so 23:59:59 would close a minute early.
        """
        if any(time is not None and (time.second or time.microsecond) for time in (self.opens, self.closes)):
            raise ValidationError(_("A window opens and closes at whole minutes; 00:00 is midnight."))
        _take_reseller(self, "customer", "domain")
        self.weekdays = sorted(set(self.weekdays or []))


class DestinationRule(Identified):
    """Whether numbers with a prefix may be called, as the provider, a reseller or a customer has it.

    Of one owner's rules of a kind the longest prefix counts; whom any of them refuses is refused.
    """

    kind = models.CharField(
        _("kind"), max_length=10, choices=RuleKind.choices, default=RuleKind.NUMBER, db_default=RuleKind.NUMBER
    )
    prefix = models.CharField(
        _("prefix"),
        max_length=15,
        blank=True,
        default="",
        validators=[validate_prefix],
        help_text=_(
            "The first digits of the E.164 number, without the plus, such as 43 or 43900; of a service number as it "
            "is dialled, such as 118. Empty: all numbers of the kind."
        ),
    )
    is_allowed = models.BooleanField(
        _("allowed"), default=False, help_text=_("On: an exception from a shorter prefix that the same owner bars.")
    )
    reason = models.CharField(
        _("reason"), max_length=100, blank=True, default="", help_text=_("For people, such as: premium numbers")
    )
    reseller = _owner(
        _("reseller"), Reseller, _("For calls of this reseller's subscribers alone. Empty: for everybody's.")
    )
    customer = _owner(_("customer"), Customer, _("For calls of this customer's subscribers alone."))

    objects = DestinationRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("destination rule")
        verbose_name_plural = _("destination rules")
        ordering = ["prefix", "id"]
        triggers = notify_all("gateway")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "prefix", "reseller", "customer"],
                nulls_distinct=False,
                name="destinationrule_once",
                violation_error_message=_("There is a rule for this prefix and owner already."),
            ),
            models.CheckConstraint(name="destinationrule_prefix_digits", condition=Q(prefix__regex=PREFIX_PATTERN)),
            is_known("destinationrule", "kind", RuleKind),
            models.CheckConstraint(
                name="destinationrule_owner_has_reseller",
                condition=Q(reseller__isnull=False) | Q(customer__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prefix or '*'}: {_('allowed') if self.is_allowed else _('barred')}"

    def clean(self) -> None:
        """Take the reseller from the customer. Raises ValidationError where they do not belong together."""
        _take_reseller(self, "customer")


def _take_reseller(row: Any, *fields: str) -> None:
    """Fill in the reseller that a customer or domain belongs to. Raises ValidationError where it is another one's."""
    for field in fields:
        owner = getattr(row, field)
        if owner is None:
            continue
        if row.reseller_id is None:
            row.reseller_id = owner.reseller_id
        elif row.reseller_id != owner.reseller_id:
            raise ValidationError({field: _("This belongs to another reseller.")})
