"""Writing by the API: every write is one transaction, which may be tried without being kept, and is done once however
often it is sent.

    POST   collection       create
    PATCH  collection/id    change the members that are sent
    PUT    collection/id    replace all that the caller may set, where a collection offers it
    DELETE collection/id
    POST   collection/bulk  many of these (bulk.py)

`?dry_run=1`: everything is done, answered and taken back. `Idempotency-Key`: idempotency.py. `If-Match`: etags.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from django.db import connection, transaction
from django.db.models import Model, QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.choices import Role
from provider.api import bulk, etags, idempotency, parameters
from provider.api.bulk import BulkAnswer, BulkRequest
from provider.api.paging import reads_yes
from provider.api.viewset import ScopedViewSet

DRY_RUN = "dry_run"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a write is answered with. body: None for 204."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        """As the framework sends it."""
        return Response(self.body, self.status, headers=dict(self.headers))


class RoleRefused(PermissionDenied):
    """The token's owner is of a role that may not do this."""

    default_code = "role_not_allowed"
    default_detail = "Your account may read this, but not change it."


class WritingViewSet(ScopedViewSet):
    """A collection of which something can be written: with Creating, Changing, Removing, or actions of its own.

    The serializer says which members, and by which actions of the app. writers: roles that may write. needs_match:
    operations that are refused without If-Match (428).
    """

    writers: ClassVar[frozenset[Role]] = frozenset({Role.ADMIN, Role.RESELLER})
    needs_match: ClassVar[frozenset[str]] = frozenset({"destroy", "update"})
    writing: ClassVar[frozenset[str]] = frozenset({"create", "partial_update", "update", "destroy", "bulk"})
    """The actions that write, where they exist."""
    matching: ClassVar[frozenset[str]] = frozenset({"update", "partial_update", "destroy"})
    """Those that look at If-Match, beside those that need it."""
    most_rows: ClassVar[int] = bulk.MAX_ROWS
    """So many at once in bulk; fewer where one takes longer than usual."""

    def check_role(self, request: Request) -> None:
        """Who may only read is told so before anything is looked at."""
        super().check_role(request)
        user: Any = request.user
        if self.action in self.writing and user.role not in self.writers:
            raise RoleRefused

    def declared_parameters(self) -> set[str]:
        """Every write knows the dry run."""
        return {DRY_RUN} if self.action in self.writing else super().declared_parameters()

    def told_parameters(self) -> list[OpenApiParameter]:
        """What the OpenAPI document says of this operation: how a write is meant."""
        told = super().told_parameters()
        if self.action not in self.writing:
            return told
        told.append(parameters.DRY_RUN)
        if self.request.method in idempotency.Memory.methods:
            told.append(parameters.IDEMPOTENCY_KEY)
        if self.action in self.matching | self.needs_match:
            told.append(parameters.if_match(is_required=self.action in self.needs_match))
        return told if self.action in ("destroy", "bulk") else [*told, parameters.ETAG]

    def carry_out(self, write: Callable[[], Answer], *, is_dry: bool | None = None) -> Response:
        """Run a write in one transaction, once for each Idempotency-Key; take it back where it was a dry run. is_dry:
        other than the address says, where the operation has its own way to try something."""
        is_dry = reads_yes(self.request.query_params, DRY_RUN) if is_dry is None else is_dry
        with transaction.atomic():
            _name_actor(self.request.user)
            memory = idempotency.Memory.of(self.request)  # a key that is none is refused in a dry run too
            memory = None if is_dry else memory
            if memory is not None and (known := memory.recall()) is not None:
                return Response(known.body, known.status, headers={**known.headers, "Idempotency-Replayed": "true"})
            answer = write()
            if answer.status == 422:  # a bulk request that had to be done as a whole
                transaction.set_rollback(True)
                return answer.response()
            connection.check_constraints()  # what PostgreSQL would say only at the commit
            if memory is not None:
                memory.keep(answer.status, answer.body, answer.headers)
            if is_dry:
                transaction.set_rollback(True)
                answer = Answer(200, {"dry_run": True, "status": answer.status, "result": answer.body})
        return answer.response()

    def do_create(self, data: Any) -> Answer:
        """Make a row out of `data`; within a transaction."""
        serializer: Any = self.get_serializer(data=data)
        serializer.is_valid(raise_exception=True)
        row = serializer.save()
        answer = self.shown(201, self._again(row), {"Location": self._address(row)})
        return replace(answer, body=answer.body | serializer.once)

    def do_change(self, uid: Any, data: Any, match: str | None, *, is_whole: bool = False) -> Answer:
        """Change a row if `match` names its version; within a transaction. is_whole: what is not sent is as if it had
        never been set."""
        row = self.locked(uid, match)
        serializer = self.get_serializer(row, data=data, partial=not is_whole)
        serializer.is_valid(raise_exception=True)
        return self.shown(200, self._again(serializer.save()))

    def do_remove(self, uid: Any, match: str | None) -> Answer:
        """Take a row away if `match` names its version; within a transaction."""
        self.perform_destroy(self.locked(uid, match))
        return Answer(204)

    def perform_destroy(self, row: Model) -> None:
        """How a row is taken away; an app's action where there is more to it."""
        row.delete()

    def shown(self, status: int, row: Model, headers: Mapping[str, str] | None = None) -> Answer:
        """An answer that shows a row, with its entity tag."""
        body = self.get_serializer(row).data
        return Answer(status, body, {"ETag": etags.etag_of(body), **(headers or {})})

    def locked(self, uid: Any, match: str | None) -> Any:
        """The row, which nobody else changes until the end of the transaction. Raises Http404, PreconditionFailed."""
        rows: QuerySet[Any] = self.get_queryset().select_for_update(of=("self",), no_key=True)
        row = self.find(rows, uid)
        if match is not None:
            etags.demand(match, etags.etag_of(self.get_serializer(row).data))
        return row

    def _again(self, row: Model) -> Any:
        """The row as a list would show it, with all that belongs to it."""
        return self.find(self.get_queryset(), getattr(row, self.lookup_field))

    def named_version(self, operation: str) -> str | None:
        """What If-Match says. Raises PreconditionRequired where this operation needs it."""
        header: str | None = self.request.headers.get("If-Match")
        if header is None and operation in self.needs_match:
            raise etags.PreconditionRequired
        return header

    def _address(self, row: Model) -> str:
        here = self.request.path.removesuffix("bulk/")
        return self.request.build_absolute_uri(f"{here}{getattr(row, self.lookup_field)}/")


