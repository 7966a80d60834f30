"""The call settings of many subscribers, read and changed in as many statements whatever their number.

By the rules of settings_actions.py and grants_actions.py, which do it for one. Whoever calls holds the subscribers'
locks, within a transaction. Of whom something is refused nothing is written by that function.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q, prefetch_related_objects

from subscribers.choices import CallerAction
from subscribers.grants_actions import COLUMNS, Grants, grants_in
from subscribers.models import CallerRule, CallSettings, Forwarding, ShownNumber, Subscriber
from subscribers.settings_actions import SWITCHES, Wishes, check_lists, check_rule, wishes_in

RELATED = ("call_settings", "forwardings", "caller_rules", "shown_numbers")
_OWN: Any = (Forwarding, CallerRule, ShownNumber)

Refusals = dict[Subscriber, ValidationError]


@dataclass(frozen=True, slots=True)
class Held:
    """What holds for a subscriber."""

    wishes: Wishes
    grants: Grants


@dataclass(frozen=True, slots=True)
class Wanted(Held):
    """What shall hold. notes: beside callers, by pattern; of others they stay."""

    notes: Mapping[str, str] = field(default_factory=dict)


def read_settings(subscribers: Sequence[Subscriber]) -> dict[Subscriber, Held]:
    """What holds for each."""
    prefetch_related_objects(subscribers, *RELATED)
    return {one: Held(wishes_in(_settings(one), one), grants_in(_settings(one), one)) for one in subscribers}


def write_grants(held: Mapping[Subscriber, Held], wanted: Mapping[Subscriber, Wanted]) -> Refusals:
    """Make the grants hold that are wanted; return what is refused. held: what `read_settings` gave, of all of them."""
    changed = [one for one, wish in wanted.items() if held[one].grants.columns != wish.grants.columns]
    shown = [one for one, wish in wanted.items() if _shown(held[one]) != _shown(wish)]
    settings = [CallSettings(subscriber=one, **wanted[one].grants.columns) for one in changed]
    numbers = [
        ShownNumber(subscriber=one, e164=e164, note=note)
        for one in shown
        for e164, note in wanted[one].grants.shown_numbers
    ]
    refusals = _refused(settings, _clean) | _refused(numbers, lambda row: _named("shown_numbers", row))
    _upsert(settings, COLUMNS, refusals)
    _replace(ShownNumber, "e164", shown, numbers, ("note",), refusals)
    return refusals


def write_wishes(held: Mapping[Subscriber, Held], wanted: Mapping[Subscriber, Wanted]) -> Refusals:
    """Make the wishes hold that are wanted, with the notes; return what is refused. Then nothing is left of settings
    that say what holds without them."""
    switched = [one for one, wish in wanted.items() if _switches(held[one].wishes) != _switches(wish.wishes)]
    settings = [CallSettings(subscriber=one, **_switches(wanted[one].wishes)) for one in switched]
    forwarded = [one for one, wish in wanted.items() if held[one].wishes.forwardings != wish.wishes.forwardings]
    forwardings = [row for one in forwarded for row in _forwardings(one, wanted[one].wishes)]
    rules = {one: _rules(one, wish) for one, wish in wanted.items()}
    ruled = [one for one, rows in rules.items() if _as_told(one.caller_rules.all()) != _as_told(rows)]
    new = [rule for one in ruled for rule in rules[one]]
    refusals = (
        _refused(forwardings, lambda row: _named(row.condition, row))
        | _refused(new, check_rule)
        | _refused(ruled, lambda one: check_lists(wanted[one].wishes, len(rules[one])), lambda one: one)
    )
    _upsert(settings, SWITCHES, refusals)
    _replace(Forwarding, "condition", forwarded, forwardings, ("targets", "seconds", "is_active"), refusals)
    _replace(CallerRule, "pattern", ruled, new, ("action", "note"), refusals)
    forget_defaults_of(wanted)
    return refusals


def forget_defaults_of(subscribers: Iterable[Subscriber]) -> None:
    """Take away rows of settings that say what holds without them."""
    CallSettings.objects.filter(~says_something(), subscriber__in=list(subscribers)).delete()


def says_something() -> Q:
    """Whether a row of settings, or what belongs to it, is not as the defaults are."""
    columns = [one for one in CallSettings._meta.concrete_fields if not one.primary_key]
    rows = [Exists(model._default_manager.filter(subscriber=OuterRef("pk"))) for model in _OWN]
    return ~Q(**{one.name: one.get_default() for one in columns}) | Q(rows[0]) | Q(rows[1]) | Q(rows[2])


def _settings(subscriber: Subscriber) -> CallSettings:
    stored: CallSettings | None = getattr(subscriber, "call_settings", None)
    return stored or CallSettings(subscriber=subscriber)


def _switches(wishes: Wishes) -> dict[str, bool]:
    return {name: getattr(wishes, name) for name in SWITCHES}


def _shown(held: Held) -> dict[str, str]:
    return dict(held.grants.shown_numbers)


def _forwardings(subscriber: Subscriber, wishes: Wishes) -> list[Forwarding]:
    return [
        Forwarding(
            subscriber=subscriber,
            condition=condition,
            targets=list(wish.targets),
            seconds=wish.seconds,
            is_active=wish.is_active,
        )
        for condition, wish in wishes.forwardings
    ]


def _rules(subscriber: Subscriber, wanted: Wanted) -> list[CallerRule]:
    """The caller rules that shall stand, each with its note: what is said, else what stands beside that pattern."""
    wishes = wanted.wishes
    actions = dict.fromkeys(wishes.blocked, CallerAction.BLOCK) | dict.fromkeys(wishes.allowed, CallerAction.ALLOW)
    notes = {rule.pattern: rule.note for rule in subscriber.caller_rules.all()} | dict(wanted.notes)
    return [
        CallerRule(subscriber=subscriber, pattern=pattern, action=action, note=notes.get(pattern, ""))
        for pattern, action in actions.items()
    ]


def _as_told(rules: Iterable[CallerRule]) -> set[tuple[str, str, str]]:
    return {(rule.pattern, str(rule.action), rule.note) for rule in rules}


def _clean(row: Any) -> None:
    row.clean_fields(exclude=["subscriber"])
    row.clean()


def _named(name: str, row: Any) -> None:
    """Clean it; what is refused is refused of one member."""
    try:
        _clean(row)
    except ValidationError as error:
        raise ValidationError({name: error.messages}) from error


def _refused(
    rows: Iterable[Any], check: Callable[[Any], None], whose: Callable[[Any], Subscriber] = lambda row: row.subscriber
) -> Refusals:
    """What a check refuses, by subscriber; of each the first."""
    found: Refusals = {}
    for row in rows:
        try:
            check(row)
        except ValidationError as error:
            found.setdefault(whose(row), error)
    return found


def _upsert(rows: Iterable[CallSettings], columns: Collection[str], refusals: Refusals) -> None:
    CallSettings.objects.bulk_create(
        [row for row in rows if row.subscriber not in refusals],
        update_conflicts=True,
        unique_fields=["subscriber"],
        update_fields=list(columns),
    )


def _replace(
    model: Any,
    key: str,
    subscribers: Iterable[Subscriber],
    rows: Iterable[Any],
    columns: Collection[str],
    refusals: Refusals,
) -> None:
    """Make these the only rows of their subscribers; those that stand under the same key are changed."""
    whose = [one for one in subscribers if one not in refusals]
    new = [row for row in rows if row.subscriber not in refusals]
    wanted = {(row.subscriber_id, getattr(row, key)) for row in new}
    standing = model._default_manager.filter(subscriber__in=whose).order_by()
    gone = [pk for pk, *name in standing.values_list("pk", "subscriber_id", key) if tuple(name) not in wanted]
    model._default_manager.filter(pk__in=gone).delete()
    model._default_manager.bulk_create(
        new, update_conflicts=True, unique_fields=["subscriber", key], update_fields=list(columns)
    )
