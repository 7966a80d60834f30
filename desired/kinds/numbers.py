"""Numbers, named by their digits: who has them, and what they are. They stay in the inventory: one that shall be absent
is nobody's then, and one that is not there yet is taken out of a block of the reseller's."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from django.db import connection
from django.db.models import F, Value
from django.db.models.functions import Concat

from accounts.choices import Area
from accounts.models import Reseller
from desired.document import Wanted
from desired.faults import pointer
from desired.kinds.base import MISSING, Found, Kind, Run, Work, each
from desired.kinds.customers import keys_of
from desired.kinds.subscribers import by_aor, primary_keys
from numbering import imports
from numbering.actions import release_numbers
from numbering.models import NumberAssignment, PhoneNumber
from numbering.sheets import Row, Sheet
from subscribers.models import Subscriber

_IN_BLOCKS: Final = """
    SELECT wanted.e164, b.extension_digits
    FROM unnest(%s::text[]) AS wanted (e164)
    JOIN numbering_numberblock b
        ON b.digits = length(wanted.e164) - 1 AND b.numbers @> substring(wanted.e164, 2)::bigint
    WHERE b.reseller_id = %s
"""
_AOR: Final = Concat("subscriber__username", Value("@"), "subscriber__domain__name")
_NOBODY: Final = (None, False)


class Numbers(Kind):
    """Who has a number, whether it is the main one, and what may follow it."""

    name = "number"
    section = "numbers"
    area = Area.NUMBERS
    within = ("subscriber",)
    order = ("subscriber", "is_main", "extension_digits", "note")

    def read(self, reseller: Reseller, keys: Collection[str]) -> dict[str, Found]:
        """By their digits."""
        rows = PhoneNumber.objects.of_reseller(reseller.pk).filter(e164__in=keys).order_by()
        told = list(rows.values_list("pk", "uid", "e164", "extension_digits", "note"))
        held = NumberAssignment.objects.current().filter(number__in=[pk for pk, *_ in told]).order_by()
        holders = {number: (aor, is_main) for number, aor, is_main in held.values_list("number_id", _AOR, "is_main")}
        return {
            e164: Found(pk, uid, dict(zip(self.order, (*holders.get(pk, _NOBODY), digits, note), strict=True)))
            for pk, uid, e164, digits, note in told
        }

    def below(self, reseller: Reseller, above: Collection[str] | None) -> dict[str, str]:
        """Those that these subscribers have now."""
        held = NumberAssignment.objects.current().of_reseller(reseller.pk)
        if above is not None:
            held = held.filter(subscriber__in=primary_keys(reseller, above))
        return dict(held.order_by("number_id").values_list(F("number__e164"), _AOR))

    def owners(self, work: Work) -> list[str]:
        """Who has it, and who shall have it."""
        return [aor for aor in {_stands(work), _holder(work)} if aor is not None]

    def differing(self, wanted: Wanted, found: Found | None) -> list[str]:
        """An absent one is one that nobody has."""
        if wanted.is_absent:
            return ["subscriber"] if found and found.members["subscriber"] is not None else []
        return super().differing(wanted, found)

    def put(self, run: Run, works: Sequence[Work]) -> None:
        """Take them out of blocks, release them from others, assign them: by the rules of files of numbers."""
        digits = _in_blocks(run.reseller, [work.wanted.key for work in works if work.found is None])
        subscribers = by_aor(run.reseller, {aor for work in works if (aor := _holder(work)) is not None})
        known = list(_possible(run, works, digits, subscribers))
        _refuse_second_mains(run, known)
        each(run, [work for work in known if _is_moved(work)], _release)
        rows = [_row(line, work, digits) for line, work in enumerate(known)]
        plan = imports.plan(Sheet(rows, []), run.person)
        for problem in plan.problems:
            run.faults.add(known[problem.line].path, str(problem.text), "invalid")
        steps = {known[step.row.line].path: step for step in plan.steps}

        def do(some: Sequence[Work]) -> None:
            imports.apply(imports.Plan([steps[work.path] for work in some], []))

        each(run, [work for work in known if work.path in steps], do)
        emptied = [work for work in works if work.found and work.wanted.members.get("note") == ""]
        PhoneNumber.objects.filter(pk__in=keys_of(emptied)).update(note="")

    def remove(self, run: Run, works: Sequence[Work]) -> None:
        """Take them back from who has them."""
        each(run, works, _release)


def _in_blocks(reseller: Reseller, e164s: list[str]) -> dict[str, int]:
    """Those numbers that lie in blocks of the reseller's, each with how many digits may follow it there."""
    if not e164s:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_IN_BLOCKS, [e164s, reseller.pk])
        return dict(cursor.fetchall())


def _stands(work: Work) -> str | None:
    """Who has a number."""
    return work.found.members["subscriber"] if work.found else None


def _holder(work: Work) -> str | None:
    """Who shall have a number: the one who has it where that is not said."""
    return work.wanted.members.get("subscriber", _stands(work))


def _is_moved(work: Work) -> bool:
    return _stands(work) not in (None, _holder(work))


def _possible(
    run: Run, works: Sequence[Work], digits: dict[str, int], subscribers: dict[str, Subscriber]
) -> Iterator[Work]:
    """Those whose number and subscriber are the reseller's; notes the others. Main numbers come first, and last those
    that shall not be main: of what comes first a subscriber's first number is its main one."""
    for work in sorted(works, key=lambda one: {True: 0, None: 1, False: 2}[one.wanted.members.get("is_main")]):
        holder = _holder(work)
        if work.found is None and work.wanted.key not in digits:
            run.faults.add(pointer(work.path, "e164"), MISSING.format(what="number"), "does_not_exist")
        elif holder is not None and holder not in subscribers:
            run.missing(work, "subscriber", "subscriber", holder)
        else:
            yield work


def _refuse_second_mains(run: Run, works: Sequence[Work]) -> None:
    """A subscriber has one main number."""
    mains: dict[str, str] = {}
    for work in works:
        holder = _holder(work)
        if holder is not None and work.wanted.members.get("is_main") is True:
            first = mains.setdefault(holder, work.path)
            if first != work.path:
                message = f"The subscriber's main number is {first} already."
                run.faults.add(pointer(work.path, "is_main"), message, "repeated")


def _row(line: int, work: Work, digits: dict[str, int]) -> Row:
    """What a line of a file would say."""
    members = work.wanted.members
    username, _at, domain = (_holder(work) or "").rpartition("@")
    return Row(
        line=line,
        e164=work.wanted.key,
        subscriber=(username, domain) if username else None,
        main=members.get("is_main"),
        extension_digits=members.get("extension_digits", digits.get(work.wanted.key)),
        note=members.get("note", ""),
    )


def _release(works: Sequence[Work]) -> None:
    release_numbers(list(PhoneNumber.objects.filter(pk__in=keys_of(works))))
