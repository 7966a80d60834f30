"""How the call settings of a subscriber are written in the API: what its customer decides, and what is decided for it.

A member is merged (PATCH) or replaced (PUT) by itself; of `forwardings` each condition, and of a condition each member.
Lists are replaced as they are. Targets are read, and refused, as on the customer's own page (portal/reading.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError as FieldRefused
from django.db import transaction
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from accounts.choices import Role
from calls.explain.facts import Facts
from portal.reading import Reader
from portal.settings_reads import reader_for, settings_of
from provider.api.serializers import ApiSerializer, Reference, Strict, refused
from subscribers.call_settings import MAX_TARGETS
from subscribers.choices import CallerAction, ForwardingCondition
from subscribers.grants_actions import COLUMNS, Grants, change_grants, grants_of, note_callers
from subscribers.models import CallerRule, CallSettings, Forwarding, ShownNumber, Subscriber
from subscribers.settings_actions import SWITCHES, WantedForwarding, Wishes, change_wishes, wishes_of
from subscribers.settings_many import Held, Wanted
from subscribers.targets import as_caller, is_address
from subscribers.triggers import MAX_CALLER_RULES, MAX_SHOWN_NUMBERS
from subscribers.validators import MAX_TARGET_LENGTH, validate_caller, validate_e164

GRANTED = frozenset({*COLUMNS, "shown_numbers"})
"""Members that customers read and do not set."""

NAMES = {"blocked": "caller_rules", "allowed": "caller_rules"} | {
    condition: f"forwardings.{condition}.targets" for condition in ForwardingCondition.values
}
"""What the actions refuse, by the members' names."""


class Item(Strict, serializers.ModelSerializer[Any]):
    """A row of a list, which is whole even where the document is merged. `note` is not for customers."""

    def get_fields(self) -> dict[str, Any]:
        """The members that are for whoever asks."""
        fields = super().get_fields()
        return {name: field for name, field in fields.items() if name != "note" or not _is_customer(self.context)}

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """By itself, whatever it stands in."""
        return super().run_validation(data) if self.parent is None else self._alone.run_validation(data)

    @cached_property
    def _alone(self) -> Item:
        return type(self)(context=self.context)


class CallerRuleSerializer(Item):
    """A caller whose calls are refused, or let through."""

    pattern = serializers.CharField(
        max_length=MAX_TARGET_LENGTH,
        help_text="A number (+4311001), the beginning of numbers (+43900*), or a SIP address (anna@example.org).",
    )

    class Meta:
        model = CallerRule
        fields = ["pattern", "action", "note"]

    def validate_pattern(self, value: str) -> str:
        """As it is stored. Raises Django's ValidationError."""
        pattern = as_caller(value) if is_address(value) else value
        validate_caller(pattern)
        return pattern


class ShownNumberSerializer(Item):
    """A number of somebody else that a subscriber may show."""

    class Meta:
        model = ShownNumber
        fields = ["e164", "note"]


class ForwardingSerializer(Strict, serializers.ModelSerializer[Any]):
    """Where calls go under one condition."""

    targets = serializers.ListField(
        child=serializers.CharField(max_length=MAX_TARGET_LENGTH),
        min_length=1,
        max_length=MAX_TARGETS,
        help_text="In the order tried (for `parallel` rung together): numbers in E.164 with the plus, SIP addresses at "
        "domains of this platform (anna@example.org), or user names in the subscriber's own domain. Answered as "
        "+4311001 and sip:anna@example.org.",
    )

    class Meta:
        model = Forwarding
        fields = ["targets", "seconds", "is_active"]


class ForwardingsSerializer(Strict):
    """Where calls go, by condition; null: they do not."""

    always = ForwardingSerializer(required=False, allow_null=True, help_text="All calls; the phones do not ring.")
    busy = ForwardingSerializer(required=False, allow_null=True, help_text="Also where `do_not_disturb` is on.")
    no_answer = ForwardingSerializer(
        required=False, allow_null=True, help_text="After so many `seconds` of ringing at the phones."
    )
    not_registered = ForwardingSerializer(
        required=False, allow_null=True, help_text="Where no phone of the subscriber is registered."
    )
    parallel = ForwardingSerializer(
        required=False, allow_null=True, help_text="Rung together with the phones; who answers first has the call."
    )


class ForwardingItem(ForwardingSerializer):
    """Where calls go under one condition. What is not said of one that stands stays; a new one needs `targets`."""

    def get_fields(self) -> dict[str, Any]:
        """No member is needed where the forwarding stands already."""
        fields = super().get_fields()
        fields["targets"].required = False
        return fields


