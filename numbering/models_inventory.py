"""The inventory: blocks of numbers, the numbers taken from them or brought along, and who had each from when to when.

models.py names these models too; what the database keeps up to date about them by itself is in triggers.py.
"""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, DateTimeRangeField, RangeOperators
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Cast, Length, Now, Substr
from django.utils.translation import gettext_lazy as _

from accounts.models import Identified, Reseller
from numbering import triggers
from numbering.choices import Holding, NumberState, Usage, state_of, usage
from numbering.e164 import is_e164
from numbering.querysets import NumberAssignmentQuerySet, NumberBlockQuerySet, PhoneNumberQuerySet
from subscribers.models import Subscriber

E164_PATTERN = r"^\+[1-9][0-9]{1,14}$"
E164_LENGTH = 16  # ITU-T E.164: at most 15 digits, and the plus
MAX_EXTENSION_DIGITS = 12  # behind the shortest number, E.164 leaves no more

_e164 = RegexValidator(E164_PATTERN.replace("$", r"\Z"), _("Write it as +4311001: E.164 with the plus."))


class TsTzRange(Func):
    """The time range [from, until) of two columns, for exclusion constraints."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


def _extension_digits(help_text: Any) -> models.PositiveSmallIntegerField[int, int]:
    return models.PositiveSmallIntegerField(
        _("extension digits"),
        default=0,
        db_default=0,
        validators=[MaxValueValidator(MAX_EXTENSION_DIGITS)],
        help_text=help_text,
    )


def _value(field: str) -> Cast:
    """The number in a column as an integer."""
    return Cast(Substr(field, 2), models.BigIntegerField())


def _lowest() -> Func:
    """The first number of a block as an integer."""
    return Func(F("numbers"), function="LOWER", output_field=models.BigIntegerField())


class NumberBlock(Identified):
    """Numbers from `first` to `last`, in E.164 with the plus and of one length: the provider's own, or a reseller's.

    No two blocks share a number. What a number in it is, its PhoneNumber says, once it was taken.
    """

    reseller = models.ForeignKey(
        Reseller,
        verbose_name=_("reseller"),
        on_delete=models.PROTECT,
        related_name="number_blocks",
        db_index=False,
        null=True,
        blank=True,
        help_text=_("Empty: not given to anybody yet."),
    )
    first = models.CharField(_("first number"), max_length=E164_LENGTH, validators=[_e164])
    last = models.CharField(_("last number"), max_length=E164_LENGTH, validators=[_e164])
    extension_digits = _extension_digits(
        _("How many digits may follow each of its numbers (the extensions of a PBX); 0 for none.")
    )
    split_from = models.ForeignKey(
        "self",
        verbose_name=_("split from"),
        on_delete=models.PROTECT,
        related_name="parts",
        null=True,
        blank=True,
        editable=False,
    )
    note = models.CharField(_("note"), max_length=200, blank=True, default="", db_default="")
    created_at = models.DateTimeField(auto_now_add=True)
    digits = models.GeneratedField(
        expression=Length("first") - 1, output_field=models.SmallIntegerField(), db_persist=True
    )
    numbers = models.GeneratedField(
        expression=Func(
            _value("first"),
            _value("last"),
            Value("[]"),
            function="INT8RANGE",
            output_field=BigIntegerRangeField(),
        ),
        output_field=BigIntegerRangeField(),
        db_persist=True,
    )

    objects = NumberBlockQuerySet.as_manager()

    class Meta:
        verbose_name = _("number block")
        verbose_name_plural = _("number blocks")
        ordering = ["first"]
        triggers = triggers.NUMBER_BLOCK
        constraints = [
            models.UniqueConstraint(fields=["reseller", "id"], name="numberblock_of_reseller"),
            models.CheckConstraint(
                name="numberblock_is_e164", condition=Q(first__regex=E164_PATTERN) & Q(last__regex=E164_PATTERN)
            ),
            models.CheckConstraint(
                name="numberblock_one_length",
                condition=Q(digits=Length("last") - 1),
                violation_error_message=_("The first and the last number must have the same number of digits."),
            ),
            models.CheckConstraint(
                name="numberblock_extension_digits", condition=Q(extension_digits__lte=MAX_EXTENSION_DIGITS)
            ),
            ExclusionConstraint(
                name="numberblock_no_number_twice",
                expressions=[("digits", RangeOperators.EQUAL), ("numbers", RangeOperators.OVERLAPS)],
                violation_error_message=_("Another block holds some of these numbers."),
            ),
        ]
        indexes = [
            models.Index(fields=["first"], name="numberblock_by_first"),
            models.Index(fields=["reseller", "first"], name="numberblock_by_reseller"),
            # Where the block around a number begins (sipedge/store/numbers.py): the nearest one below, of that length.
            models.Index("digits", _lowest(), name="numberblock_by_value"),
            models.Index("digits", _lowest(), name="numberblock_with_extensions", condition=Q(extension_digits__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.first} to {self.last}"

    def clean(self) -> None:
        """Refuse numbers in the wrong order, of another block, or of other resellers.

        Raises ValidationError.
        """
        if not (is_e164(self.first) and is_e164(self.last)):
            return  # said beside the field
        if len(self.first) != len(self.last):
            raise ValidationError({"last": _("It must have as many digits as the first number.")})
        if self.last < self.first:
            raise ValidationError({"last": _("The last number comes before the first one.")})
        others = NumberBlock.objects.overlapping(self.first, self.last).exclude(pk=self.pk)
        if other := others.first():
            raise ValidationError({"first": _("The block %(block)s holds some of these numbers.") % {"block": other}})
        foreign = PhoneNumber.objects.between(self.first, self.last).exclude(reseller=self.reseller_id).first()
        if foreign is not None:
            found = {"number": foreign, "whose": foreign.reseller}
            raise ValidationError({"reseller": _("%(number)s, which lies in it, belongs to %(whose)s.") % found})

    @property
    def size(self) -> int:
        """How many numbers it spans."""
        return int(self.last) - int(self.first) + 1

    @property
    def usage(self) -> Usage:
        """How full it is; of a block that was read `with_counts`."""
        counts = self.counts_by_holding  # type: ignore[attr-defined]  # an annotation
        return usage(self.size, dict(zip(Holding, counts or (), strict=False)))


def _lists(name: str, condition: Q, fields: list[str], included: list[str]) -> list[models.Index]:
    """The indexes that give a page of the numbers of a kind, of everybody's and of a reseller's."""
    return [
        models.Index(fields=fields, name=f"phonenumber_{name}", condition=condition, include=included),
        models.Index(
            fields=["reseller", *fields],
            name=f"phonenumber_{name}_by_reseller",
            condition=condition,
            include=included,
        ),
    ]


class PhoneNumber(Identified):
    """An own number of a reseller, in E.164 with the plus."""

    reseller = models.ForeignKey(
        Reseller, verbose_name=_("reseller"), on_delete=models.PROTECT, related_name="numbers", db_index=False
    )
    # Kept by a trigger: the block that the number lies in, whatever was written here.
    block = models.ForeignKey(
        NumberBlock,
        verbose_name=_("block"),
        on_delete=models.PROTECT,
        related_name="phone_numbers",
        db_index=False,
        db_constraint=False,
        null=True,
        blank=True,
        editable=False,
    )
    e164 = models.CharField(_("number"), max_length=E164_LENGTH, unique=True, validators=[_e164])
    extension_digits = _extension_digits(
        _("How many digits may follow it (the extensions of a PBX), all leading to the same subscriber; 0 for none.")
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    # Kept by triggers: a page of free numbers among a million is found by an index (PhoneNumberQuerySet.unassigned).
    holding = models.CharField(
        max_length=11, choices=Holding.choices, default=Holding.FREE, db_default=Holding.FREE, editable=False
    )
    quarantined_until = models.DateTimeField(_("in quarantine until"), null=True, blank=True, editable=False)
    ported_in_at = models.DateTimeField(_("ported in"), null=True, blank=True, editable=False)
    ported_from = models.CharField(
        _("from provider"), max_length=100, blank=True, default="", db_default="", editable=False
    )
    ported_out_at = models.DateTimeField(_("ported out"), null=True, blank=True, editable=False)
    ported_to = models.CharField(
        _("to provider"), max_length=100, blank=True, default="", db_default="", editable=False
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
            models.CheckConstraint(
                name="phonenumber_extension_digits", condition=Q(extension_digits__lte=MAX_EXTENSION_DIGITS)
            ),
            models.CheckConstraint(
                name="phonenumber_quarantine_ends",
                condition=Q(holding=Holding.QUARANTINED, quarantined_until__isnull=False)
                | (~Q(holding=Holding.QUARANTINED) & Q(quarantined_until__isnull=True)),
            ),
            models.CheckConstraint(
                name="phonenumber_ported_out_since",
                condition=Q(holding=Holding.PORTED_OUT, ported_out_at__isnull=False)
                | (~Q(holding=Holding.PORTED_OUT) & Q(ported_out_at__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(fields=["reseller", "e164"], name="phonenumber_by_reseller"),
            models.Index(fields=["block", "holding"], name="phonenumber_by_block", condition=Q(block__isnull=False)),
            models.Index(
                fields=["e164"],
                name="phonenumber_with_extensions",
                condition=Q(extension_digits__gt=0),
                include=["id", "reseller", "extension_digits"],
            ),
            models.Index(
                fields=["quarantined_until"],
                name="phonenumber_quarantine_end",
                condition=Q(holding=Holding.QUARANTINED),
            ),
            *_lists("free", ~Q(holding=Holding.HELD), ["e164"], ["holding", "id"]),
            *_lists("held", Q(holding__in=Holding.perhaps_held()), ["e164"], ["holding", "id"]),
            *_lists("away", Q(holding__in=Holding.away()), ["holding", "e164"], ["id"]),
        ]

    def __str__(self) -> str:
        return self.e164

    def state_with(self, *, is_held: bool) -> NumberState:
        """What the number is, where it is known whether somebody has it now."""
        return state_of(self.holding, is_held=is_held)

    def clean(self) -> None:
        """Refuse a number out of somebody else's block, or behind somebody else's number.

        Raises ValidationError for the field `e164`.
        """
        if not is_e164(self.e164) or self.reseller_id is None:
            return  # said beside the field
        block = NumberBlock.objects.around(self.e164)
        if block is not None and block.reseller_id != self.reseller_id:
            found = {"block": block, "whose": block.reseller or _("nobody yet")}
            raise ValidationError({"e164": _("It lies in the block %(block)s, given to %(whose)s.") % found})
        clashing = PhoneNumber.objects.clashing(self.e164, self.extension_digits or 0).exclude(
            reseller=self.reseller_id
        )
        if other := clashing.first():
            text = _("%(number)s of another reseller has extensions that would be the same numbers.")
            raise ValidationError({"e164": text % {"number": other}})


class NumberAssignment(Identified):
    """Who has a number in [valid_from, valid_until); rows of the past stay as its history."""

    number = models.ForeignKey(
        PhoneNumber, verbose_name=_("number"), on_delete=models.CASCADE, related_name="assignments", db_constraint=False
    )
    subscriber = models.ForeignKey(
        Subscriber,
        verbose_name=_("subscriber"),
        on_delete=models.CASCADE,
        related_name="assignments",
        db_constraint=False,
    )
    reseller = models.ForeignKey(
        Reseller, verbose_name=_("reseller"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
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
            # Those of the past, and the few that end some day.
            models.Index(
                fields=["-valid_from", "-id"], name="numberassignment_ending", condition=Q(valid_until__isnull=False)
            ),
            models.Index(
                fields=["reseller", "-valid_from", "-id"],
                name="numberassignment_ending_of",
                condition=Q(valid_until__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} → {self.subscriber}"

    def clean(self) -> None:
        """Refuse a number and a subscriber of different resellers.

        Raises ValidationError for the field `subscriber`.
        """
        if self.number_id and self.subscriber_id and self.number.reseller_id != self.subscriber.reseller_id:
            raise ValidationError({"subscriber": _("The number belongs to another reseller.")})
