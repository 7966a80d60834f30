"""What the lines of a file would do to the inventory, and doing it: nothing is asked for each line by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, NamedTuple, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat, Now
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.choices import Role
from accounts.models import Reseller, User
from numbering import actions
from numbering.choices import Holding, NumberState
from numbering.choices import ImportVerb as Verb
from numbering.models import NumberAssignment, PhoneNumber
from numbering.sheets import Problem, Row, Sheet
from subscribers.models import Subscriber

AT_ONCE: Final = 5_000
"""Lines that a query is about."""

T = TypeVar("T")

_READ: Final = ("uid", "e164", "reseller_id", "extension_digits", "note", "holding", "quarantined_until")
"""Of a number that is there already."""

_SUBSCRIBERS: Final = """
    SELECT s.id
    FROM unnest(%s::text[], %s::text[]) AS wanted (username, domain)
    JOIN subscribers_domain d ON d.name = wanted.domain
    JOIN subscribers_subscriber s ON s.domain_id = d.id AND s.username = wanted.username
"""
_BLOCKS: Final = """
    SELECT wanted.e164, around.reseller_id
    FROM unnest(%s::text[]) AS wanted (e164)
    CROSS JOIN LATERAL (
        SELECT b.reseller_id, b.numbers
        FROM numbering_numberblock b
        WHERE b.digits = length(wanted.e164) - 1 AND lower(b.numbers) <= substring(wanted.e164, 2)::bigint
        ORDER BY b.digits DESC, lower(b.numbers) DESC LIMIT 1
    ) around
    WHERE around.numbers @> substring(wanted.e164, 2)::bigint
"""
# What a line does not speak of stays as it is, whoever changed it since the plan was made.
_EXTENSIONS: Final = """
    UPDATE numbering_phonenumber n SET extension_digits = wanted.digits
    FROM unnest(%s::bigint[], %s::smallint[]) AS wanted (id, digits) WHERE n.id = wanted.id
"""
_NOTES: Final = """
    UPDATE numbering_phonenumber n SET note = wanted.note
    FROM unnest(%s::bigint[], %s::text[]) AS wanted (id, note) WHERE n.id = wanted.id
