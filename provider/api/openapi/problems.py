"""Which problems each operation can end in: those that its kind can really give, and no others."""

from __future__ import annotations

from typing import Any, Final

from accounts.choices import Role
from provider.api.authentication import REFUSED, InsufficientScope
from provider.api.etags import PreconditionFailed, PreconditionRequired
from provider.api.idempotency import KeyReused
from provider.api.openapi import headers
from provider.api.openapi.operations import Operation, ref
from provider.api.problem_types import problem_type
from provider.api.problems import CONTENT_TYPE, Conflict, FieldError, Gone, TooLarge, Unavailable, problem
from provider.api.writing import RoleRefused

FIELD_ERROR: Final = {
    "type": "object",
    "description": "What is wrong with one member or parameter.",
    "required": ["field", "code", "message"],
    "properties": {
        "field": {
            "type": "string",
            "description": "Its name as sent, dotted where it stands in another; empty when it is about the whole.",
        },
        "code": {"type": "string", "description": "For programs."},
        "message": {"type": "string", "description": "For people."},
    },
}

PROBLEM: Final = {
    "type": "object",
    "description": "A problem document (RFC 9457).",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {
            "type": "string",
            "format": "uri-reference",
            "description": "The kind of problem, one for each status; where it leads it is explained.",
        },
        "title": {"type": "string", "description": "The kind in words."},
        "status": {"type": "integer", "description": "The HTTP status."},
        "detail": {"type": "string", "description": "What is wrong this time, for people."},
        "code": {"type": "string", "description": "Which of the kind's reasons it is, for programs."},
        "errors": {
            "type": "array",
            "description": "Each member or parameter that is wrong.",
            "items": {"$ref": "#/components/schemas/FieldError"},
        },
    },
}

_NO_SCOPE: Final = {InsufficientScope.default_code: str(InsufficientScope(["accounts:write"]).detail)}

# Name → status, what it means here, and the examples: code → detail.
KINDS: Final[dict[str, tuple[int, str, dict[str, str]]]] = {
    "NotAccepted": (
        400,
        "A parameter or member is missing, unknown or wrong; `errors` names each.",
        {"required": "Not accepted: name. What is wrong with each stands under errors."},
    ),
    "NotAuthenticated": (
        401,
        "The token is missing, unknown, expired or revoked.",
        {
            "invalid_token": REFUSED,
            "not_authenticated": "Authentication credentials were not provided.",
            "malformed_token": "Send the header Authorization: Bearer TOKEN.",
        },
    ),
    "ScopeMissing": (403, "The token lacks the scope.", _NO_SCOPE),
    "NotAllowed": (
        403,
        "The token lacks the scope, or the role of its owner may not do this.",
        {**_NO_SCOPE, RoleRefused.default_code: RoleRefused.default_detail},
    ),
    "NotFound": (
        404,
        "There is nothing with this id, or it is not yours to see.",
        {"not_found": "There is nothing at this address, or it is not yours to see."},
    ),
    "Conflict": (
        409,
        "What stands now does not allow it.",
        {
            Conflict.default_code: Conflict.default_detail,
            "in_use": "It is still used: 2 subscribers. Remove these before.",
        },
    ),
    "Gone": (
        410,
        "It was here, and is given once, or for a while only.",
        {
            "cursor_expired": "Events from before are kept no more, so some were missed. Begin anew without a cursor.",
            Gone.default_code: Gone.default_detail,
        },
    ),
    "ChangedMeanwhile": (
        412,
        "It has changed since the version that `If-Match` names.",
        {PreconditionFailed.default_code: PreconditionFailed.default_detail},
    ),
    "TooLarge": (413, "The body is too large.", {TooLarge.default_code: TooLarge.default_detail}),
    "UnsupportedMediaType": (
        415,
        "The body is of a type that is not read here: send `application/json`.",
        {"unsupported_media_type": 'Unsupported media type "text/plain" in request.'},
    ),
    "KeyReused": (
        422,
        "The `Idempotency-Key` was used for another request.",
        {KeyReused.default_code: KeyReused.default_detail},
    ),
    "VersionRequired": (
        428,
        "`If-Match` is needed.",
        {PreconditionRequired.default_code: PreconditionRequired.default_detail},
    ),
    "TooManyRequests": (
        429,
        "The token has used up its requests; `Retry-After` says when to go on.",
        {"throttled": "Request was throttled. Expected available in 42 seconds."},
    ),
    "Unavailable": (
        503,
        "The database does not answer; `Retry-After` says when to try again.",
        {Unavailable.default_code: Unavailable.default_detail},
    ),
}
_BY_STATUS: Final = {status: name for name, (status, _words, _codes) in reversed(KINDS.items())}


