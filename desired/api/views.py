"""Desired state in the API: what a document would change, changing it, and what stands as a document."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any, ClassVar, Final, cast

from django.db import transaction
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from accounts.choices import Area, Role
from accounts.models import ApiToken, Customer, Reseller, User
from accounts.sealing import SecretError, seal, unseal
from desired.actions import TAKES_ALONG, Outcome, carry_out
from desired.api.answers import AppliedSerializer, PlanSerializer, StateSerializer, outcome_as_plain
from desired.api.document import SECTIONS, DocumentSerializer, as_document, read_document
from desired.document import Document
from desired.kinds.all import KINDS
from desired.state import Part, Place, written
from provider.api import parameters
from provider.api.authentication import demand
from provider.api.etags import PreconditionFailed, PreconditionRequired, is_named
from provider.api.paging import reads_yes
from provider.api.writing import DRY_RUN, Answer, RoleRefused, WritingViewSet
from subscribers.models import Domain

MOST_ROWS: Final = 500
_NOT_THERE: Final = "There is no {what} of this name, or it is not yours to see."
_IF_MATCH: Final = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="The fingerprint of the plan, in quotation marks: where something else would be done by now, nothing "
    "is (412). A document with `prune` needs it (428); * stands for whatever the plan would be.",
)
_FINGERPRINT: Final = OpenApiParameter(
    "ETag", str, OpenApiParameter.HEADER, response=[200], description="The fingerprint, for the If-Match of apply."
)
_PART: Final = {
    "reseller": "Whose state, by name. Yours where it is left out; administrators have to say it.",
    "customer": "Only what this customer has, by its name.",
    "domain": "Only what lives in this domain, by its name.",
    "sections": f"The sections that are wanted, separated by commas; all where it is left out: {', '.join(SECTIONS)}.",
    "cursor": "The place to go on from, out of next.",
    "page_size": f"How many customers, subscribers and numbers a part has at most: 1 to {MOST_ROWS}.",
}


class DesiredStateViewSet(WritingViewSet):
    """Desired state: a document says what shall stand. For configuration management and Terraform."""

    areas: ClassVar[Collection[Area]] = ()  # the document says which; each operation asks
    only_reads = frozenset({"plan", "apply"})
    writing = frozenset({"apply"})
    further_problems: ClassVar[Mapping[str, Collection[int]]] = {"plan": {409}, "apply": {428}}
    pagination_class = None  # type: ignore[assignment]  # no list of rows
    filterset_class = None

    def check_role(self, request: Request) -> None:
        """Customers may do nothing of this, not even look."""
        if cast(User, request.user).role not in self.writers:
            raise RoleRefused

    def declared_parameters(self) -> set[str]:
        """Of the state its parts."""
        return set(_PART) if self.action == "state" else super().declared_parameters()

    def told_parameters(self) -> list[OpenApiParameter]:
        """What the OpenAPI document says of this operation."""
        if self.action == "state":
            return [OpenApiParameter(name, str, description=text) for name, text in _PART.items()]
        if self.action == "apply":
            return [parameters.DRY_RUN, parameters.IDEMPOTENCY_KEY, _IF_MATCH, _FINGERPRINT]
        return [_FINGERPRINT]

    @extend_schema(
        operation_id="plan",
        summary="Plan a desired state",
        request=DocumentSerializer,
        responses=PlanSerializer,
    )
    def plan(self, request: Request) -> Response:
        """Say what `apply` of this document would change, and change nothing.

        It is what `apply` does, taken back: whatever would be refused then is refused now, all of it at once, each with
        its place in the document as a JSON pointer.
        """
        document, reseller = self._read(request, is_write=False)
        with transaction.atomic():
            outcome = carry_out(document, reseller, cast(User, request.user))
            transaction.set_rollback(True)
        return _answer(outcome, is_done=False).response()

    @extend_schema(
        operation_id="apply",
        summary="Apply a desired state",
        request=DocumentSerializer,
        responses=AppliedSerializer,
    )
    def apply(self, request: Request) -> Response:
        """Bring what stands to what this document wants, all of it or nothing, in one transaction.

        Sent a second time it finds nothing to do. Documents of one reseller are applied one after the other.
        """
        document, reseller = self._read(request, is_write=True)
        match = request.headers.get("If-Match")
        if document.prune and match is None:
            raise PreconditionRequired("Plan it first, and send the fingerprint of the plan as If-Match: it prunes.")
        return self.carry_out(lambda: self._apply(document, reseller, match))

    def _apply(self, document: Document, reseller: Reseller, match: str | None) -> Answer:
        outcome = carry_out(document, reseller, cast(User, self.request.user))
        if match is not None and outcome.changes and not is_named(match, f'"{outcome.fingerprint}"'):
            raise PreconditionFailed(
                "This would do something else than what was planned. Plan it again; nothing was done."
            )
        return _answer(outcome, is_done=not reads_yes(self.request.query_params, DRY_RUN))

    @extend_schema(
        operation_id="state",
        summary="What stands, as a document",
        responses=StateSerializer,
        filters=False,
    )
    def state(self, request: Request) -> Response:
        """Write what stands out as a document, part by part, to manage from now on what is there already.

        A plan of it changes nothing. Secrets are not in it: a credential without one stays as it is.
        """
        sections = _sections(request)
        kinds = [kind for kind in KINDS if kind.section in sections]
        self._demand({kind.name for kind in kinds}, is_write=False)
        part = self._part(request)
        found, place = written(part, _place(request), _size(request), {kind.name for kind in kinds})
        address = request.build_absolute_uri()
        following = None if place is None else replace_query_param(address, "cursor", _packed(place))
        return Response({"next": following, "document": as_document(found, part.reseller.name)})

    def _read(self, request: Request, *, is_write: bool) -> tuple[Document, Reseller]:
        """The document, and whose it is; the token must be good for all that it is about."""
        document, name = read_document(request.data)
        kinds = {one.kind for one in document.wanted} | set(document.prune)
        for above in TAKES_ALONG:
            if above in document.prune or any(one.is_absent for one in document.of_kind(above)):
                kinds |= {kind.name for kind in KINDS if above in kind.within}  # they go with it
        self._demand(kinds, is_write=is_write)
        if any(one.secret for one in document.wanted):  # a plan says whether it is the one that is stored
            demand(cast(ApiToken, request.auth), [Area.CREDENTIALS], is_write=True)
        return document, self._reseller(name, "/reseller")

    def _demand(self, kinds: Collection[str], *, is_write: bool) -> None:
        token = cast(ApiToken, self.request.auth)
        demand(token, sorted({kind.area for kind in KINDS if kind.name in kinds}), is_write=is_write)
        if "subscriber" in kinds:  # the names of customers stand in it
            demand(token, [Area.ACCOUNTS])

    def _reseller(self, name: str | None, field: str) -> Reseller:
        """The one that is named, or the token's own. Raises ValidationError."""
        user = cast(User, self.request.user)
        if name is None and user.role == Role.ADMIN:
            raise ValidationError({field: "Say whose it is: the name of a reseller."}, "required")
        return _found(Reseller, user, {"name": name} if name is not None else {}, field)

    def _part(self, request: Request) -> Part:
        user, asked = cast(User, request.user), request.query_params
        reseller = self._reseller(asked.get("reseller"), "reseller")
        named = {
            name: _found(model, user, {"name": asked[name], "reseller": reseller}, name) if name in asked else None
            for name, model in (("customer", Customer), ("domain", Domain))
        }
        return Part(reseller, **named)


