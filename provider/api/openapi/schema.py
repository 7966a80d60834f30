"""One operation of the OpenAPI document: how it is called, what it says, which scopes it needs."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

from accounts.choices import Scope
from accounts.scopes import scope_in
from provider.api.openapi import words
from provider.api.serializers import ApiSerializer, Strict

PREFIX = "/api/v1/"


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the document names our tokens, and what each operation needs of them."""

    target_class = "provider.api.authentication.BearerAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ARG002 - the library's signature
        """The security scheme."""
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A token of this platform: `Authorization: Bearer frt_…`. Tokens are made in the panel and "
            "by `POST /api/v1/tokens/`. Each has scopes: `read`, `write` (which includes `read`), or either of one "
            "area, such as `subscribers:read`. Each operation names the scopes of which one is enough.",
        }

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[str]]]:  # type: ignore[override]
        """The scopes of which one alternative is enough; of an operation that needs none, any token."""
        found = scopes_for(auto_schema)
        return [{self.name: list(scopes)} for scopes in found] if found else [{self.name: []}]


def scopes_for(schema: AutoSchema) -> list[tuple[str, ...]]:
    """The alternatives of scopes that an operation needs, the narrowest first; none where any token will do."""
    view = schema.view
    areas = sorted(getattr(view, "areas", ()))
    writes = schema.method not in ("GET", "HEAD") and getattr(view, "action", "") not in getattr(view, "only_reads", ())
    if not areas and not writes:
        return []
    enough = [Scope.WRITE] if writes else [Scope.READ, Scope.WRITE]
    by_area = [tuple(scope_in(area, scope) for area in areas) for scope in enough] if areas else []
    return by_area + [(str(scope),) for scope in enough]


class Schema(AutoSchema):
    """An operation, as our conventions name and describe it."""

    def get_tags(self) -> list[str]:
        """The collection's name, as in its address."""
        return [self.path.removeprefix(PREFIX).split("/")[0]]

    def get_operation_id(self) -> str:
        """Stable: it comes from the address and the action, never from a class."""
        return words.operation_id(self.method, self._places, getattr(self.view, "action", None))

    def get_summary(self) -> str:
        """What stands beside the address."""
        return words.summary(self.method, self._places, getattr(self.view, "action", None))

    def get_description(self) -> str:  # type: ignore[override]  # as drf-spectacular has it
        """What it does, for strangers, and who may do it."""
        return words.description(self)

    def get_override_parameters(self) -> list[Any]:
        """What every collection takes beside what it declares itself: the shape of answers, how a write is meant."""
        told: list[Any] = getattr(self.view, "told_parameters", list)()
        return told

    def get_paginated_name(self, serializer_name: str) -> str:
        """What a page of rows is called."""
        return f"{serializer_name}Page"

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        """With the components of what references can be written out as."""
        operation = super().get_operation(*args, **kwargs)  # type: ignore[no-untyped-call]
        for expansion in getattr(self.view, "expandable", {}).values():
            self.resolve_serializer(expansion.serializer, "response")  # type: ignore[no-untyped-call]
        return operation

    @property
    def _places(self) -> list[str]:
        return [place for place in self.path.removeprefix(PREFIX).split("/") if place]

    def _map_serializer_field(self, field: Any, direction: str, bypass_extensions: bool = False) -> Any:
        """With the empty choice where a column can have it, be it that nobody can send it."""
        schema = super()._map_serializer_field(field, direction, bypass_extensions)  # type: ignore[no-untyped-call]
        is_shown = field.read_only or direction == "response"
        if schema and is_shown and "" not in schema.get("enum", [""]) and _may_be_empty(field):
            schema["enum"] = [*schema["enum"], ""]
        if schema and field.read_only and isinstance(schema.get("type"), str) and _may_be_null(field):
            schema["type"] = [schema["type"], "null"]
        return schema

    def _map_basic_serializer(self, serializer: Any, direction: str) -> dict[str, Any]:
        """With what our serializers promise: answers that have all members, requests that have no others."""
        schema: dict[str, Any] = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        if direction == "response" and isinstance(serializer, ApiSerializer):
            hidden = serializer.for_admins | set(serializer.sometimes)
            required = sorted(set(schema["properties"]) - hidden)
            return schema | ({"required": required} if required else {})
        if direction == "request" and isinstance(serializer, Strict):
            return schema | {"additionalProperties": False}
        return schema


def _may_be_empty(field: Any) -> bool:
    return bool(getattr(_column(field), "blank", False))


def _may_be_null(field: Any) -> bool:
    """Whether there may be nothing to refer to: `customer.uid` of a row that has none."""
    return isinstance(field, serializers.UUIDField) and bool(getattr(_column(field), "null", False))


def _column(field: Any) -> Any:
    model = getattr(getattr(field.parent, "Meta", None), "model", None)
    names = {column.name: column for column in model._meta.get_fields()} if model else {}
    return names.get((field.source or "").split(".")[0])
