"""Many writes in one request, with one answer a row; all of them or, where that is asked, those that can be done.

POST collection/bulk/
{"all_or_nothing": true, "rows": [
    {"operation": "create", "data": {…}},
    {"operation": "update", "id": "…", "if_match": "…", "data": {…}},
    {"operation": "delete", "id": "…", "if_match": "*"}]}
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db import connection, transaction
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from provider.api.etags import PreconditionRequired
from provider.api.problems import Busy, problem_of
from provider.api.serializers import OneOf, Strict

if TYPE_CHECKING:
    from provider.api.writing import Answer, WritingViewSet

MAX_ROWS: Final = 1_000
"""So many are done within a second or two; more belong into an import."""


class BulkRow(Strict):
    """One write of many."""

    operation = OneOf(choices=["create", "update", "delete"])
    id = serializers.UUIDField(required=False, help_text="Of the row to change or to remove.")
    if_match = serializers.CharField(required=False, help_text="Its ETag, or *.")
    data = serializers.DictField(  # type: ignore[assignment]  # a member of the request, not of the framework
        required=False, help_text="As for a single row."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Raises ValidationError for members that this operation has, or has not."""
        wanted = {"create": {"data"}, "update": {"id", "data"}, "delete": {"id"}}[attrs["operation"]]
        allowed = wanted | ({"if_match"} if "id" in wanted else set())
        sent = set(attrs) - {"operation"}
        errors = {name: ValidationError("This is needed.", "required").detail for name in wanted - sent}
        message = f"There is no such member of {attrs['operation']}."
        errors |= {name: ValidationError(message, "unknown").detail for name in sent - allowed}
        if errors:
            raise ValidationError(errors)
        return attrs


class BulkRequest(Strict):
    """Many writes."""

    all_or_nothing = serializers.BooleanField(
        default=True, help_text="Whether nothing is done where a single row is refused."
    )
    rows = serializers.ListField(child=serializers.JSONField(), min_length=1, max_length=MAX_ROWS)


class BulkRowAnswer(serializers.Serializer[Any]):
    """What became of one of them."""

    index = serializers.IntegerField(help_text="Its place in the request, from 0.")
    status = serializers.IntegerField(help_text="As a request of its own would have got it.")
    etag = serializers.CharField(required=False)
    result = serializers.DictField(required=False, allow_null=True)
    problem = serializers.DictField(required=False, help_text="Where it was refused.")


class BulkAnswer(serializers.Serializer[Any]):
    """What became of all."""

    done = serializers.IntegerField(help_text="How many rows were written.")
    refused = serializers.IntegerField()
    rows = BulkRowAnswer(many=True)


def carry_out(view: WritingViewSet, data: Any) -> tuple[int, dict[str, Any]]:
    """Do all of it, within a transaction; the status (200; 207 where some were refused; 422 where therefore nothing was
    done, which the caller takes back) and the answer. Raises ValidationError for what is no bulk request."""
    request = BulkRequest(data=data)
    request.is_valid(raise_exception=True)
    if len(request.validated_data["rows"]) > view.most_rows:
        raise ValidationError({"rows": [f"At most {view.most_rows} at once here."]}, "max_length")
    answers = [_row(view, index, row) for index, row in enumerate(request.validated_data["rows"])]
    refused = sum("problem" in answer for answer in answers)
    is_kept = not (refused and request.validated_data["all_or_nothing"])
    status = 422 if not is_kept else 207 if refused else 200
    return status, {"done": len(answers) - refused if is_kept else 0, "refused": refused, "rows": answers}


def _row(view: WritingViewSet, index: int, row: Any) -> dict[str, Any]:
    try:
        with transaction.atomic():
            answer = _write(view, row)
            connection.check_constraints()
    except Exception as error:
        known = problem_of(error)
        if known is None or known["status"] >= 500 or known["code"] == Busy.default_code:
            raise  # who was met holds more of these rows: the next ones would end as this one
        return {"index": index, "status": known["status"], "problem": known}
    told = {"index": index, "status": answer.status, "result": answer.body}
    return told | ({"etag": answer.headers["ETag"]} if "ETag" in answer.headers else {})


def _write(view: WritingViewSet, row: Any) -> Answer:
    checked = BulkRow(data=row)
    checked.is_valid(raise_exception=True)
    wanted = checked.validated_data
    match = wanted.get("if_match")
    method = {"create": "create", "update": "partial_update", "delete": "destroy"}[wanted["operation"]]
    if not hasattr(view, method):
        raise ValidationError({"operation": f"There is no {wanted['operation']} here."}, "unknown")
    if match is None and method in view.needs_match:
        raise PreconditionRequired
    if method == "create":
        return view.do_create(wanted["data"])
    if method == "partial_update":
        return view.do_change(wanted["id"], wanted["data"], match)
    return view.do_remove(wanted["id"], match)
