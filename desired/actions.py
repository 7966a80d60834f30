"""Carrying out a document: the present is read, what differs is done, and read back.

A plan is the same, and taken back by whoever asked for it: so it finds whatever carrying it out would find.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import BoundedSemaphore
from typing import Any, Final

from django.db import OperationalError, connection, transaction

from accounts.models import Customer, Reseller, User
from desired.changes import Change, Reading, changes_between, fingerprint
from desired.document import MAX_OBJECTS, Document, Wanted
from desired.faults import pointer
from desired.kinds.all import BY_NAME, KINDS
from desired.kinds.base import Run, Work
from desired.kinds.subscribers import primary_keys
from numbering.models import DialSettings, PhoneNumber
from provider.api import problems
from subscribers.models import Domain, DomainName, SipCredential, Subscriber

WAIT: Final = "15s"
"""So long a document waits for another one of the same reseller's, or for who changes one of the same objects."""

MOST_WAITING: Final = 2
"""Requests of a process that wait for their turn: each keeps one of the few threads of the web server."""

_waiting = BoundedSemaphore(MOST_WAITING)
_LOCK_NOT_AVAILABLE, _DEADLOCK = "55P03", "40P01"
_LOCKED: Final = (
    (PhoneNumber, "number"),
    (SipCredential, "credential"),
    (Subscriber, "subscriber"),
    (Customer, "customer"),
    (Domain, "domain"),
    (DomainName, "domain_alias"),
    (DialSettings, "dial_settings"),
)
TAKES_ALONG: Final = ("domain", "subscriber")
"""Kinds of which one that goes takes along what belongs to it."""
_NUMBERS: Final = BY_NAME["number"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done. unchanged: how many objects of the document were as they are wanted. passwords: those that were
    made, by the key of their credential."""

    changes: list[Change]
    unchanged: int
    fingerprint: str
    passwords: Mapping[str, str] = field(default_factory=dict, repr=False)


class Busy(problems.Busy):
    """Somebody else is at it (409)."""

    default_detail = "Another document, or another request about the same objects, is being carried out. Try again."
    wait = 5


def carry_out(document: Document, reseller: Reseller, person: User) -> Outcome:
    """Bring what stands to what a document wants; within a transaction, which the caller takes back where it only
    wants to know. Documents of a reseller's are carried out one after the other.

    Raises ValidationError with everything that is wrong, each with its place in the document, and Busy.
    """
    run = Run(reseller, person, document)
    with in_turn(reseller), transaction.atomic():
        works = _works(*_look(run))
        if not works:
            run.faults.raise_any()
            return Outcome([], len(document.wanted), fingerprint(reseller.uid, document, []))
        _lock(reseller, works)
        named, before = _look(run)  # as it is now that nobody else changes it
        works = _works(named, before)
        paths = _paths(reseller, named, works)
        before = _read(reseller, paths)
        _do(run, works)
        run.faults.raise_any()
        connection.check_constraints()  # what PostgreSQL would say only at the commit
        after = _read(reseller, paths)
        _refuse_unreached(run, named, after)
    changes = changes_between(before, after, paths)
    touched = {work.path for work in works}
    unchanged = sum(one.path not in touched for one in document.wanted)
    return Outcome(changes, unchanged, fingerprint(reseller.uid, document, changes), run.passwords)


def _look(run: Run) -> tuple[list[Wanted], Reading]:
    """What is wanted, and what stands of it."""
    named = _named(run)
    return named, _read(run.reseller, ((one.kind, one.key) for one in named))


@contextmanager
def in_turn(reseller: Reseller) -> Iterator[None]:
    """One document of a reseller's after the other, and nobody waits for ever."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [WAIT])
            _take_turn(cursor, f"desired/{reseller.pk}")
        yield
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", None) in (_LOCK_NOT_AVAILABLE, _DEADLOCK):
            raise Busy from error
        raise


def _take_turn(cursor: Any, name: str) -> None:
    """Raises Busy where as many wait already as may; OperationalError where it takes too long."""
    cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
    if cursor.fetchone()[0]:
        return
    if not _waiting.acquire(blocking=False):
        raise Busy
    try:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
    finally:
        _waiting.release()


def _named(run: Run) -> list[Wanted]:
    """The objects of the document, and those that are in the way where it shall be all that there is."""
    named = list(run.document.wanted)
    known = {(one.kind, one.key) for one in named}
    for name, path in run.document.prune.items():
        kind = BY_NAME[name]
        above = [key for within in kind.within for key in run.document.present(within)] if kind.within else None
        others = [key for key in kind.below(run.reseller, above) if (name, key) not in known]
        if len(others) > MAX_OBJECTS:
            run.faults.add(path, f"More than {MAX_OBJECTS} would be removed: {len(others)}.", "too_many")
        else:
            named += [Wanted(name, key, path, is_absent=True) for key in others]
    return named


def _read(reseller: Reseller, names: Iterable[tuple[str, str]]) -> Reading:
    """What stands of these (kind, key)."""
    keys: dict[str, list[str]] = {}
    for name, key in names:
        keys.setdefault(name, []).append(key)
    return {name: BY_NAME[name].read(reseller, some) for name, some in keys.items()}


def _works(named: Iterable[Wanted], before: Reading) -> list[Work]:
    """What is not as it is wanted."""
    works = (Work(one, before[one.kind].get(one.key)) for one in named)
    return [work for work in works if BY_NAME[work.wanted.kind].differing(work.wanted, work.found)]


def _lock(reseller: Reseller, works: Iterable[Work]) -> None:
    """Keep others from changing what will be changed, in the order in which everybody locks: numbers or credentials,
    then subscribers, then what phones do not change. Not from referring to it: phones register meanwhile.
    """
    rows: dict[str, set[int]] = {}
    owners: set[str] = set()
    for work in works:
        owners.update(BY_NAME[work.wanted.kind].owners(work))
        if work.found:
            rows.setdefault(work.wanted.kind, set()).add(work.found.pk)
    rows["subscriber"] = set(primary_keys(reseller, owners))
    for model, name in _LOCKED:
        mine = model._default_manager.filter(pk__in=rows.get(name, ())).order_by("pk")
        list(mine.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))


