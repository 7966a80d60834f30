"""What a customer decides about the calls of a subscriber, read and changed as a whole.

What it may not decide (calls abroad, limits, numbers of others) is in grants_actions.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from subscribers.call_settings import DEFAULT_SECONDS
from subscribers.choices import CallerAction
from subscribers.models import CallerRule, CallSettings, Forwarding, Subscriber
from subscribers.triggers import MAX_CALLER_RULES


@dataclass(frozen=True, slots=True)
class WantedForwarding:
    """Where calls are to go under one condition; see the model."""

    targets: tuple[str, ...]
    seconds: int = DEFAULT_SECONDS
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Wishes:
    """Everything that is the customer's to decide. forwardings: by condition; blocked, allowed: caller patterns."""

    do_not_disturb: bool = False
    hides_number: bool = False
    rejects_anonymous: bool = False
    only_allowed_callers: bool = False
    blocked: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    forwardings: tuple[tuple[str, WantedForwarding], ...] = ()

    @property
    def mark(self) -> str:
        """A text by which wishes that were shown are known again; of what `wishes_of` gives."""
        return sha256(repr(self).encode()).hexdigest()[:16]


SWITCHES = ("do_not_disturb", "hides_number", "rejects_anonymous", "only_allowed_callers")


def wishes_of(subscriber: Subscriber) -> Wishes:
    """What holds now."""
    settings = CallSettings.objects.filter(subscriber=subscriber).first() or CallSettings(subscriber=subscriber)
    return wishes_in(settings, subscriber)


def wishes_in(settings: CallSettings, subscriber: Subscriber) -> Wishes:
    """What these settings say, with the subscriber's forwardings and caller rules."""
    rules = sorted(subscriber.caller_rules.all(), key=lambda rule: rule.pattern)
    return Wishes(
        **{name: getattr(settings, name) for name in SWITCHES},
        blocked=tuple(rule.pattern for rule in rules if rule.action == CallerAction.BLOCK),
        allowed=tuple(rule.pattern for rule in rules if rule.action == CallerAction.ALLOW),
        forwardings=tuple(
            (row.condition, WantedForwarding(tuple(row.targets), row.seconds, row.is_active))
            for row in sorted(subscriber.forwardings.all(), key=lambda row: row.condition)
        ),
    )


@transaction.atomic
def change_wishes(subscriber: Subscriber, wishes: Wishes, seen: str = "") -> list[str]:
    """Make `wishes` hold; return the names of what changed: switches, lists, conditions of forwardings.

    seen: the mark of the wishes that somebody looked at when he wished for others, '' where nobody did: these must hold
    still, or hold already what is wished. Who changes the same subscriber's at the same time waits. Raises
    ValidationError for the field or condition that is wrong; then nothing has changed.
    """
    subscriber = locked(subscriber)
    before = wishes_of(subscriber)
    changed = differing(before, wishes)
    if changed and seen not in ("", before.mark):
        message = _("Somebody else has changed these settings meanwhile. Load the page again to see them.")
        raise ValidationError({NON_FIELD_ERRORS: message})
    if changed & set(SWITCHES):
        _write_switches(subscriber, wishes)
    if changed - {*SWITCHES, "blocked", "allowed"}:
        _write_forwardings(subscriber, dict(wishes.forwardings))
    if changed & {"blocked", "allowed"}:
        _write_rules(subscriber, wishes)
    forget_defaults(subscriber)
    return sorted(changed)


def locked(subscriber: Subscriber) -> Subscriber:
    """The subscriber, whose settings nobody else changes until the end of the transaction, and as they are now."""
    rows = Subscriber.objects.select_for_update(of=("self",), no_key=True).select_related("domain")
    return rows.get(pk=subscriber.pk)


def differing(before: Wishes, after: Wishes) -> set[str]:
    """The names of what is not the same; in which order a list is written does not count."""
    names = {name for name in SWITCHES if getattr(before, name) != getattr(after, name)}
    names |= {name for name in ("blocked", "allowed") if set(getattr(before, name)) != set(getattr(after, name))}
    rows, wanted = dict(before.forwardings), dict(after.forwardings)
    return names | {condition for condition in rows | wanted if rows.get(condition) != wanted.get(condition)}


def _write_switches(subscriber: Subscriber, wishes: Wishes) -> None:
    CallSettings.objects.update_or_create(
        subscriber=subscriber, defaults={name: getattr(wishes, name) for name in SWITCHES}
    )


def _write_forwardings(subscriber: Subscriber, wanted: dict[str, WantedForwarding]) -> None:
    rows = {row.condition: row for row in subscriber.forwardings.all()}
    subscriber.forwardings.exclude(condition__in=wanted).delete()
    for condition, wish in wanted.items():
        row = rows.get(condition) or Forwarding(subscriber=subscriber, condition=condition)
        row.targets, row.seconds, row.is_active = list(wish.targets), wish.seconds, wish.is_active
        try:
            row.full_clean()
        except ValidationError as refused:
            raise ValidationError({condition: refused.messages}) from refused
        row.save()


def _write_rules(subscriber: Subscriber, wishes: Wishes) -> None:
    """Notes of patterns that stay are kept."""
    wanted = dict.fromkeys(wishes.blocked, CallerAction.BLOCK) | dict.fromkeys(wishes.allowed, CallerAction.ALLOW)
    check_lists(wishes, len(wanted))
    rows = {rule.pattern: rule for rule in subscriber.caller_rules.all()}
    subscriber.caller_rules.exclude(pattern__in=wanted).delete()
    moved = [rule for pattern, rule in rows.items() if pattern in wanted and rule.action != wanted[pattern]]
    for rule in moved:
        rule.action = wanted[rule.pattern]
    CallerRule.objects.bulk_update(moved, ["action"])
    new = [
        CallerRule(subscriber=subscriber, action=action, pattern=pattern)
        for pattern, action in wanted.items()
        if pattern not in rows
    ]
    for rule in new:
        check_rule(rule)
    CallerRule.objects.bulk_create(new)


def check_lists(wishes: Wishes, count: int) -> None:
    """Raise ValidationError where a caller stands on both lists, or there are more than a subscriber may have."""
    both = sorted(set(wishes.blocked) & set(wishes.allowed))
    if both:
        raise ValidationError({"allowed": _("%(caller)s stands on both lists.") % {"caller": both[0]}})
    if count > MAX_CALLER_RULES:
        message = _("Both lists together have at most %(most)d entries.") % {"most": MAX_CALLER_RULES}
        raise ValidationError({"blocked": message})


def check_rule(rule: CallerRule) -> None:
    """Raise ValidationError for the list whose entry this cannot be."""
    try:
        rule.clean_fields(exclude=["subscriber"])
    except ValidationError as refused:
        field = "blocked" if rule.action == CallerAction.BLOCK else "allowed"
        raise ValidationError({field: refused.messages}) from refused


def forget_defaults(subscriber: Subscriber) -> None:
    """Take away a row of settings that says what holds without it: then the edge need not look further."""
    settings = CallSettings.objects.filter(subscriber=subscriber).first()
    if settings is None or _says_something(settings):
        return
    if not (subscriber.forwardings.exists() or subscriber.caller_rules.exists() or subscriber.shown_numbers.exists()):
        settings.delete()


def _says_something(settings: CallSettings) -> bool:
    own = [field for field in CallSettings._meta.concrete_fields if not field.primary_key]
    return any(getattr(settings, field.attname) != field.get_default() for field in own)
