"""Rows of subscribers: what they would do, and doing it, a statement for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from uuid import UUID, uuid4

from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from imports import claims
from imports.choices import Outcome
from imports.models import ImportJob
from imports.reading import Line
from imports.rows import Batch, Password, Result, Wrong
from imports.subscriber_cells import Wanted, read
from imports.subscriber_judging import NOT_YOURS, Item, Known, changed_columns, given_ha1, look_up, refused
from numbering.giving import Gift, give
from sipedge.auth.ha1 import Ha1Set
from subscribers import many
from subscribers.models import DomainName
from subscribers.secrets import encrypt, new_password

FIRST_SLOT: Final = 1
TWICE: Final = _("Line %(line)d says something of it already.")


def prepare(job: ImportJob, lines: Sequence[Line]) -> tuple[list[Item], Batch]:
    """Read lines, and refuse what can be refused without knowing what stands: cells, domains, things said twice."""
    pairs = [read(line.number, job.columns, line.cells) for line in lines]
    names = {wanted.domain for wanted, _wrong in pairs}
    known = DomainName.objects.filter(name__in=names, domain__reseller_id=job.owner_id)
    domains = {name: (key, own) for name, key, own in known.values_list("name", "domain_id", "domain__name")}
    items: list[Item] = []
    problems: list[Wrong] = []
    failed: list[Wanted] = []
    for wanted, wrong in pairs:
        if wanted.domain and wanted.domain not in domains:
            wrong.append(Wrong(wanted.line, "domain", "does_not_exist", NOT_YOURS))
        if wrong:
            failed.append(wanted)
            problems += wrong
        else:
            items.append(Item(wanted, *domains[wanted.domain]))
    good, twice = _once_each(job, items)
    results = [Result(one.line, Outcome.FAILED, one.name) for one in failed]
    results += [Result(item.wanted.line, Outcome.FAILED, item.name) for item in items if item.wanted.line in twice]
    return good, Batch(results, problems + [wrong for found in twice.values() for wrong in found], [])


def _once_each(job: ImportJob, items: Sequence[Item]) -> tuple[list[Item], dict[int, list[Wrong]]]:
    """The items that are about nothing that an earlier line is about; of the others what is wrong, by line."""
    wanted = [(key, item.wanted.line) for item in items for _column, key in _keys(item)]
    whose = claims.take(job, wanted)
    twice: dict[int, list[Wrong]] = {}
    for item in items:
        line = item.wanted.line
        for column, key in _keys(item):
            if whose[key] != line:
                wrong = Wrong(line, column, "twice", TWICE % {"line": whose[key]})
                twice.setdefault(line, []).append(wrong)
    return [item for item in items if item.wanted.line not in twice], twice


def _keys(item: Item) -> Iterator[tuple[str, str]]:
    yield "username", item.name
    for number in item.wanted.numbers:
        yield "numbers", number


class _Judged(NamedTuple):
    """An item, the subscriber that stands, and in which columns it is to be changed."""

    item: Item
    stands: many.Standing | None
    changed: list[str]


@dataclass(slots=True)
class _Writes:
    """What is to be written for some items."""

    new: list[many.NewSubscriber] = field(default_factory=list)
    changes: list[many.Change] = field(default_factory=list)
    secrets: list[many.Secret] = field(default_factory=list)
    calls: list[tuple[int, int]] = field(default_factory=list)
    gifts: list[Gift] = field(default_factory=list)
    batch: Batch = field(default_factory=lambda: Batch([], [], []))


def carry_out(job: ImportJob, items: Sequence[Item]) -> Batch:
    """Do what the items say. Raises IntegrityError where something changed meanwhile."""
    known = look_up(job, items)
    writes = _Writes()
    good = [judged for item in items if (judged := _judge(item, known, writes.batch)) is not None]
    known.customers.update(_make_customers(job, good, known))
    fresh = [one for one in good if one.stands is None]
    uids = [uuid4() for _one in fresh]
    rows = [_new(one.item, uid, known) for one, uid in zip(fresh, uids, strict=True)]
    keys = many.insert_subscribers(job.owner_id, rows)
    for one, uid in zip(fresh, uids, strict=True):
        _add_new(writes, one.item, uid, keys[uid], known)
    for one in good:
        if one.stands is not None:
            _add_change(writes, one.item, one.stands, one.changed, known)
    many.change_subscribers(writes.changes)
    many.set_secrets(writes.secrets)
    many.set_max_calls(writes.calls)
    give(job.owner_id, writes.gifts)
    return writes.batch


def _judge(item: Item, known: Known, batch: Batch) -> _Judged | None:
    """What an item is about to do; None where it is refused, which stands in the batch then."""
    stands = known.subscribers.get((item.domain_id, item.wanted.username))
    problems = list(refused(item, stands, known))
    changed = changed_columns(item, stands, known) if stands and not problems else []
    if changed and not known.job.update_existing:
        text = _("%(name)s is there already, and differs in: %(columns)s. Set update_existing to change it.")
        found = {"name": item.name, "columns": ", ".join(changed)}
        problems.append(Wrong(item.wanted.line, "", "exists", text % found))
    if not problems:
        return _Judged(item, stands, changed)
    batch.problems.extend(problems)
    batch.results.append(Result(item.wanted.line, Outcome.FAILED, item.name))
    return None


def _make_customers(job: ImportJob, good: Iterable[_Judged], known: Known) -> dict[str, int]:
    """Those that are named and not there, by name; somebody else may make one at the same moment."""
    names = sorted({one.item.wanted.customer for one in good} - {"", *known.customers})
    if not names:
        return {}
    missing = [Customer(reseller_id=job.owner_id, name=name) for name in names]
    Customer.objects.bulk_create(missing, ignore_conflicts=True)
    own = Customer.objects.filter(reseller_id=job.owner_id, name__in=names)
    return dict(own.values_list("name", "pk"))


def _new(item: Item, uid: UUID, known: Known) -> many.NewSubscriber:
    wanted = item.wanted
    is_active = wanted.is_active is not False
    customer_id = known.customers[wanted.customer]
    digest = wanted.digest_algorithm or None
    return many.NewSubscriber(uid, item.domain_id, customer_id, wanted.username, wanted.display_name, is_active, digest)


def _add_new(writes: _Writes, item: Item, uid: UUID, key: int, known: Known) -> None:
    """What a subscriber gets that was just made; without a password or HA1 one of ours."""
    wanted, ha1 = item.wanted, given_ha1(item)
    if ha1 is None:
        password = new_password()
        ha1 = Ha1Set.from_password(wanted.username, item.domain, password)
        writes.batch.passwords.append(Password(wanted.line, wanted.username, item.domain, password))
    writes.secrets.append(many.Secret(key, FIRST_SLOT, encrypt(ha1)))
    if wanted.max_calls is not None:
        writes.calls.append((key, wanted.max_calls))
    writes.gifts += _gifts(item, key, known, has_main=False)
    writes.batch.results.append(Result(wanted.line, Outcome.CREATED, item.name, uid))


def _add_change(writes: _Writes, item: Item, stands: many.Standing, changed: list[str], known: Known) -> None:
    """What is changed of one that stands; it keeps what the line does not speak of."""
    wanted = item.wanted
    outcome = Outcome.UPDATED if changed else Outcome.UNCHANGED
    writes.batch.results.append(Result(wanted.line, outcome, item.name, stands.uid))
    if {"customer", "display_name", "is_active", "digest_algorithm"} & set(changed):
        customer = known.customers[wanted.customer] if wanted.customer else None
        values = (wanted.display_name or None, wanted.is_active, wanted.digest_algorithm or None)
        writes.changes.append(many.Change(stands.id, customer, *values))
    if "password" in changed and (ha1 := given_ha1(item)) is not None:
        slot = stands.slots[0] if stands.slots else FIRST_SLOT
        writes.secrets.append(many.Secret(stands.id, slot, encrypt(ha1)))
    if "max_calls" in changed and wanted.max_calls is not None:
        writes.calls.append((stands.id, wanted.max_calls))
    if {"numbers", "main_number"} & set(changed):
        writes.gifts += _gifts(item, stands.id, known, has_main=stands.id in known.mains)


def _gifts(item: Item, key: int, known: Known, *, has_main: bool) -> Iterator[Gift]:
    """The numbers of a line; the first of them becomes the main one of who has none."""
    wanted = item.wanted
    main = wanted.main_number or ("" if has_main or not wanted.numbers else wanted.numbers[0])
    for number in wanted.numbers:
        stands = known.numbers[number]
        if stands.holder_id is None or number == main:
            yield Gift(stands, key, number == main)
