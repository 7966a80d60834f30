"""What plans and applied documents are answered with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from desired.actions import Outcome
from desired.api.document import DocumentSerializer
from desired.changes import ACTIONS, CREATE
from desired.kinds.all import NAMES

VALUE: Final = {
    "type": ["string", "boolean", "integer", "array", "object", "null"],
    "items": {},
    "additionalProperties": {},
}


@extend_schema_field(VALUE)
class ValueField(serializers.JSONField):
    """The value of a member, whatever its type."""


class MemberSerializer(serializers.Serializer[Any]):
    """One member that changes."""

    member = serializers.CharField(help_text="Its name in the document.")
    before = ValueField(allow_null=True, help_text="What stands, as a document has it; null where nothing does.")
    after = ValueField(allow_null=True, help_text="What will; null where nothing will.")
    is_secret = serializers.BooleanField(help_text="Whether it is a secret: then its values are not told.")


class ChangeSerializer(serializers.Serializer[Any]):
    """One object that changes."""

    action = serializers.ChoiceField(ACTIONS, help_text="What becomes of it.")
    kind = serializers.ChoiceField(NAMES, help_text="Of what it is one.")
    key = serializers.CharField(
        help_text="Its name: alice@example.org, +4311001; of a credential alice@example.org#1; of dial settings "
        "whose they are."
    )
    path = serializers.CharField(help_text="What in the document brings it about, as a JSON pointer: /subscribers/0.")
    id = serializers.UUIDField(allow_null=True, help_text="null in a plan for what is not there yet.")
    members = MemberSerializer(many=True, help_text="Those that change; of a new or removed object all.")


class AppliedChangeSerializer(ChangeSerializer):
    """One object that was changed."""

    password = serializers.CharField(required=False, help_text="Of a credential that we made one for; shown this once.")


class SummarySerializer(serializers.Serializer[Any]):
    """How many objects."""

    create = serializers.IntegerField(help_text="That are not there yet.")  # type: ignore[assignment]  # a member of the answer
    change = serializers.IntegerField(help_text="That are there, and otherwise.")
    remove = serializers.IntegerField(help_text="That are in the way.")
    unchanged = serializers.IntegerField(help_text="Objects of the document that are as they are wanted.")


class PlanSerializer(serializers.Serializer[Any]):
    """What would change."""

    fingerprint = serializers.CharField(
        help_text="Names exactly these changes. The ETag of this answer, for the If-Match of apply."
    )
    summary = SummarySerializer(help_text="How much that is.")
    changes = ChangeSerializer(many=True, help_text="In the order in which they are made.")


class AppliedSerializer(PlanSerializer):
    """What was changed."""

    changes = AppliedChangeSerializer(many=True, help_text="In the order in which they were made.")


class StateSerializer(serializers.Serializer[Any]):
    """A part of what stands."""

    next = serializers.URLField(allow_null=True, help_text="Where the next part is; null after the last one.")
    document = DocumentSerializer(help_text="What stands, as a document. Each part is one, and so are all together.")


def outcome_as_plain(outcome: Outcome, *, is_done: bool) -> dict[str, Any]:
    """The body of an answer. is_done: it stands now, so that new ids and passwords mean something."""
    changes = [
        {
            "action": change.action,
            "kind": change.kind,
            "key": change.key,
            "path": change.path,
            "id": str(change.id) if is_done or change.action != CREATE else None,
            "members": [member._asdict() for member in change.members],
            **(_password(outcome.passwords, change.key) if is_done else {}),
        }
        for change in outcome.changes
    ]
    actions = [change.action for change in outcome.changes]
    summary = {action: actions.count(action) for action in ACTIONS} | {"unchanged": outcome.unchanged}
    return {"fingerprint": outcome.fingerprint, "summary": summary, "changes": changes}


def _password(passwords: Mapping[str, str], key: str) -> dict[str, str]:
    return {"password": passwords[key]} if key in passwords else {}