"""


class Held(NamedTuple):
    """Who has a number now. aor: of the subscriber."""

    assignment_id: int
    subscriber_id: int
    is_main: bool
    aor: str


class Step(NamedTuple):
    """What a line would do. verbs: in the order in which they are done; () where all is so already."""

    row: Row
    verbs: tuple[Verb, ...]
    number: PhoneNumber
    subscriber: Subscriber | None
    held: Held | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a file would do."""

    steps: list[Step]
    problems: list[Problem]

    @property
    def changes(self) -> int:
        """How many lines would change anything."""
        return sum(bool(step.verbs) for step in self.steps)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the lines are about, as far as the person may see it. held: by number. owners: of the blocks around new
    numbers. had: the customer who had a resting number last."""

    person: User
    numbers: Mapping[str, PhoneNumber]
    held: Mapping[int, Held]
    taken: set[str]
    resellers: dict[str, Reseller]
    subscribers: dict[tuple[str, str], Subscriber]
    owners: dict[str, int | None]
    had: dict[int, int]


class _LineError(Exception):
    """What is wrong with a line, in words."""


def plan(sheet: Sheet, person: User) -> Plan:
    """Work out what each line would do, and which cannot be done. Reads as many queries as there are 5,000 lines."""
    steps: list[Step] = []
    problems = list(sheet.problems)
    mains: dict[tuple[str, str], int] = {}
    for rows in _parts(sheet.rows):
        known = _look_up(rows, person)
        for row in rows:
            try:
                step = _step(row, known)
                _refuse_second_main(row, mains)
                steps.append(step)
            except _LineError as error:
                problems.append(Problem(row.line, str(error)))
    return Plan(steps, sorted(problems, key=lambda problem: problem.line))


def _refuse_second_main(row: Row, mains: dict[tuple[str, str], int]) -> None:
    if row.main and row.subscriber:
        before = mains.setdefault(row.subscriber, row.line)
        if before != row.line:
            raise _LineError(_("Line %(line)d gives the subscriber another main number.") % {"line": before})


def _parts(items: Iterable[T]) -> Iterator[list[T]]:
    source = iter(items)
    while part := list(islice(source, AT_ONCE)):
        yield part


def _look_up(rows: Sequence[Row], person: User) -> _Known:
    every = [row.e164 for row in rows]
    seen = PhoneNumber.objects.visible_to(person).filter(e164__in=every).annotate(whose=F("reseller__name"))
    numbers = {one.e164: one for one in seen.only(*_READ)}
    held = {number: Held._make(values) for number, *values in _held(numbers.values())}
    taken = set(PhoneNumber.objects.filter(e164__in=every).values_list("e164", flat=True))
    names = {row.reseller for row in rows if row.reseller}
    resellers = {one.name: one for one in Reseller.objects.visible_to(person).filter(name__in=names)}
    wanted = {row.subscriber for row in rows if row.subscriber}
    with connection.cursor() as cursor:
        cursor.execute(_SUBSCRIBERS, [[name for name, _domain in wanted], [domain for _name, domain in wanted]])
        keys = [key for (key,) in cursor.fetchall()]
        cursor.execute(_BLOCKS, [[e164 for e164 in every if e164 not in taken]])
        owners = dict(cursor.fetchall())
    found = Subscriber.objects.visible_to(person).filter(pk__in=keys).select_related("domain", "reseller")
    subscribers = {(one.username, one.domain.name): one for one in found}
    had = actions.customers_who_had(one for one in numbers.values() if one.holding == Holding.QUARANTINED)
    return _Known(person, numbers, held, taken, resellers, subscribers, owners, had)


def _held(numbers: Iterable[PhoneNumber]) -> Iterable[tuple[Any, ...]]:
    """Number and what Held has, as values: the rows of 100,000 subscribers and domains would be half a gigabyte."""
    aor = Concat("subscriber__username", Value("@"), "subscriber__domain__name")
    held = NumberAssignment.objects.current().filter(number__in=[one.pk for one in numbers]).order_by()
    return held.values_list("number_id", "pk", "subscriber_id", "is_main", aor)


def _step(row: Row, known: _Known) -> Step:
    if row.reseller and row.reseller not in known.resellers:
        raise _LineError(_("There is no reseller “%(name)s”.") % {"name": row.reseller})
    subscriber = known.subscribers.get(row.subscriber) if row.subscriber else None
    if row.subscriber and subscriber is None:
        raise _LineError(_("There is no subscriber %(aor)s.") % {"aor": "@".join(row.subscriber)})
    if subscriber is not None and row.state not in {"", NumberState.ASSIGNED}:
        raise _LineError(_("A number of a subscriber is assigned, and not “%(state)s”.") % {"state": row.state})
    number = known.numbers.get(row.e164)
    if number is None:
        return _new(row, subscriber, known)
    if row.reseller and number.reseller_id != known.resellers[row.reseller].pk:
        raise _LineError(_("The number belongs to %(whose)s.") % {"whose": number.whose})  # type: ignore[attr-defined]  # annotated
    if subscriber is not None and number.reseller_id != subscriber.reseller_id:
        raise _LineError(_("The number and the subscriber belong to different resellers."))
    held = known.held.get(number.pk)
    verbs = [*_state_verbs(row, number, subscriber, held, known), *_field_verbs(row, number)]
    return Step(row, tuple(verbs), number, subscriber, held)


def _new(row: Row, subscriber: Subscriber | None, known: _Known) -> Step:
    """A number that is not in the inventory: its reseller is named, or that of its subscriber or its block."""
    if row.e164 in known.taken:
        raise _LineError(_("This number is in the inventory already."))
    is_in_block = row.e164 in known.owners
    owner = known.owners.get(row.e164)
    if is_in_block and owner is None:
        raise _LineError(_("It lies in a block that was not given to a reseller yet."))
    reseller_id = known.resellers[row.reseller].pk if row.reseller else owner
    if reseller_id is None and subscriber is not None:
        reseller_id = subscriber.reseller_id
    if reseller_id is None:
        raise _LineError(_("The number is new: say whose it is in the column reseller."))
    if is_in_block and owner != reseller_id:
        raise _LineError(_("It lies in a block of another reseller."))
    if not is_in_block and known.person.role != Role.ADMIN:
        raise _LineError(_("It lies in no block of yours."))
    if subscriber is not None and subscriber.reseller_id != reseller_id:
        raise _LineError(_("The number and the subscriber belong to different resellers."))
    if row.state not in {"", NumberState.FREE} and subscriber is None:
        raise _LineError(_("A new number without a subscriber is free, and not “%(state)s”.") % {"state": row.state})
    number = PhoneNumber(
        e164=row.e164, reseller_id=reseller_id, extension_digits=row.extension_digits or 0, note=row.note
    )
    verbs = (Verb.CREATE,) if subscriber is None else (Verb.CREATE, Verb.ASSIGN)
    return Step(row, verbs, number, subscriber)


def _state_verbs(
    row: Row, number: PhoneNumber, subscriber: Subscriber | None, held: Held | None, known: _Known
) -> Iterator[Verb]:
    if subscriber is not None:
        yield from _subscriber_verbs(row, number, subscriber, held, known)
    elif row.state == NumberState.FREE and number.holding == Holding.PORTED_OUT:
        yield Verb.PORT_IN
    elif row.state == NumberState.FREE and number.holding == Holding.QUARANTINED:
        yield Verb.END_QUARANTINE
    elif row.state in {NumberState.FREE, NumberState.QUARANTINED} and held is not None:
        yield Verb.RELEASE
    elif row.state == NumberState.PORTED_OUT and number.holding != Holding.PORTED_OUT:
        yield Verb.PORT_OUT
    elif row.state == NumberState.ASSIGNED and held is None:
        raise _LineError(_("Nobody has this number: say who shall have it in the column subscriber."))
    elif row.state == NumberState.QUARANTINED and number.holding != Holding.QUARANTINED:
        raise _LineError(_("Nobody had this number: only what was assigned goes into quarantine."))


def _subscriber_verbs(
    row: Row, number: PhoneNumber, subscriber: Subscriber, held: Held | None, known: _Known
) -> Iterator[Verb]:
    if held is not None and held.subscriber_id == subscriber.pk:
        if row.main and not held.is_main:
            yield Verb.MAIN
        return
    if held is not None:
        raise _LineError(_("%(aor)s has this number: release it before.") % {"aor": held.aor})
    if number.holding == Holding.PORTED_OUT:
        raise _LineError(_("The number was ported out: it is another provider's."))
    rests = number.quarantined_until is not None and number.quarantined_until > timezone.now()
    if rests and known.had.get(number.pk) != subscriber.customer_id:
        raise _LineError(_("The number is in quarantine."))
    yield Verb.ASSIGN


def _field_verbs(row: Row, number: PhoneNumber) -> Iterator[Verb]:
    if row.extension_digits is not None and row.extension_digits != number.extension_digits:
        yield Verb.EXTENSIONS
    if row.note and row.note != number.note:
        yield Verb.NOTE


def apply(wanted: Plan, *, only_good: bool = False) -> int:
    """Do what a plan says, all in one transaction; return how many lines changed anything.

    only_good: leave out the lines with problems. Raises ValidationError where there are some, or where something
    changed since the plan was made; then nothing was done.
    """
    if wanted.problems and not only_good:
        raise ValidationError(_("%(count)d lines cannot be done.") % {"count": len(wanted.problems)})
    try:
        with transaction.atomic():
            for verb in Verb:
                for steps in _parts(step for step in wanted.steps if verb in step.verbs):
                    _DO[verb](steps)
    except IntegrityError as error:
        raise ValidationError(str(error).partition("\n")[0]) from error
    return wanted.changes


def _create(steps: list[Step]) -> None:
    PhoneNumber.objects.bulk_create([step.number for step in steps])


def _change_extensions(steps: list[Step]) -> None:
    _execute(_EXTENSIONS, steps, [step.row.extension_digits for step in steps])


def _change_notes(steps: list[Step]) -> None:
    _execute(_NOTES, steps, [step.row.note for step in steps])


def _execute(statement: str, steps: list[Step], values: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [[step.number.pk for step in steps], values])
        _expect(steps, cursor.rowcount)


def _expect(steps: list[Step], changed: int) -> None:
    if changed < len(steps):
        raise ValidationError(_("Some of these numbers were changed or removed meanwhile: choose the file again."))


def _come_back(steps: list[Step]) -> None:
    away = PhoneNumber.objects.filter(pk__in=[step.number.pk for step in steps], holding=Holding.PORTED_OUT)
    _expect(steps, away.update(holding=Holding.FREE, ported_out_at=None, ported_to="", ported_in_at=Now()))


def _end_quarantines(steps: list[Step]) -> None:
    resting = PhoneNumber.objects.filter(pk__in=[step.number.pk for step in steps], holding=Holding.QUARANTINED)
    _expect(steps, resting.update(holding=Holding.FREE, quarantined_until=None))


def _assign(steps: list[Step]) -> None:
    pairs = [(step.number, step.subscriber, step.row.main) for step in steps]
    actions.assign_numbers([actions.Wanted(number, who, main) for number, who, main in pairs if who is not None])


def _make_main(steps: list[Step]) -> None:
    held = [step.held for step in steps if step.held is not None]
    actions.make_mains([NumberAssignment(pk=one.assignment_id, subscriber_id=one.subscriber_id) for one in held])


_DO: Final[dict[Verb, Any]] = {
    Verb.CREATE: _create,
    Verb.EXTENSIONS: _change_extensions,
    Verb.NOTE: _change_notes,
    Verb.PORT_IN: _come_back,
    Verb.END_QUARANTINE: _end_quarantines,
    Verb.RELEASE: lambda steps: actions.release_numbers([step.number for step in steps]),
    Verb.ASSIGN: _assign,
    Verb.MAIN: _make_main,
    Verb.PORT_OUT: lambda steps: actions.port_out_numbers([step.number for step in steps]),
}