def _answer(outcome: Outcome, *, is_done: bool) -> Answer:
    return Answer(200, outcome_as_plain(outcome, is_done=is_done), {"ETag": f'"{outcome.fingerprint}"'})


def _found(model: Any, user: User, named: dict[str, Any], field: str) -> Any:
    row = model.objects.visible_to(user).filter(**named).first()
    if row is None:
        message = _NOT_THERE.format(what=model._meta.model_name)
        raise ValidationError({field: message}, "does_not_exist")
    return row


def _sections(request: Request) -> list[str]:
    asked = [name for name in request.query_params.get("sections", "").split(",") if name]
    if unknown := sorted(set(asked) - set(SECTIONS)):
        message = f"Not known here: {', '.join(unknown)}. Known are: {', '.join(SECTIONS)}."
        raise ValidationError({"sections": message}, "unknown")
    return asked or SECTIONS


def _size(request: Request) -> int:
    text = request.query_params.get("page_size", str(MOST_ROWS))
    size = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    if not 1 <= size <= MOST_ROWS:
        raise ValidationError({"page_size": f"A whole number from 1 to {MOST_ROWS}."})
    return size


def _packed(place: Place) -> str:
    return seal(json.dumps(place))


def _place(request: Request) -> Place:
    """Where to go on. Raises ValidationError."""
    text = request.query_params.get("cursor")
    if not text:
        return Place()
    try:
        place = Place(*json.loads(unseal(text)))
    except (SecretError, ValueError, TypeError, RecursionError) as error:
        raise _no_cursor() from error
    kinds = [type(part) for part in place]
    if kinds != [int, str, int] or "\0" in place.value or not 0 <= place.pk < 1 << 63 or not 0 <= place.walk < 10:
        raise _no_cursor()
    return place


def _no_cursor() -> ValidationError:
    return ValidationError({"cursor": "Take the cursor from next of another part."})
