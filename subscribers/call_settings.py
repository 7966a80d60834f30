"""What a subscriber may do and wants done with its calls. Read by the edge as one value (edge_subscriber.settings).

Most subscribers have none of these rows, and cost nothing: then the defaults here hold. Whoever has a forwarding, a
caller rule or a shown number has a row of CallSettings too; a trigger makes it.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from subscribers import triggers
from subscribers.choices import CalledNumberIn, CallerAction, ForwardingCondition
from subscribers.querysets import OfSubscriberQuerySet
from subscribers.validators import (
    CALLER_PATTERN,
    E164_PATTERN,
    LOCATION_PATTERN,
    MAX_NUMBER_LENGTH,
    MAX_TARGET_LENGTH,
    validate_caller,
    validate_e164,
    validate_location,
    validate_target,
)

MAX_TARGETS = 10  # of one condition: each may ring for MAX_SECONDS, and nobody waits longer than that
MIN_SECONDS, MAX_SECONDS = 5, 120  # below that no phone rings; Timer C ends a call that rings for 180 (RFC 3261 §16.6)
DEFAULT_SECONDS = 20


class CallSettings(models.Model):
    """What a subscriber may call, and what is done with calls to and from it, beside forwarding and lists."""

    subscriber = models.OneToOneField(
        "subscribers.Subscriber",
        verbose_name=_("subscriber"),
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="call_settings",
    )
    international = models.BooleanField(
        _("international calls"), default=False, db_default=False, help_text=_("Off until enabled here.")
    )
    premium = models.BooleanField(
        _("premium-rate numbers"), default=False, db_default=False, help_text=_("Off until enabled here.")
    )
    satellite = models.BooleanField(
        _("satellite phones"), default=False, db_default=False, help_text=_("Off until enabled here.")
    )
    max_calls = models.PositiveSmallIntegerField(
        _("calls at the same time"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Calls in and out, that ring or stand. Empty: no limit."),
    )
    called_number_in = models.CharField(
        _("the phone gets the called number in"),
        max_length=11,
        choices=CalledNumberIn.choices,
        default=CalledNumberIn.CONTACT,
        db_default=CalledNumberIn.CONTACT,
        help_text=_("A PBX with several numbers wants to see which one was called."),
    )
    location = models.CharField(
        _("location for emergency calls"),
        max_length=255,
        blank=True,
        default="",
        db_default="",
        validators=[validate_location],
        help_text=_("A URI at which emergency services find out where the phone is (RFC 6442). Empty: none."),
    )
    do_not_disturb = models.BooleanField(
        _("do not disturb"), default=False, db_default=False, help_text=_("On: callers are told that you are busy.")
    )
    rejects_anonymous = models.BooleanField(
        _("reject anonymous calls"),
        default=False,
        db_default=False,
        help_text=_("On: callers who hide their number are refused."),
    )
    hides_number = models.BooleanField(
        _("hide my number"),
        default=False,
        db_default=False,
        help_text=_("On: people who are called do not see the number. Emergency services do."),
    )
    only_allowed_callers = models.BooleanField(
        _("take only calls of the allowed callers"),
        default=False,
        db_default=False,
        help_text=_("On: everybody who is not on the list of allowed callers is refused."),
    )

    objects = OfSubscriberQuerySet.as_manager()

    class Meta:
        verbose_name = _("call settings")
        verbose_name_plural = _("call settings")
        ordering = ["subscriber_id"]
        triggers = triggers.CALL_SETTINGS
        constraints = [
            models.CheckConstraint(
                name="callsettings_called_number_in_known", condition=Q(called_number_in__in=CalledNumberIn.values)
            ),
            models.CheckConstraint(
                name="callsettings_max_calls", condition=Q(max_calls__isnull=True) | Q(max_calls__gte=1)
            ),
            models.CheckConstraint(
                name="callsettings_location_is_uri", condition=Q(location="") | Q(location__regex=LOCATION_PATTERN)
            ),
        ]

    def __str__(self) -> str:
        return str(self.subscriber)


class Forwarding(models.Model):
    """Where calls go under one condition: a list of targets, tried in their order (for `parallel` rung together)."""

    subscriber = models.ForeignKey(
        "subscribers.Subscriber",
        verbose_name=_("subscriber"),
        on_delete=models.CASCADE,
        related_name="forwardings",
        db_index=False,
    )
    condition = models.CharField(_("when"), max_length=14, choices=ForwardingCondition.choices)
    targets = ArrayField(
        models.CharField(max_length=MAX_TARGET_LENGTH, validators=[validate_target]),
        size=MAX_TARGETS,
        verbose_name=_("to"),
        help_text=_("Numbers such as +4311001, or SIP addresses such as sip:anna@example.org, in the order tried."),
    )
    seconds = models.PositiveSmallIntegerField(
        _("seconds"),
        default=DEFAULT_SECONDS,
        db_default=DEFAULT_SECONDS,
        validators=[MinValueValidator(MIN_SECONDS), MaxValueValidator(MAX_SECONDS)],
        help_text=_("How long the phone, and then each target before the next one, may ring."),
    )
    is_active = models.BooleanField(_("active"), default=True, db_default=True)

    objects = OfSubscriberQuerySet.as_manager()

    class Meta:
        verbose_name = _("forwarding")
        verbose_name_plural = _("forwardings")
        ordering = ["subscriber_id", "condition"]
        triggers = triggers.FORWARDING
        constraints = [
            models.UniqueConstraint(
                fields=["subscriber", "condition"],
                name="forwarding_condition_once",
                violation_error_message=_("There is a forwarding for this case already: add the target to its list."),
            ),
            models.CheckConstraint(
                name="forwarding_condition_known", condition=Q(condition__in=ForwardingCondition.values)
            ),
            models.CheckConstraint(
                name="forwarding_target_count", condition=Q(targets__len__gte=1, targets__len__lte=MAX_TARGETS)
            ),
            models.CheckConstraint(
                name="forwarding_seconds_range", condition=Q(seconds__gte=MIN_SECONDS, seconds__lte=MAX_SECONDS)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_condition_display()} → {', '.join(self.targets or [])}"

    def clean(self) -> None:
        """Refuse a target that stands there twice, and the subscriber itself, which would be a loop.

        Raises ValidationError for the field `targets`.
        """
        targets = self.targets or []
        if len(set(targets)) != len(targets):
            raise ValidationError({"targets": _("The same target stands there twice.")})
        if self.subscriber_id and f"sip:{self.subscriber.aor}" in {_plain(target) for target in targets}:
            raise ValidationError({"targets": _("The subscriber itself: the call would go in a circle.")})


def _plain(target: str) -> str:
    return target.replace("sips:", "sip:", 1)


class CallerRule(models.Model):
    """A caller whose calls are refused, or let through."""

    subscriber = models.ForeignKey(
        "subscribers.Subscriber",
        verbose_name=_("subscriber"),
        on_delete=models.CASCADE,
        related_name="caller_rules",
        db_index=False,
    )
    action = models.CharField(_("calls are"), max_length=5, choices=CallerAction.choices, default=CallerAction.BLOCK)
    pattern = models.CharField(
        _("caller"),
        max_length=MAX_TARGET_LENGTH,
        validators=[validate_caller],
        help_text=_("A number (+4311001), the beginning of numbers (+43900*), or a SIP address (anna@example.org)."),
    )
    note = models.CharField(_("note"), max_length=100, blank=True, default="", db_default="")

    objects = OfSubscriberQuerySet.as_manager()

    class Meta:
        verbose_name = _("caller rule")
        verbose_name_plural = _("caller rules")
        ordering = ["subscriber_id", "action", "pattern"]
        triggers = triggers.CALLER_RULE
        constraints = [
            models.UniqueConstraint(
                fields=["subscriber", "pattern"],
                name="callerrule_pattern_once",
                violation_error_message=_("This caller is on a list already."),
            ),
            models.CheckConstraint(name="callerrule_action_known", condition=Q(action__in=CallerAction.values)),
            models.CheckConstraint(name="callerrule_pattern_form", condition=Q(pattern__regex=CALLER_PATTERN)),
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()}: {self.pattern}"


class ShownNumber(models.Model):
    """A number of somebody else that a subscriber may show: granted by its provider or reseller, never by itself."""

    subscriber = models.ForeignKey(
        "subscribers.Subscriber",
        verbose_name=_("subscriber"),
        on_delete=models.CASCADE,
        related_name="shown_numbers",
        db_index=False,
    )
    e164 = models.CharField(_("number"), max_length=MAX_NUMBER_LENGTH, validators=[validate_e164])
    note = models.CharField(
        _("note"),
        max_length=100,
        blank=True,
        default="",
        db_default="",
        help_text=_("Why it may be shown: who proved that the number is theirs, and when."),
    )

    objects = OfSubscriberQuerySet.as_manager()

    class Meta:
        verbose_name = _("number of others that may be shown")
        verbose_name_plural = _("numbers of others that may be shown")
        ordering = ["subscriber_id", "e164"]
        triggers = triggers.SHOWN_NUMBER
        constraints = [
            models.UniqueConstraint(fields=["subscriber", "e164"], name="shownnumber_once"),
            models.CheckConstraint(name="shownnumber_is_e164", condition=Q(e164__regex=E164_PATTERN)),
        ]

    def __str__(self) -> str:
        return self.e164
