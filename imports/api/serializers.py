"""How imports are written in the API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.models import Reseller
from imports.choices import ImportKind
from imports.models import ImportJob, ImportProblem
from provider.api.serializers import ApiSerializer, Choice, OneOf, Reference

_WORDS = {
    "kind": "What the rows are.",
    "state": "queued and running: there is something left to do; done, failed and cancelled: it has ended.",
    "file_name": "As it was sent in a form; empty of a file that was the body.",
    "columns": "Those that the first line names.",
    "is_dry_run": "Whether nothing of it is kept.",
    "make_customers": "Whether a customer is made of each name that there is none of.",
    "update_existing": "Whether subscribers are changed that are there already.",
    "rows_total": "How many rows the file has.",
    "rows_created": "How many of them are new.",
    "rows_updated": "How many changed something that was there.",
    "rows_unchanged": "How many were as they say already.",
    "rows_failed": "How many were refused; `errors/` says why.",
    "failure": "Why it failed as a whole; empty where it did not.",
    "passwords_made": "For how many subscribers a password was made.",
    "started_at": "When a worker began; null before.",
    "finished_at": "When it ended; null before.",
}


class ImportSerializer(ApiSerializer):
    """A file of rows that is gone through by and by, and how far that is."""

    reseller = Reference("reseller", allow_null=True, help_text="Whose things are imported; null: as the rows say.")
    made_by = serializers.CharField(source="made_by_name", read_only=True, help_text="Who sent the file.")
    rows_done = serializers.IntegerField(read_only=True, help_text="How many rows were gone through.")
    rows_ok = serializers.IntegerField(read_only=True, help_text="How many of them are now as the file says.")
    progress = serializers.IntegerField(read_only=True, min_value=0, max_value=100, help_text="In percent.")
    has_passwords = serializers.BooleanField(
        read_only=True, help_text="Whether passwords that were made can be fetched still: once, within a day."
    )

    class Meta:
        model = ImportJob
        fields = [
            "id",
            "kind",
            "state",
            "reseller",
            "made_by",
            "file_name",
            "columns",
            "is_dry_run",
            "make_customers",
            "update_existing",
            "rows_total",
            "rows_done",
            "rows_ok",
            "rows_created",
            "rows_updated",
            "rows_unchanged",
            "rows_failed",
            "progress",
            "failure",
            "passwords_made",
            "has_passwords",
            "created_at",
            "started_at",
            "finished_at",
        ]
        read_only_fields = fields
        extra_kwargs = {name: {"help_text": words} for name, words in _WORDS.items()}


class ImportProblemSerializer(serializers.ModelSerializer[ImportProblem]):
    """What is wrong with a line of the file."""

    line = serializers.IntegerField(min_value=1, help_text="Counted from 1, which is the line with the columns.")
    column = serializers.CharField(help_text="Empty where it is about the whole line.")
    code = serializers.CharField(help_text="For programs.")
    message = serializers.CharField(help_text="For people.")

    class Meta:
        model = ImportProblem
        fields = ["line", "column", "code", "message"]


class ImportQuery(serializers.Serializer[Any]):
    """What the address says of a file that is to be imported."""

    kind = OneOf(ImportKind.choices, help_text="What the rows are.")
    reseller = Choice(
        Reseller,
        required=False,
        help_text="Whose things they are; an administrator says so for subscribers. Rows of numbers say it themselves.",
    )
    dry_run = serializers.BooleanField(
        default=False, help_text="Go through all rows and tell what would become of each, but keep nothing of it."
    )
    make_customers = serializers.BooleanField(
        default=False,
        help_text="Make a customer of each name that there is none of yet; the token needs accounts:write.",
    )
    update_existing = serializers.BooleanField(
        default=False, help_text="Change subscribers that are there already; without it a row that differs is refused."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Raises ValidationError where it is not clear whose things are meant."""
        user = self.context["request"].user
        named = attrs.get("reseller")
        attrs["reseller"] = named or user.reseller
        if attrs["kind"] == ImportKind.SUBSCRIBERS and attrs["reseller"] is None:
            raise serializers.ValidationError({"reseller": ["Say whose subscribers these are."]}, "required")
        if attrs["kind"] == ImportKind.NUMBERS and named is not None and user.reseller is None:
            raise serializers.ValidationError({"reseller": ["The column reseller says it."]}, "contradiction")
        return attrs
