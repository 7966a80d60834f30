"""Every error under /api/ as a problem document (RFC 9457), with the fields that are wrong listed under `errors`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from math import ceil
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

CONTENT_TYPE = "application/problem+json"
NON_FIELD = "non_field_errors"
# Seconds after which a client may ask again when PostgreSQL was away: the edge's own figure for the same fault.
RETRY_AFTER = 5


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field: `field` as the client wrote it (dotted when nested, '' for the whole),
    `code` for programs, `message` for people."""

    field: str
    code: str
    message: str


def problem(status: int, detail: str, code: str, errors: Sequence[FieldError] = ()) -> dict[str, Any]:
    """The body of a problem document; `type` stays about:blank (RFC 9457 §4.2.1), so `title` is the status' phrase."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
    }
    if errors:
        body["errors"] = [asdict(error) for error in errors]
    return body


def problem_response(status: int, detail: str, code: str) -> JsonResponse:
    """A problem for code outside of the REST framework: unknown addresses and failures of the server."""
    return JsonResponse(problem(status, detail, code), status=status, content_type=CONTENT_TYPE)


def handle(error: Exception, _context: Mapping[str, Any]) -> Response | None:
    """The REST framework's exception handler. None lets an unforeseen error through to the 500 page."""
    known = _translate(error)
    if known is None:
        return None
    set_rollback()
    errors = tuple(_field_errors(known.detail)) if isinstance(known, exceptions.ValidationError) else ()
    body = problem(known.status_code, _sentence(known, errors), _code(known, errors), errors)
    return Response(body, known.status_code, headers=_headers(known), content_type=CONTENT_TYPE)


class Unavailable(exceptions.APIException):
    """PostgreSQL is away; the client is told when to come back."""

    status_code = 503
    default_detail = "The database does not answer at the moment. Please try again in a few seconds."
    default_code = "unavailable"
    wait = RETRY_AFTER


def _translate(error: Exception) -> exceptions.APIException | None:
    if isinstance(error, exceptions.APIException):
        return error
    if isinstance(error, Http404):
        return exceptions.NotFound("There is nothing at this address, or it is not yours to see.")
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(error, OperationalError | InterfaceError):
        return Unavailable()
    return None


def _field_errors(detail: Any, path: str = "") -> Iterator[FieldError]:
    """The leaves of the framework's nested error detail, each with the dotted name of its field."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            own = "" if name == NON_FIELD else str(name)
            yield from _field_errors(inner, ".".join(part for part in (path, own) if part))
    elif isinstance(detail, list | tuple):
        for inner in detail:
            yield from _field_errors(inner, path)
    else:
        yield FieldError(path, str(getattr(detail, "code", "invalid")), str(detail))


def _sentence(error: exceptions.APIException, errors: Sequence[FieldError]) -> str:
    if not isinstance(error, exceptions.ValidationError):
        return str(error.detail)
    named = list(dict.fromkeys(item.field for item in errors if item.field))
    if not named:
        return " ".join(item.message for item in errors)
    return f"Not accepted: {', '.join(named)}. What is wrong with each stands under errors."


def _code(error: exceptions.APIException, errors: Sequence[FieldError]) -> str:
    if errors:
        return errors[0].code if len({item.code for item in errors}) == 1 else "invalid"
    return str(getattr(error.detail, "code", error.default_code))


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if (wait := getattr(error, "wait", None)) is not None:
        headers["Retry-After"] = str(max(1, ceil(wait)))
    return headers
