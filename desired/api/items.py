"""How the objects of a document are written: their members are those of the API's own collections, and references are
names. What is not said stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework import serializers

from accounts.api.serializers import CustomerSerializer
from desired.document import Secret, Wanted
from desired.kinds.call_settings import in_order
from desired.kinds.credentials import key_of
from desired.kinds.dial_settings import is_of_subscriber
from numbering.models_inventory import E164_PATTERN, MAX_EXTENSION_DIGITS
from numbering.sheets import MAX_NOTE
from portal.api.serializers import CallSettingsSerializer, ForwardingsItem
from provider.api.serializers import OneOf, Strict
from subscribers.api.credentials import Ha1Serializer
from subscribers.api.domains import DomainSerializer
from subscribers.api.serializers import SubscriberSerializer
from subscribers.grants_actions import COLUMNS
from subscribers.hosts import as_host
from subscribers.models import MAX_CREDENTIALS, SipCredential
from subscribers.settings_actions import SWITCHES

ABSENT = "absent"
STATES = ("present", ABSENT)
MAX_HOST = 253
MAX_AOR = 64 + 1 + MAX_HOST
_NOT_BOTH = "What shall be absent has no other members."
_OF_ONE = "Name a domain or a subscriber, and not both."
_AOR = r"^[^@\s]+@[^@\s]+\Z"


class Aor(serializers.RegexField):
    """A subscriber by its address of record; in any case of letters."""

    default_error_messages = {"invalid": "Write it as user@domain, with the domain's own name."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(_AOR, max_length=MAX_AOR, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        """In lower case, as it is stored."""
        return super().to_internal_value(data).lower()


class Host(serializers.CharField):
    """The name of a domain; in any case of letters."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MAX_HOST, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        """As it is stored. Raises ValidationError."""
        try:
            return as_host(super().to_internal_value(data))
        except ValueError as error:
            raise serializers.ValidationError(str(error), "invalid") from error


class Item(Strict):
    """One object. names: the members that say which one it is."""

    kind: ClassVar[str]
    names: ClassVar[tuple[str, ...]]

    state = OneOf(
        STATES, required=False, write_only=True, help_text="Whether it shall be there; present where it is left out."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Raises ValidationError for members of what shall not be there."""
        if attrs.get("state") == ABSENT and (others := set(attrs) - {"state", *self.names}):
            raise serializers.ValidationError(dict.fromkeys(sorted(others), _NOT_BOTH), "contradiction")
        return attrs

    def get_validators(self) -> list[Any]:
        """None: what stands already is no fault here."""
        return []

    def wanted(self, attrs: Mapping[str, Any], path: str) -> Wanted:
        """The value of what was read."""
        members = {name: value for name, value in attrs.items() if name not in {"state", *self.names}}
        return Wanted(self.kind, self.key(attrs), path, members, attrs.get("state") == ABSENT)

    def key(self, attrs: Mapping[str, Any]) -> str:
        """What it is called."""
        return str(attrs[self.names[0]])

    def named(self, key: str) -> dict[str, Any]:
        """The members that say what it is called."""
        return {self.names[0]: key}


class CustomerItem(Item, CustomerSerializer):
    """A customer, by its name."""

    kind = "customer"
    names = ("name",)
    id = None  # type: ignore[assignment]  # a document has none
    reseller = None  # type: ignore[assignment]  # of the document as a whole

    class Meta(CustomerSerializer.Meta):
        fields = ["name", "is_active", "max_calls", "state"]


class DomainItem(Item, DomainSerializer):
    """A domain, by its own name."""

    kind = "domain"
    names = ("name",)  # type: ignore[misc]
    id = None  # type: ignore[assignment]
    reseller = None  # type: ignore[assignment]
    name = Host(help_text="What stands behind the @; it stays.")

    class Meta(DomainSerializer.Meta):
        fields = ["name", "digest_algorithm", "strict_call_id", "is_active", "state"]


class DomainAliasItem(Item):
    """Another name of a domain, by itself. A new one needs its domain."""

    kind = "domain_alias"
    names = ("name",)
    name = Host(help_text="A host name; it exists once over all.")
    domain = Host(required=False, help_text="Which domain it is another name of, by that one's own name.")


class SubscriberItem(Item, SubscriberSerializer):
    """A subscriber, by its address of record. A new one needs its customer."""

    kind = "subscriber"
    names = ("aor",)
    id = None  # type: ignore[assignment]
    domain = domain_name = reseller = None  # type: ignore[assignment]
    aor = Aor(help_text="username@domain; the domain is one of yours.")
    customer = serializers.CharField(required=False, max_length=200, help_text="Who pays for it, by name.")  # type: ignore[assignment]

    class Meta(SubscriberSerializer.Meta):
        fields = ["aor", "customer", "display_name", "is_active", "digest_algorithm", "state"]


