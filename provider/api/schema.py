"""The OpenAPI document: what drf-spectacular cannot know of our conventions (tokens, problems, search)."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

FIELD_ERROR = {
    "type": "object",
    "required": ["field", "code", "message"],
    "properties": {
        "field": {
            "type": "string",
            "description": "The field's name as sent; empty when it is about the whole.",
        },
        "code": {"type": "string", "description": "For programs."},
        "message": {"type": "string", "description": "For people."},
    },
}

PROBLEM = {
    "type": "object",
    "description": "A problem document (RFC 9457).",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/FieldError"}},
    },
}

PROBLEMS = {
    "400": "A parameter or field is not accepted.",
    "401": "The token is missing, unknown, expired or revoked.",
    "403": "The token lacks the scope.",
    "404": "There is nothing here, or it is not yours to see.",
    "429": "Too many requests; Retry-After says when to go on.",
    "503": "The database does not answer; Retry-After says when to try again.",
}


WRITE_PROBLEMS = {
    "409": "What stands now does not allow it.",
    "412": "It has changed since the version that If-Match names.",
    "413": "The body is too large.",
    "415": "The body is no JSON.",
    "422": "The Idempotency-Key was used for another request.",
    "428": "If-Match is needed.",
}


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the document names our tokens."""

    target_class = "provider.api.authentication.BearerAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ARG002 - the library's signature
        """The security scheme."""
        return {"type": "http", "scheme": "bearer", "description": "A token of this platform: frt_…"}


class Schema(AutoSchema):
    """Groups the operations by their collection."""

    def get_tags(self) -> list[str]:
        """The collection's name, as in its address."""
        return [self.path.removeprefix("/api/v1/").split("/")[0]]

    def get_override_parameters(self) -> list[Any]:
        """What every collection takes beside what it declares itself: the shape of answers, how a write is meant."""
        told: list[Any] = getattr(self.view, "told_parameters", list)()
        return told

    def get_summary(self) -> str:
        """What stands beside the address."""
        return f"List {self.get_tags()[0]}" if self._is_list_view() else f"One of the {self.get_tags()[0]}"


def add_problems(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:  # noqa: ARG001
    """A postprocessing hook: every operation can end in the same problems."""
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas["FieldError"], schemas["Problem"] = FIELD_ERROR, PROBLEM
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for operations in result["paths"].values():
        for method, operation in operations.items():
            for status, description in (PROBLEMS if method == "get" else PROBLEMS | WRITE_PROBLEMS).items():
                operation["responses"].setdefault(status, {"description": description, "content": content})
    return result