def add(result: dict[str, Any], operations: list[Operation]) -> None:
    """Add to each operation the problems that it can end in."""
    components = result["components"]
    components["schemas"] |= {"FieldError": FIELD_ERROR, "Problem": PROBLEM}
    components["responses"] = {name: _response(name) for name in KINDS}
    for operation in operations:
        for status in sorted(operation.responses):
            if status >= "400":
                _complete(int(status), operation.responses[status])
        for name in kinds_for(operation):
            _add(operation, str(KINDS[name][0]), name)


def kinds_for(operation: Operation) -> list[str]:
    """The names of the problems that an operation can end in, by status."""
    view, takes_body = operation.view, "requestBody" in operation.told
    writers = getattr(view, "writers", frozenset(Role)) if operation.writes else frozenset(Role)
    has_key = operation.takes("Idempotency-Key")
    can = {
        "NotAccepted": True,
        "NotAuthenticated": True,
        "ScopeMissing": writers >= set(Role),
        "NotAllowed": not writers >= set(Role),
        "NotFound": operation.is_of_a_row,
        "Conflict": operation.writes and operation.action != "bulk",  # there each row has its own
        "Gone": False,
        "ChangedMeanwhile": operation.takes("If-Match"),
        "TooLarge": takes_body or has_key,
        "UnsupportedMediaType": takes_body or has_key,
        "KeyReused": has_key,
        "VersionRequired": operation.action in getattr(view, "needs_match", ()),
        "TooManyRequests": True,
        "Unavailable": True,
    }
    further = getattr(view, "further_problems", {}).get(operation.action, ())
    return [name for name, is_so in can.items() if is_so or (KINDS[name][0] in further and name in _BY_STATUS.values())]


def _add(operation: Operation, status: str, name: str) -> None:
    there = operation.responses.get(status)
    if there is None:
        operation.responses[status] = {"$ref": f"#/components/responses/{name}"}
    else:  # a bulk request that was refused as a whole has its own kind of answer beside the problem
        told = _response(name)
        there["content"] |= told["content"]
        there["description"] = f"{there['description']} Or: {told['description']}"


def _complete(status: int, response: dict[str, Any]) -> None:
    """What a room declared by its words alone becomes a problem."""
    if "content" not in response:
        name = _BY_STATUS.get(status)
        response["content"] = _response(name)["content"] if name else {CONTENT_TYPE: {"schema": ref("Problem")}}
        response["headers"] = headers.for_problem(status)


def _response(name: str) -> dict[str, Any]:
    status, words, codes = KINDS[name]
    told = {
        code: {"value": problem(status, detail, code, _errors(status, code)), "summary": code}
        for code, detail in codes.items()
    }
    return {
        "description": f"{words} `type`: `{problem_type(status).address}`.",
        "headers": headers.for_problem(status),
        "content": {CONTENT_TYPE: {"schema": ref("Problem"), "examples": told}},
    }


def _errors(status: int, code: str) -> tuple[FieldError, ...]:
    return (FieldError("name", code, "This field is required."),) if status == 400 else ()