class CredentialItem(Item, serializers.ModelSerializer[Any]):
    """A SIP credential, by subscriber and slot. Without `password` and `ha1` a new one gets a password of ours, which
    the answer to `apply` shows once."""

    kind = "credential"
    names = ("subscriber", "slot")
    subscriber = Aor(help_text="username@domain")
    slot = serializers.IntegerField(min_value=1, max_value=MAX_CREDENTIALS, help_text="Which of its credentials.")
    password = serializers.CharField(
        required=False, write_only=True, trim_whitespace=False, max_length=128, help_text="What its phone has."
    )
    ha1 = Ha1Serializer(required=False, write_only=True, help_text="Of a password that nobody knows any more.")

    class Meta:
        model = SipCredential
        fields = ["subscriber", "slot", "label", "password", "ha1", "state"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Raises ValidationError where both secrets are given, or an empty one."""
        if "password" in attrs and "ha1" in attrs:
            raise serializers.ValidationError({"ha1": "Give a password or its HA1, not both."}, "contradiction")
        if attrs.get("ha1") == {}:
            raise serializers.ValidationError({"ha1": "Give at least one of its values."}, "required")
        return super().validate(attrs)

    def wanted(self, attrs: Mapping[str, Any], path: str) -> Wanted:
        """With the secret apart."""
        members = {"label": attrs["label"]} if "label" in attrs else {}
        secret = Secret(attrs.get("password", ""), attrs.get("ha1", {})) if {"password", "ha1"} & set(attrs) else None
        return Wanted(self.kind, self.key(attrs), path, members, attrs.get("state") == ABSENT, secret)

    def key(self, attrs: Mapping[str, Any]) -> str:
        """As alice@example.org#1."""
        return key_of(attrs["subscriber"], attrs["slot"])

    def named(self, key: str) -> dict[str, Any]:
        """Its subscriber and slot."""
        aor, _mark, slot = key.rpartition("#")
        return {"subscriber": aor, "slot": int(slot)}


class NumberItem(Item):
    """A number, by its digits: one of yours, or one in a block of yours that was not taken yet. It stays yours: absent
    is the same as nobody's."""

    kind = "number"
    names = ("e164",)
    e164 = serializers.RegexField(
        E164_PATTERN.replace("$", r"\Z"),
        max_length=16,
        help_text="In E.164 with the plus.",
        error_messages={"invalid": "Write it as +4311001: E.164 with the plus."},
    )
    subscriber = Aor(required=False, allow_null=True, help_text="Who has it, as username@domain; null: nobody.")
    is_main = serializers.BooleanField(required=False, help_text="Whether the subscriber's calls show it.")
    extension_digits = serializers.IntegerField(
        required=False, min_value=0, max_value=MAX_EXTENSION_DIGITS, help_text="How many digits may follow it."
    )
    note = serializers.CharField(
        required=False, allow_blank=True, max_length=MAX_NOTE, help_text="What you want to remember of it."
    )


class DialSettingsItem(Item):
    """How a domain's phones dial, or one subscriber's, which goes before: by `domain` or by `subscriber`. New ones need
    their format."""

    kind = "dial_settings"
    names = ("domain", "subscriber")
    domain = Host(required=False, help_text="Whose subscribers. Or say `subscriber`.")
    subscriber = Aor(required=False, help_text="Who, as username@domain. Or say `domain`.")
    number_format = serializers.CharField(
        required=False, max_length=100, help_text="How they write numbers: a format that you may see, by its name."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Raises ValidationError where it is not said whose they are, or twice."""
        if len({*self.names} & attrs.keys()) != 1:
            raise serializers.ValidationError(
                _OF_ONE, "required" if attrs.keys().isdisjoint(self.names) else "contradiction"
            )
        return super().validate(attrs)

    def key(self, attrs: Mapping[str, Any]) -> str:
        """Whose they are."""
        return str(attrs.get("domain") or attrs["subscriber"])

    def named(self, key: str) -> dict[str, Any]:
        """The domain, or the subscriber."""
        return {"subscriber" if is_of_subscriber(key) else "domain": key}


class CallSettingsItem(Item, CallSettingsSerializer):
    """What a subscriber may call, and what is done with calls to and from it, by its address of record. Every
    subscriber has call settings: absent ones are the defaults. Lists are wanted whole."""

    kind = "call_settings"
    names = ("aor",)
    id = username = domain = customer = None  # type: ignore[assignment]
    aor = Aor(help_text="username@domain; one of your subscribers.")
    forwardings = ForwardingsItem(required=False)

    class Meta(CallSettingsSerializer.Meta):
        fields = ["aor", *SWITCHES, "forwardings", "caller_rules", *COLUMNS, "shown_numbers", "state"]

    def validate_forwardings(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        """As they are sent: what targets mean is known when what stands is."""
        return dict(sent)

    def wanted(self, attrs: Mapping[str, Any], path: str) -> Wanted:
        """With whole lists, in the order in which they are compared."""
        whole = {name: in_order(name, attrs[name]) for name in ("caller_rules", "shown_numbers") if name in attrs}
        return super().wanted({**attrs, **whole}, path)
