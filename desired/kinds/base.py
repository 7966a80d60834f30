"""What every kind of object can do: be read, many at once, and be brought to what a document wants."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

from django.core.exceptions import ValidationError as FieldRefused
from django.db import connection, transaction
from django.db.models import ProtectedError

from accounts.choices import Area
from accounts.models import Reseller, User
from desired.document import Document, Wanted
from desired.faults import Faults, pointer
from sipedge.auth.ha1 import Ha1Set

MISSING = "There is no {what} of this name, or it is not yours to see."


class Found(NamedTuple):
    """One object that stands. members: by their names in a document. secret: of a credential."""

    pk: int
    uid: UUID
    members: Mapping[str, Any]
    secret: Ha1Set | None = None


class Work(NamedTuple):
    """One object that is not as it is wanted. found: what stands, None where nothing does."""

    wanted: Wanted
    found: Found | None

    @property
    def path(self) -> str:
        """Where it stands in the document."""
        return self.wanted.path


@dataclass(slots=True)
class Run:
    """One carrying out of a document. reseller: whose all of it is. passwords: those that were made, by the key of
    their credential."""

    reseller: Reseller
    person: User
    document: Document
    faults: Faults = field(default_factory=Faults)
    passwords: dict[str, str] = field(default_factory=dict)

    def missing(self, work: Work, member: str, kind: str, key: str) -> None:
        """Note that a reference leads nowhere; not where that follows from what is wrong with its target."""
        named = [one for one in self.document.of_kind(kind) if one.key == key]
        if not any(self.faults.is_at(one.path) for one in named):
            self.faults.add(pointer(work.path, member), MISSING.format(what=kind), "does_not_exist")

    def needs(self, work: Work, members: Iterable[str]) -> bool:
        """Whether a new object has what it cannot be without; notes what it has not."""
        lacking = [name for name in members if work.wanted.members.get(name) is None]
        for name in lacking:
            self.faults.add(pointer(work.path, name), "This is needed where it is not there yet.", "required")
        return not lacking


class Kind(ABC):
    """One kind of object. name: in plans. section: in documents. area: what a token must be good for."""

    name: ClassVar[str]
    section: ClassVar[str]
    area: ClassVar[Area]
    within: ClassVar[tuple[str, ...]] = ()
    """The kinds that those belong to which are pruned: only of named ones of these. None: all of the reseller's."""
    order: ClassVar[Sequence[str]] = ()
    """The members, as they are told."""

    @abstractmethod
    def read(self, reseller: Reseller, keys: Collection[str]) -> dict[str, Found]:
        """Those of these keys that stand; in as many queries whatever their number."""

    @abstractmethod
    def below(self, reseller: Reseller, above: Collection[str] | None) -> dict[str, str]:
        """The keys of those that belong to these objects of `within`, each with the one that it belongs to; None: all
        of the reseller's."""

    @abstractmethod
    def put(self, run: Run, works: Sequence[Work]) -> None:
        """Make or change them; notes in `run.faults` what cannot be."""

    @abstractmethod
    def remove(self, run: Run, works: Sequence[Work]) -> None:
        """Take them away; notes in `run.faults` what cannot be."""

    def owners(self, work: Work) -> list[str]:  # noqa: ARG002 - the signature that kinds fill
        """The addresses of record of the subscribers that it is about."""
        return []

    def told(self, found: Found | None) -> Found | None:
        """What is told of what was read; None where that is as good as nothing."""
        return found

    def differing(self, wanted: Wanted, found: Found | None) -> list[str]:
        """The members that are not as they are wanted; `state` where it is there and should not be, or the reverse."""
        if wanted.is_absent or found is None:
            return ["state"] if wanted.is_absent == (found is not None) else []
        return [name for name, value in wanted.members.items() if found.members[name] != value]


def write(
    run: Run,
    rows: Sequence[tuple[Work, Any]],
    known: Collection[str],
    columns: Collection[str],
    *,
    is_judged: bool = False,
    **names: str,
) -> None:
    """Store rows of one model that its rules accept, all of them in two statements; notes what they refuse.

    known: references that were looked up already, and need not be again. columns: those of rows that stand which may
    have changed. is_judged: the rules that ask the database were asked already, for all at once. names: of columns
    whose members are called otherwise.
    """
    new: list[Any] = []
    changed: list[Any] = []
    for work, row in rows:
        try:
            row.clean_fields(exclude=known)
            if not is_judged:
                row.clean()
        except FieldRefused as error:
            run.faults.add_refusal(work.path, error, names)
        else:
            (changed if work.found else new).append(row)
    if new:
        type(new[0])._default_manager.bulk_create(new)
    if changed:
        _update(changed, [type(changed[0])._meta.get_field(name) for name in columns])


def _update(rows: Sequence[Any], fields: Sequence[Any]) -> None:
    """Store these columns of rows that stand, in one statement; the framework's own has a condition for each value, and
    takes ten times as long."""
    model, quoted = type(rows[0]), connection.ops.quote_name
    columns = [model._meta.pk, *fields]
    values = [[field.get_db_prep_save(getattr(row, field.attname), connection) for row in rows] for field in columns]
    names = [quoted(field.column) for field in columns]
    arrays = ", ".join(f"%s::{field.rel_db_type(connection)}[]" for field in columns)
    changes = ", ".join(f"{name} = changed.{name}" for name in names[1:])
    table = quoted(model._meta.db_table)
    statement = (
        f"UPDATE {table} AS t SET {changes} FROM unnest({arrays}) AS changed ({', '.join(names)}) "  # noqa: S608 - names of our own
        f"WHERE t.{names[0]} = changed.{names[0]}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def each(run: Run, works: Sequence[Work], do: Callable[[Sequence[Work]], object], **names: str) -> None:
    """Do something with many at once; where that is refused with fewer, until it is known which ones cannot be.

    do: atomic. names: of columns whose members are called otherwise.
    """
    if not works:
        return
    try:
        with transaction.atomic():
            do(works)
    except (FieldRefused, ProtectedError) as error:
        if len(works) > 1:
            middle = len(works) // 2
            each(run, works[:middle], do, **names)
            each(run, works[middle:], do, **names)
        elif isinstance(error, ProtectedError):
            run.faults.add(works[0].path, still_used(error), "in_use")
        else:
            run.faults.add_refusal(works[0].path, error, names)


def still_used(error: ProtectedError) -> str:
    """What keeps something from being removed."""
    kinds = sorted({str(row._meta.verbose_name_plural) for row in error.protected_objects})
    return f"It is still used by {', '.join(kinds)} that are to stay."