class ForwardingsItem(ForwardingsSerializer):
    """Where calls go, by condition; null: they do not. Conditions that are not said stay as they are."""

    def get_fields(self) -> dict[str, Any]:
        """Those of the API, each merged with what stands."""
        return {
            name: ForwardingItem(required=False, allow_null=True, help_text=field.help_text)
            for name, field in super().get_fields().items()
        }


class CallSettingsSerializer(ApiSerializer):
    """What a subscriber may call, and what is done with calls to and from it. `id` is the subscriber's."""

    aor = serializers.CharField(read_only=True, help_text="username@domain")
    username = serializers.CharField(read_only=True)
    domain = Reference("domain")
    customer = Reference("customer")
    forwardings = ForwardingsSerializer(required=False)
    caller_rules: Any = serializers.ListSerializer(
        child=CallerRuleSerializer(),
        required=False,
        max_length=MAX_CALLER_RULES,
        help_text="Whose calls are refused, or let through.",
    )
    shown_numbers: Any = serializers.ListSerializer(
        child=ShownNumberSerializer(),
        required=False,
        max_length=MAX_SHOWN_NUMBERS,
        help_text="Numbers of others that may be shown as the caller's; set by resellers and administrators.",
    )
    default_error_messages = {
        "role_not_allowed": "Your provider sets this. You may read it, and leave it out or send it back as it is."
    }

    class Meta:
        model = CallSettings
        fields = [
            "id",
            "aor",
            "username",
            "domain",
            "customer",
            *SWITCHES,
            "forwardings",
            "caller_rules",
            *COLUMNS,
            "shown_numbers",
        ]

    def get_fields(self) -> dict[str, Any]:
        """Of a customer's document, what it may not set can only be read."""
        fields = super().get_fields()
        for name in GRANTED & fields.keys() if _is_customer(self.context) else ():
            fields[name].read_only = True
        return fields

    def why_refused(self, name: str) -> str:
        """That somebody else sets it, where that is why."""
        return "role_not_allowed" if name in GRANTED else super().why_refused(name)

    def to_representation(self, instance: Subscriber) -> Any:
        """All of it: where nothing is stored, what holds then."""
        settings = settings_of(instance)
        shown = {name: getattr(settings, name) for name in (*SWITCHES, *COLUMNS)}
        shown |= {name: getattr(instance, name) for name in ("uid", "aor", "username", "domain", "customer")}
        shown |= {name: getattr(instance, name).all() for name in ("caller_rules", "shown_numbers")}
        return super().to_representation(shown | {"forwardings": _by_condition(instance)})

    def validate_forwardings(self, sent: Mapping[str, Any]) -> dict[str, WantedForwarding | None]:
        """What is wanted under each condition that was sent. Raises ValidationError by condition and target."""
        stored = _by_condition(self.instance)
        wanted: dict[str, WantedForwarding | None] = {}
        errors: dict[str, Any] = {}
        for condition, members in sent.items():
            try:
                wanted[condition] = self._wanted(members, stored.get(condition)) if members is not None else None
            except ValidationError as error:
                errors[condition] = error.detail
        if errors:
            raise ValidationError(errors)
        return wanted

    def validate_caller_rules(self, sent: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Raises ValidationError for a caller that stands there twice."""
        return _each_once(sent, "pattern", "This caller stands on the list already.")

    def validate_shown_numbers(self, sent: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Raises ValidationError for a number that stands there twice."""
        return _each_once(sent, "e164", "This number stands there already.")

    @transaction.atomic
    def update(self, instance: Subscriber, validated_data: dict[str, Any]) -> Subscriber:
        """Make it hold. Raises ValidationError."""
        held = Held(wishes_of(instance), grants_of(instance))
        wanted = self.upon(held, validated_data)
        try:
            if not _is_customer(self.context):
                change_grants(instance, wanted.grants)
            asked = new_targets(held.wishes, wanted.wishes)
            refuse_barred(asked, self._reader.why_barred([one for some in asked.values() for one in some]))
            change_wishes(instance, wanted.wishes)
            if not _is_customer(self.context):
                note_callers(instance, wanted.notes)
        except FieldRefused as error:
            raise refused(error, NAMES) from error
        return instance

    def upon(self, held: Held, validated_data: Mapping[str, Any]) -> Wanted:
        """What shall hold where that holds, and this was sent."""
        notes = {rule["pattern"]: rule.get("note", "") for rule in validated_data.get("caller_rules", ())}
        return Wanted(self._wishes(held.wishes, validated_data), self._grants(held.grants, validated_data), notes)

    def _wanted(self, sent: Mapping[str, Any], stored: Forwarding | None) -> WantedForwarding:
        """What is sent of a forwarding, upon what stands of it (PATCH) or by itself (PUT)."""
        kept = tuple(stored.targets) if stored is not None else ()
        wanted = WantedForwarding(())
        if stored is not None and self.partial:
            wanted = WantedForwarding(kept, stored.seconds, stored.is_active)
        members = dict(sent)
        if "targets" in members:
            members["targets"] = self._read_targets(members["targets"], kept)
        elif not wanted.targets:
            raise ValidationError({"targets": ErrorDetail("Say where the calls go.", "required")})
        return replace(wanted, **members)

    def _read_targets(self, texts: list[str], kept: tuple[str, ...]) -> tuple[str, ...]:
        """Targets as they are stored; those that stand there already are not asked about again."""
        targets: list[str] = []
        errors: dict[str, Any] = {}
        for place, text in enumerate(texts):
            try:
                targets.append(text if text in kept else self._read_target(text))
            except FieldRefused as error:
                errors[str(place)] = [ErrorDetail(message, error.code or "invalid") for message in error.messages]
        if errors:
            raise ValidationError({"targets": errors})
        return tuple(targets)

    def _read_target(self, text: str) -> str:
        if not is_address(text) and not self._reader.is_colleague(text.strip().lower()):
            validate_e164(text)
        return self._reader.target(text)

    @property
    def _reader(self) -> Reader:
        """Of whoever's settings these are."""
        subscriber: Any = self.instance
        if subscriber not in self._readers:
            facts = self.context.get("facts", Facts)
            self._readers[subscriber] = reader_for(self.context["request"].user, subscriber, facts)
        return self._readers[subscriber]

    @cached_property
    def _readers(self) -> dict[Subscriber, Reader]:
        return dict(self.context.get("readers", {}))

    def _wishes(self, before: Wishes, data: Mapping[str, Any]) -> Wishes:
        base = before if self.partial else Wishes()
        wanted = dict(base.forwardings) | data.get("forwardings", {})
        rules = data.get("caller_rules")
        return Wishes(
            **{name: data.get(name, getattr(base, name)) for name in SWITCHES},
            blocked=base.blocked if rules is None else _patterns(rules, CallerAction.BLOCK),
            allowed=base.allowed if rules is None else _patterns(rules, CallerAction.ALLOW),
            forwardings=tuple((name, wish) for name, wish in sorted(wanted.items()) if wish is not None),
        )

    def _grants(self, before: Grants, data: Mapping[str, Any]) -> Grants:
        granted = {name: data[name] for name in COLUMNS if name in data}
        if "shown_numbers" in data:
            granted["shown_numbers"] = tuple((row["e164"], row.get("note", "")) for row in data["shown_numbers"])
        return replace(before if self.partial else Grants(), **granted)


def new_targets(before: Wishes, wanted: Wishes) -> dict[str, tuple[str, ...]]:
    """The targets of forwardings that will be active and are not so already, by condition."""
    stood = dict(before.forwardings)
    return {
        condition: wish.targets
        for condition, wish in wanted.forwardings
        if wish.is_active and stood.get(condition) != wish
    }


def refuse_barred(asked: Mapping[str, tuple[str, ...]], why: Mapping[str, str]) -> None:
    """Raise ValidationError for forwardings whose calls the edge would not make. asked: targets by condition. why: by
    target."""
    errors = {
        condition: {
            "targets": {
                str(place): [ErrorDetail(why[target], "barred")]
                for place, target in enumerate(targets)
                if target in why
            }
        }
        for condition, targets in asked.items()
        if not why.keys().isdisjoint(targets)
    }
    if errors:
        raise ValidationError({"forwardings": errors})


@extend_schema_serializer(component_name="CallSettings")
class CallSettingsChangeSerializer(CallSettingsSerializer):
    """What is said of call settings to change them; what is not said stays. The OpenAPI document's, of PATCH."""

    forwardings = ForwardingsItem(required=False)


def _by_condition(subscriber: Any) -> dict[str, Forwarding]:
    return {row.condition: row for row in subscriber.forwardings.all()}


def _is_customer(context: Mapping[str, Any]) -> bool:
    user: Any = getattr(context.get("request"), "user", None)
    return user is not None and user.role == Role.CUSTOMER


def _patterns(rules: list[dict[str, Any]], action: str) -> tuple[str, ...]:
    return tuple(rule["pattern"] for rule in rules if rule.get("action", CallerAction.BLOCK) == action)


def _each_once(rows: list[dict[str, Any]], name: str, message: str) -> list[dict[str, Any]]:
    seen: set[str] = set()
    errors: dict[str, Any] = {}
    for place, row in enumerate(rows):
        if row[name] in seen:
            errors[str(place)] = {name: [ErrorDetail(message, "unique")]}
        seen.add(row[name])
    if errors:
        raise ValidationError(errors)
    return rows
