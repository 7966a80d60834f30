"""How rows are written in the API: ids are uids, times are UTC, references are the uid of the other row."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC
from typing import Any, ClassVar, Final, NoReturn

from django.core.exceptions import ValidationError as FieldRefused
from django.db import models
from rest_framework import serializers

from accounts.choices import Role
from provider.api.shaping import WHOLE, Expansion, Shape

# What JSON has for a field: the field, the types of Python that it is read as, its name.
JSON_TYPES: Final[tuple[tuple[Any, Any, str], ...]] = (
    (serializers.BooleanField, bool, "true or false"),
    (serializers.CharField, str, "a string"),
    (serializers.UUIDField, str, "a string"),
    (serializers.IntegerField, int, "a whole number"),
    (serializers.FloatField, (int, float), "a number"),
)


class UtcDateTimeField(serializers.DateTimeField):
    """RFC 3339 in UTC, whatever zone the pages use."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default_timezone=UTC, **kwargs)


class Reference(serializers.UUIDField):
    """The id of another row: `customer = Reference("customer")` writes customer.uid, and nobody can set it."""

    def __init__(self, to: str, **kwargs: Any) -> None:
        super().__init__(source=f"{to}.uid", read_only=True, **kwargs)


class Choice(serializers.UUIDField):
    """A reference that can be set: the id of a row of `model` that whoever asks may see. Of all others it is said that
    there are none."""

    default_error_messages = {
        "does_not_exist": "There is nothing with this id, or it is not yours to see.",
        "invalid": "This has to be an id (a UUID), as lists show it; a name is not enough.",
    }

    def __init__(self, model: type[models.Model], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.model: Any = model

    def to_internal_value(self, data: Any) -> Any:
        """The row. Raises ValidationError."""
        uid = super().to_internal_value(data)
        row = self.model.objects.visible_to(self.context["request"].user).filter(uid=uid).first()
        if row is None:
            self.fail("does_not_exist")
        return row

    def to_representation(self, value: Any) -> str:
        """The row's id."""
        return str(value.uid)


class OneOf(serializers.ChoiceField):
    """A member of a closed list. Who writes another one is told the list."""

    default_error_messages = {"invalid_choice": '"{input}" is none of these: {known}.'}

    def fail(self, key: str, **kwargs: Any) -> NoReturn:
        """Raises ValidationError."""
        super().fail(key, known=", ".join(map(str, self.choices)), **kwargs)


class Strict(serializers.Serializer[Any]):
    """Refuses members that are not known, and those that only we set, unless they are as they stand: a client may send
    back what it has read. fixed: members that are set when a row is made, and never again."""

    fixed: ClassVar[Iterable[str]] = ()
    default_error_messages = {
        "unknown": "There is no such member. Known are: {known}.",
        "read_only": "This is set by us.",
        "fixed": "This cannot be changed once it was made.",
        "type": "This has to be {wanted}.",
        "invalid": "This has to be one JSON object, in braces.",
    }

    def to_internal_value(self, data: Any) -> Any:
        """What was sent, checked. Raises ValidationError for each member that is wrong."""
        if isinstance(data, Mapping):
            self._refuse(data)
            self._refuse_other_types(data)
        return super().to_internal_value(data)

    def _refuse(self, data: Mapping[str, Any]) -> None:
        fields = self.fields
        settable = {name for name, field in fields.items() if not field.read_only}
        if self.instance is not None:
            settable -= set(self.fixed)
        suspects = {name for name in data if name not in settable}
        if not suspects:
            return
        shown = self.to_representation(self.instance) if self.instance is not None else {}
        errors = {}
        for name in suspects:
            if name not in fields:
                errors[name] = self._error("unknown", known=", ".join(fields))
            elif name not in shown or data[name] != shown[name]:
                errors[name] = self._error(self.why_refused(name))
        if errors:
            raise serializers.ValidationError(errors)

    def why_refused(self, name: str) -> str:
        """The code of why this member cannot be set to something else."""
        return "fixed" if name in self.fixed else "read_only"

    def _refuse_other_types(self, data: Mapping[str, Any]) -> None:
        """The framework would read "yes" as true and 1 as "1", which no document promises."""
        errors = {
            name: self._error("type", wanted=word)
            for name, field in self.fields.items()
            if (value := data.get(name)) is not None
            for kind, types, word in JSON_TYPES
            if isinstance(field, kind)
            and (not isinstance(value, types) or (isinstance(value, bool) and types is not bool))
        }
        if errors:
            raise serializers.ValidationError(errors)

    def _error(self, code: str, **values: Any) -> list[Any]:
        return serializers.ValidationError(self.error_messages[code].format(**values), code).detail  # type: ignore[return-value]


class ApiSerializer(Strict, serializers.ModelSerializer[Any]):
    """The base of all serializers of rows. expandable: references that can be written out, see shaping.py."""

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.DateTimeField: UtcDateTimeField,
    }
    serializer_choice_field = OneOf
    id = serializers.UUIDField(source="uid", read_only=True)

    expandable: ClassVar[Mapping[str, Expansion]] = {}
    for_admins: ClassVar[frozenset[str]] = frozenset()
    """Members that nobody else is shown: they are not in what others get, and cannot be named by them."""
    once: Mapping[str, Any] = {}
    """What the answer to this write shows, and none after it: a password that was made."""
    sometimes: ClassVar[Collection[str]] = ()
    """Members that an answer has in some cases only; all others it always has."""

    def get_fields(self) -> dict[str, Any]:
        """The members; of an answer those that were asked for, written as was asked."""
        fields = super().get_fields()
        shape: Shape = self.context.get("shape", WHOLE) if self._is_of_the_answer else WHOLE
        for name in shape.expand:
            expansion = self.expandable[name]
            source = None if expansion.source == name else expansion.source  # the framework wants it so
            fields[name] = expansion.serializer(source=source, read_only=True)
        hidden = self.hidden_from(self.context.get("request"))
        return {
            name: field
            for name, field in fields.items()
            if name not in hidden and (shape.fields is None or name in shape.fields)
        }

    @classmethod
    def hidden_from(cls, request: Any) -> frozenset[str]:
        """The members that whoever asks is not shown; none where nobody asks, as in the OpenAPI document."""
        role = getattr(getattr(request, "user", None), "role", None)
        return frozenset() if role in (None, Role.ADMIN) else cls.for_admins

    def create(self, validated_data: dict[str, Any]) -> Any:
        """Make the row."""
        model: Any = self.Meta.model
        return saved(model(**validated_data))

    def update(self, instance: Any, validated_data: dict[str, Any]) -> Any:
        """Change the row."""
        for name, value in validated_data.items():
            setattr(instance, name, value)
        return saved(instance)

    def get_validators(self) -> list[Any]:
        """None: the models' own rules are asked, which the panel shows too."""
        return []

    @property
    def _is_of_the_answer(self) -> bool:
        """Whether it writes the answer's rows, and not what stands in them."""
        above = self.parent
        return above is None or (isinstance(above, serializers.ListSerializer) and above.parent is None)


def saved(row: Any) -> Any:
    """Store a row that its model's rules accept. Raises Django's ValidationError."""
    row.full_clean()
    row.save()
    return row


def refused(errors: FieldRefused, names: Mapping[str, str] | None = None) -> serializers.ValidationError:
    """What Django refuses, as the API says it; names: of columns whose members are called otherwise."""
    if not hasattr(errors, "error_dict"):
        return serializers.ValidationError({"": _messages(errors.error_list)})
    known = names or {}
    found: dict[str, list[FieldRefused]] = {}
    for name, of_name in errors.error_dict.items():
        for error in of_name:
            member = _taken(error) or name
            found.setdefault(known.get(member, member).replace("__all__", ""), []).append(error)
    return serializers.ValidationError({name: _messages(of_name) for name, of_name in found.items()})


def _taken(error: FieldRefused) -> str:
    """The column that has to be another one where several together are taken: the last of them names the row, those
    before say where. Empty for other errors."""
    return str(error.params["unique_check"][-1]) if error.code == "unique_together" and error.params else ""


def _messages(errors: Iterable[FieldRefused]) -> list[Any]:
    details: list[Any] = []
    for error in errors:
        for message in error.messages:
            details += serializers.ValidationError(message, error.code or "invalid").detail
    return details
