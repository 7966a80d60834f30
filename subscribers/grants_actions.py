"""What a provider or reseller decides about the calls of a subscriber: calls abroad, limits, numbers of others, notes.

What the customer decides is in settings_actions.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from django.core.exceptions import ValidationError
from django.db import transaction

from subscribers.choices import CalledNumberIn
from subscribers.models import CallerRule, CallSettings, ShownNumber, Subscriber
from subscribers.settings_actions import forget_defaults, locked


@dataclass(frozen=True, slots=True)
class Grants:
    """Everything that is not the customer's to decide; see the models. shown_numbers: E.164 → why it may be shown."""

    international: bool = False
    premium: bool = False
    satellite: bool = False
    max_calls: int | None = None
    called_number_in: str = CalledNumberIn.CONTACT.value
    location: str = ""
    shown_numbers: tuple[tuple[str, str], ...] = ()

    @property
    def columns(self) -> dict[str, object]:
        """Those that are columns of the settings."""
        values = asdict(self)
        del values["shown_numbers"]
        return values


COLUMNS = tuple(Grants().columns)


def grants_of(subscriber: Subscriber) -> Grants:
    """What holds now."""
    settings = CallSettings.objects.filter(subscriber=subscriber).first() or CallSettings(subscriber=subscriber)
    return grants_in(settings, subscriber)


def grants_in(settings: CallSettings, subscriber: Subscriber) -> Grants:
    """What these settings say, with the numbers that the subscriber may show."""
    shown = sorted((row.e164, row.note) for row in subscriber.shown_numbers.all())
    return Grants(**{name: getattr(settings, name) for name in COLUMNS}, shown_numbers=tuple(shown))


@transaction.atomic
def change_grants(subscriber: Subscriber, grants: Grants) -> list[str]:
    """Make `grants` hold; return the names of what changed.

    Who changes the same subscriber's at the same time waits. Raises ValidationError for the field that is wrong; then
    nothing has changed.
    """
    subscriber = locked(subscriber)
    before = grants_of(subscriber)
    changed = {name for name in COLUMNS if getattr(before, name) != getattr(grants, name)}
    if changed:
        _write_columns(subscriber, grants.columns)
    if dict(before.shown_numbers) != dict(grants.shown_numbers):
        changed.add("shown_numbers")
        _write_shown_numbers(subscriber, dict(before.shown_numbers), dict(grants.shown_numbers))
    if changed:
        forget_defaults(subscriber)
    return sorted(changed)


@transaction.atomic
def note_callers(subscriber: Subscriber, notes: Mapping[str, str]) -> None:
    """Write notes beside callers on the subscriber's lists; by pattern. Raises ValidationError for `note`."""
    rules = [rule for rule in subscriber.caller_rules.filter(pattern__in=notes) if rule.note != notes[rule.pattern]]
    for rule in rules:
        rule.note = notes[rule.pattern]
        rule.clean_fields(exclude=["subscriber"])
    CallerRule.objects.bulk_update(rules, ["note"])


def _write_columns(subscriber: Subscriber, values: dict[str, object]) -> None:
    settings = CallSettings.objects.filter(subscriber=subscriber).first() or CallSettings(subscriber=subscriber)
    for name, value in values.items():
        setattr(settings, name, value)
    settings.full_clean()
    settings.save()


def _write_shown_numbers(subscriber: Subscriber, before: dict[str, str], wanted: dict[str, str]) -> None:
    subscriber.shown_numbers.exclude(e164__in=wanted).delete()
    new = [ShownNumber(subscriber=subscriber, e164=e164, note=wanted[e164]) for e164 in wanted.keys() - before.keys()]
    noted = [row for row in subscriber.shown_numbers.all() if row.note != wanted[row.e164]]
    for row in noted:
        row.note = wanted[row.e164]
    for row in (*new, *noted):
        try:
            row.clean_fields(exclude=["subscriber"])
        except ValidationError as refused:
            raise ValidationError({"shown_numbers": refused.messages}) from refused
    ShownNumber.objects.bulk_update(noted, ["note"])
    ShownNumber.objects.bulk_create(new)