def _name_actor(user: Any) -> None:
    """Have the events of this transaction say who did it (events/triggers.py)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('freiton.actor', %s, true)", [str(user.uid)])


class Creating(WritingViewSet):
    """With POST."""

    def create(self, request: Request, **_kwargs: Any) -> Response:
        """Make one."""
        return self.carry_out(lambda: self.do_create(request.data))


class Changing(WritingViewSet):
    """With PATCH."""

    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        """Change the members that are sent; the others stay."""
        match = self.named_version("partial_update")
        return self.carry_out(lambda: self.do_change(kwargs[self.lookup_url_kwarg], request.data, match))


class Replacing(WritingViewSet):
    """With PUT."""

    def update(self, request: Request, **kwargs: Any) -> Response:
        """Replace all that you may set: what is not sent gets its default."""
        match = self.named_version("update")
        uid = kwargs[self.lookup_url_kwarg]
        return self.carry_out(lambda: self.do_change(uid, request.data, match, is_whole=True))


class Removing(WritingViewSet):
    """With DELETE."""

    def destroy(self, request: Request, **kwargs: Any) -> Response:  # noqa: ARG002 - the framework's signature
        """Take one away."""
        match = self.named_version("destroy")
        return self.carry_out(lambda: self.do_remove(kwargs[self.lookup_url_kwarg], match))


class Bulk(WritingViewSet):
    """With many at once, of the operations that there are for one."""

    @extend_schema(request=BulkRequest, responses={200: BulkAnswer, 207: BulkAnswer, 422: BulkAnswer}, filters=False)
    @action(detail=False, methods=["post"], pagination_class=None)
    def bulk(self, request: Request, **_kwargs: Any) -> Response:
        """Create, change and remove many, each as by a request of its own, in their order."""
        return self.carry_out(lambda: Answer(*bulk.carry_out(self, request.data)))


class WritableViewSet(Creating, Changing, Removing, Bulk):
    """With all of these but PUT."""