def _paths(reseller: Reseller, named: Iterable[Wanted], works: Iterable[Work]) -> dict[tuple[str, str], str]:
    """Everything that may change, each with what in the document brings it about: also what goes with a subscriber
    or domain, and the other numbers of those who get or lose one, of which another becomes the main one."""
    paths = {(one.kind, one.key): one.path for one in named}
    gone = {(work.wanted.kind, work.wanted.key): work.path for work in works if work.wanted.is_absent}
    holders = {aor: work.path for work in works if work.wanted.kind == "number" for aor in _NUMBERS.owners(work)}
    for kind in KINDS:
        causes = dict(holders) if kind is _NUMBERS else {}
        causes |= {key: path for (name, key), path in gone.items() if name in TAKES_ALONG and name in kind.within}
        if causes:
            for key, aor in kind.below(reseller, list(causes)).items():
                paths.setdefault((kind.name, key), causes[aor])
    return paths


def _do(run: Run, works: list[Work]) -> None:
    """Make and change from the top, take away from below."""
    for kind in KINDS:
        if some := [work for work in works if work.wanted.kind == kind.name and not work.wanted.is_absent]:
            kind.put(run, some)
    for kind in reversed(KINDS):
        if some := [work for work in works if work.wanted.kind == kind.name and work.wanted.is_absent]:
            kind.remove(run, some)


def _refuse_unreached(run: Run, named: Iterable[Wanted], after: Reading) -> None:
    """A document can contradict itself, or what must hold: then it would not stand when it was carried out."""
    for one in named:
        found = after[one.kind].get(one.key)
        for name in BY_NAME[one.kind].differing(one, found):
            told = f" It would be {found.members[name]!r}." if found and name in found.members else ""
            message = f"It cannot be so together with what else is wanted, or must hold.{told}"
            run.faults.add(one.path if name == "state" else pointer(one.path, name), message, "contradiction")
    run.faults.raise_any()
