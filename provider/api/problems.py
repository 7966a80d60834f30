"""Every error under /api/ as a problem document (RFC 9457), with the fields that are wrong listed under `errors`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import ceil
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.exceptions import ValidationError as FieldRefused
from django.db import IntegrityError, InterfaceError, OperationalError
from django.db.models import ProtectedError
from django.http import Http404, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from provider.api.problem_types import problem_type
from provider.api.serializers import refused

CONTENT_TYPE = "application/problem+json"
NON_FIELD = "non_field_errors"
# Seconds after which a client may ask again when PostgreSQL was away: the edge's own figure for the same fault.
RETRY_AFTER = 5
# deadlock_detected, lock_not_available, serialization_failure
_MET = ("40P01", "55P03", "40001")
HOW_TO_ASK = "This needs a token. Send it in the header Authorization: Bearer TOKEN."


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field: `field` as the client wrote it (dotted when nested, '' for the whole),
    `code` for programs, `message` for people."""

    field: str
    code: str
    message: str


def problem(status: int, detail: str, code: str, errors: Sequence[FieldError] = ()) -> dict[str, Any]:
    """The body of a problem document. `type` is the address at which the kind of problem is explained, one for each
    status; `code` says which of its reasons it was."""
    kind = problem_type(status)
    body: dict[str, Any] = {
        "type": kind.address,
        "title": kind.title,
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


def handle(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """The REST framework's exception handler. None lets an unforeseen error through to the 500 page."""
    known = _translate(error)
    if known is None:
        return None
    set_rollback()
    _advise(known, context.get("view"))
    return Response(_body(known), known.status_code, headers=_headers(known), content_type=CONTENT_TYPE)


def problem_of(error: Exception) -> dict[str, Any] | None:
    """The problem document of an error that one of several writes ended in; None for an unforeseen one."""
    known = _translate(error)
    return None if known is None else _body(known)


def _body(known: exceptions.APIException) -> dict[str, Any]:
    errors = tuple(_field_errors(known.detail)) if isinstance(known, exceptions.ValidationError) else ()
    return problem(known.status_code, _sentence(known, errors), _code(known, errors), errors)


class Conflict(exceptions.APIException):
    """What stands now does not allow it (409)."""

    status_code = 409
    default_detail = "Somebody else has changed this at the same moment. Read it again, and decide anew."
    default_code = "conflict"


class Busy(Conflict):
    """It met somebody else's write, and PostgreSQL ended one of the two (409): sent again it is done."""

    default_detail = "Others were changing the same at the same moment; nothing was done. Send it again."
    default_code = "busy"
    wait = 1


class Gone(exceptions.APIException):
    """It was here, and is not any more (410)."""

    status_code = 410
    default_detail = "This is not here any more."
    default_code = "gone"


class TooLarge(exceptions.APIException):
    """The body is larger than is read into memory (413)."""

    status_code = 413
    default_code = "too_large"
    default_detail = f"The body is too large: at most {settings.DATA_UPLOAD_MAX_MEMORY_SIZE} bytes are read."


class Unavailable(exceptions.APIException):
    """PostgreSQL is away; the client is told when to come back."""

    status_code = 503
    default_detail = "The database does not answer at the moment. Please try again in a few seconds."
    default_code = "unavailable"
    wait = RETRY_AFTER


def _translate(error: Exception) -> exceptions.APIException | None:
    if isinstance(error, exceptions.NotAuthenticated):
        error.detail = exceptions.ErrorDetail(HOW_TO_ASK, error.default_code)
    if isinstance(error, exceptions.APIException):
        return error
    if isinstance(error, Http404):
        return exceptions.NotFound("There is nothing at this address, or it is not yours to see.")
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(error, RequestDataTooBig):
        return TooLarge()
    if isinstance(error, FieldRefused):
        return refused(error)
    if isinstance(error, ProtectedError):
        return Conflict(_still_used(error), "in_use")
    if isinstance(error, IntegrityError):  # the models' rules were asked before: it is of this moment
        return Conflict()
    if isinstance(error, OperationalError | InterfaceError):
        return Busy() if getattr(error.__cause__, "pgcode", None) in _MET else Unavailable()
    return None


def _advise(error: exceptions.APIException, view: Any) -> None:
    """What the framework says in these words alone, with what to do instead."""
    advice = ""
    if isinstance(error, exceptions.UnsupportedMediaType) and view is not None:
        types = " or ".join(parser.media_type for parser in view.parser_classes)
        advice = f"Send it as {types}, and say so in the header Content-Type."
    elif isinstance(error, exceptions.MethodNotAllowed) and view is not None:
        advice = f"This address takes {', '.join(view.allowed_methods)}."
    if advice:
        error.detail = exceptions.ErrorDetail(f"{error.detail} {advice}", error.default_code)


def _still_used(error: ProtectedError) -> str:
    counts = Counter(str(row._meta.verbose_name_plural) for row in error.protected_objects)
    users = ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
    return f"It is still used: {users}. Remove these before."


def _field_errors(detail: Any, path: str = "") -> Iterator[FieldError]:
    """The leaves of the framework's nested error detail, each with the dotted name of its field."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            own = "" if name == NON_FIELD else str(name)
            yield from _field_errors(inner, ".".join(part for part in (path, own) if part))
    elif isinstance(detail, list | tuple):
        for place, inner in enumerate(detail):  # of the rows of a list each has its place, as the framework counts
            yield from _field_errors({str(place): inner} if isinstance(inner, Mapping) else inner, path)
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
