"""Giving numbers to subscribers, taking them back, porting them. Each function is atomic, and says what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Greatest, Now
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Reseller
from numbering.choices import Holding
from numbering.models import NumberAssignment, PhoneNumber
from subscribers.models import Subscriber

_INSTANT = timedelta(microseconds=1)  # the least that an assignment lasts
NAMED = 20  # of many numbers that are refused so many are named


class Wanted(NamedTuple):
    """That a subscriber shall have a number. is_main None: if it has no main number in that time.

    valid_from: some time to come, None for now. valid_until: when it ends by itself, None for never.
    """

    number: PhoneNumber
    subscriber: Subscriber
    is_main: bool | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None


class _Span(NamedTuple):
    """A time from `begin` (None: from now, or long ago) to `end` (None: for ever)."""

    begin: datetime | None
    end: datetime | None

    def meets(self, other: _Span) -> bool:
        """Whether both hold at the same time, where neither has ended yet."""
        return not (_is_before(self.end, other.begin) or _is_before(other.end, self.begin))


_Spans = dict[int, list[_Span]]
_Refusal = dict[str, ValidationError]


def _is_before(end: datetime | None, begin: datetime | None) -> bool:
    return end is not None and begin is not None and end <= begin


def assign_number(number: PhoneNumber, subscriber: Subscriber, *, is_main: bool | None = None) -> NumberAssignment:
    """Give a free number to a subscriber of the same reseller, from now on, by the database's clock.

    `is_main` None: it becomes the main number if the subscriber has none. True: it takes the place of the one
    that was. A number in quarantine goes back to a subscriber of the customer that had it, and to nobody else.
    Raises ValidationError for `number` when it cannot be given, for `subscriber` of another reseller.
    """
    return assign_once(Wanted(number, subscriber, is_main))


def assign_once(wanted: Wanted) -> NumberAssignment:
    """The same, also for a time to come or up to one. Who has a main number in a time to come gets no other one for it.

    Raises ValidationError, for `valid_from` or `valid_until` too when that has passed or they are in the wrong order.
    """
    assignment = assign_numbers([wanted])[0]
    assignment.refresh_from_db(fields=["valid_from"])
    return assignment


@transaction.atomic
def assign_numbers(wanted: Sequence[Wanted]) -> list[NumberAssignment]:
    """Give many numbers at once, all or none; see `assign_number`.

    Raises ValidationError; of several numbers it names each (up to NAMED) with what is wrong.
    """
    numbers = locked_rows(PhoneNumber, [one.number.pk for one in wanted])
    subscribers = locked_rows(Subscriber, [one.subscriber.pk for one in wanted])
    taken = _spans("number_id", NumberAssignment.objects.filter(number__in=numbers))
    mains = _spans("subscriber_id", NumberAssignment.objects.filter(subscriber__in=subscribers, is_main=True))
    had = customers_who_had(number for number in numbers.values() if number.holding == Holding.QUARANTINED)
    refusals = {}
    for one in wanted:
        refusal = _refusal(numbers.get(one.number.pk), one, taken, had) or _untimely(one, mains)
        if refusal:
            refusals[one.number.e164] = refusal
        taken.setdefault(one.number.pk, []).append(_span(one))
    _refuse(refusals, is_one=len(wanted) == 1)
    return NumberAssignment.objects.bulk_create(_with_mains(wanted, mains))


def _spans(key: str, assignments: Any) -> _Spans:
    """When these hold that have not ended, by the column `key`."""
    found: _Spans = {}
    for owner, begin, end in assignments.not_ended().values_list(key, "valid_from", "valid_until"):
        found.setdefault(owner, []).append(_Span(begin, end))
    return found


def _span(one: Wanted) -> _Span:
    return _Span(one.valid_from, one.valid_until)


def _meets(spans: _Spans, key: int, one: Wanted) -> bool:
    return any(_span(one).meets(span) for span in spans.get(key, ()))


def locked_rows(model: Any, keys: Iterable[int]) -> dict[int, Any]:
    """The rows, locked. Numbers before subscribers, in this order everywhere, so that two at the same time wait and do
    not lock each other out. Not against their keys: the edge refers to a subscriber when its phone registers, and must
    not wait for a long file."""
    rows = model.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=set(keys)).order_by("pk")
    return {row.pk: row for row in rows}


def customers_who_had(numbers: Iterable[PhoneNumber]) -> dict[int, int]:
    """Of each number the customer who had it last."""
    ended = NumberAssignment.objects.filter(number__in=list(numbers), valid_until__lte=Now())
    last = ended.order_by("number_id", "-valid_until", "-id").distinct("number_id")
    return dict(last.values_list("number_id", "subscriber__customer_id"))


def _refusal(number: PhoneNumber | None, one: Wanted, taken: _Spans, had: dict[int, int]) -> _Refusal:
    """What is wrong, by field, with a code for programs."""
    if number is None:
        return wrong("number", _("This number is not there any more."), "gone")
    if number.reseller_id != one.subscriber.reseller_id:
        return wrong("subscriber", _("The number belongs to another reseller."), "invalid")
    if _meets(taken, number.pk, one):
        return wrong("number", _("Somebody has this number, or will have it. Release it before."), "taken")
    if number.holding == Holding.PORTED_OUT:
        text = _("This number was ported out: it is another provider's. Port it in before.")
        return wrong("number", text, "ported_out")
    if _rests(number) and had.get(number.pk) != one.subscriber.customer_id:
        until = timezone.localtime(number.quarantined_until).date()
        found = {"date": until.isoformat()}
        text = _("This number is in quarantine until %(date)s. End that before, or wait.") % found
        return wrong("number", text, "quarantined")
    return {}


def _untimely(one: Wanted, mains: _Spans) -> _Refusal:
    """What is wrong with the time, by field."""
    now = timezone.now()
    for field in ("valid_from", "valid_until"):
        value = getattr(one, field)
        if value is not None and value <= now:
            return wrong(field, _("This time has passed already."), "passed")
    if _is_before(one.valid_until, one.valid_from):
        return wrong("valid_until", _("The end must lie after the start."), "invalid")
    if one.is_main and one.valid_from is not None and _meets(mains, one.subscriber.pk, one):
        text = _("The subscriber has a main number in that time already.")
        return wrong("is_main", text, "taken")
    return {}


def wrong(field: str, text: str, code: str) -> _Refusal:
    """What is wrong with a field, in words and as a code for programs."""
    return {field: ValidationError(text, code)}


def _rests(number: PhoneNumber) -> bool:
    return number.quarantined_until is not None and number.quarantined_until > timezone.now()


def _refuse(refusals: dict[str, _Refusal], *, is_one: bool) -> None:
    if not refusals:
        return
    if is_one:
        raise ValidationError(dict(next(iter(refusals.values()))))
    texts = [f"{e164}: {wrong.message}" for e164, refusal in refusals.items() for wrong in refusal.values()]
    more = [_("and %(count)d more") % {"count": len(texts) - NAMED}] if len(texts) > NAMED else []
    raise ValidationError(texts[:NAMED] + more)


def _with_mains(wanted: Sequence[Wanted], mains: _Spans) -> list[NumberAssignment]:
    """The rows to write; whoever gets a new main number, has no other any more. mains: when each has one."""
    chosen: dict[int, int] = {}
    for order, one in enumerate(wanted):
        key = one.subscriber.pk
        is_first = one.is_main is None and not _meets(mains, key, one) and key not in chosen
        if one.is_main or is_first:
            chosen[key] = order
    changing = [key for key, order in chosen.items() if _meets(mains, key, wanted[order])]
    NumberAssignment.objects.not_ended().filter(subscriber__in=changing, is_main=True).update(is_main=False)
    return [_row(one, is_main=chosen.get(one.subscriber.pk) == order) for order, one in enumerate(wanted)]


def _row(one: Wanted, *, is_main: bool) -> NumberAssignment:
    row = NumberAssignment(
        number_id=one.number.pk,
        subscriber_id=one.subscriber.pk,
        reseller_id=one.number.reseller_id,
        is_main=is_main,
        valid_until=one.valid_until,
    )
    if one.valid_from is not None:  # else it begins by the database's clock
        row.valid_from = one.valid_from
    return row


def release_number(number: PhoneNumber) -> None:
    """Take a number back, now; its history stays. The subscriber's oldest other number becomes the main one.

    The number rests in quarantine then (NUMBER_QUARANTINE_DAYS). Raises ValidationError for `number` when nobody
    has it.
    """
    release_numbers([number])


@transaction.atomic
def release_numbers(numbers: Sequence[PhoneNumber]) -> None:
    """Take many numbers back at once, all or none; see `release_number`. Raises ValidationError."""
    locked = locked_rows(PhoneNumber, [number.pk for number in numbers])
    held = dict(NumberAssignment.objects.current().filter(number__in=locked).values_list("number_id", "subscriber_id"))
    text = _("Nobody has this number.")
    refusals = {one.e164: wrong("number", text, "free") for one in numbers if one.pk not in held}
    _refuse(refusals, is_one=len(numbers) == 1)
    end_held(held)


def end_held(held: dict[int, int]) -> None:
    """End the assignments that hold now. held: number → subscriber; the numbers are locked."""
    locked_rows(Subscriber, held.values())
    ending = NumberAssignment.objects.current().filter(number__in=held)
    left_without = list(ending.filter(is_main=True).values_list("subscriber_id", flat=True))
    ending.update(valid_until=Greatest(Now(), F("valid_from") + _INSTANT))
    _promote_oldest(left_without)


def _promote_oldest(subscribers: Sequence[int]) -> None:
    """Make the oldest number that is left to each the main one, and take the mark from those of the past.

    A main number is the only one over its whole time, and the oldest has overlapped with the one that went.
    """
    if not subscribers:
        return
    NumberAssignment.objects.filter(subscriber__in=subscribers, is_main=True).update(is_main=False)
    left = NumberAssignment.objects.current().filter(subscriber__in=subscribers)
    oldest = left.order_by("subscriber_id", "valid_from", "id").distinct("subscriber_id").values_list("pk", flat=True)
    NumberAssignment.objects.filter(pk__in=list(oldest)).update(is_main=True)


def make_main(assignment: NumberAssignment) -> None:
    """Make a number that its subscriber has the one that the subscriber's calls show.

    Raises ValidationError for `number` that the subscriber has no more.
    """
    make_mains([assignment])


@transaction.atomic
def make_mains(assignments: Sequence[NumberAssignment]) -> None:
    """The same for many, each of another subscriber; all or none."""
    subscribers = locked_rows(Subscriber, [one.subscriber_id for one in assignments])
    keys = [one.pk for one in assignments]
    mains = NumberAssignment.objects.not_ended().filter(subscriber__in=subscribers, is_main=True)
    mains.exclude(pk__in=keys).update(is_main=False)
    if NumberAssignment.objects.current().filter(pk__in=keys).update(is_main=True) < len(keys):
        raise ValidationError({"number": _("Nobody has this number.")})


@transaction.atomic
def end_quarantine(number: PhoneNumber) -> None:
    """Let a number be given to anybody before its quarantine is over. Raises ValidationError for `number`."""
    resting = PhoneNumber.objects.filter(pk=number.pk, holding=Holding.QUARANTINED)
    if not resting.update(holding=Holding.FREE, quarantined_until=None):
        raise ValidationError(wrong("number", _("This number is not in quarantine."), "not_in_quarantine"))


def port_out(number: PhoneNumber, to: str = "") -> None:
    """Another provider (`to`, in words) has the number from now on: calls to it are sent out.

    Who had it has it no more. Raises ValidationError for `number` when it was ported out already.
    """
    port_out_numbers([number], to)


@transaction.atomic
def port_out_numbers(numbers: Sequence[PhoneNumber], to: str = "") -> None:
    """The same for many, all or none."""
    locked = locked_rows(PhoneNumber, [number.pk for number in numbers])
    here = {key for key, number in locked.items() if number.holding != Holding.PORTED_OUT}
    text = _("This number was ported out already.")
    refusals = {one.e164: wrong("number", text, "ported_out") for one in numbers if one.pk not in here}
    _refuse(refusals, is_one=len(numbers) == 1)
    open_now = NumberAssignment.objects.filter(number__in=here)
    open_now.filter(valid_from__gt=Now()).delete()
    end_held(dict(open_now.current().values_list("number_id", "subscriber_id")))
    PhoneNumber.objects.filter(pk__in=here).update(
        holding=Holding.PORTED_OUT, ported_out_at=Now(), ported_to=to, quarantined_until=None
    )


@transaction.atomic
def port_in(e164: str, reseller: Reseller, origin: str = "", *, extension_digits: int = 0) -> PhoneNumber:
    """Take over a number of another provider (`origin`, in words), or one of ours that comes back.

    Raises ValidationError, for `e164` when it is in the inventory already, or in somebody else's block.
    """
    known = PhoneNumber.objects.select_for_update(of=("self",)).filter(e164=e164).first()
    if known is None:
        number = PhoneNumber(e164=e164, reseller=reseller, extension_digits=extension_digits)
    elif known.holding == Holding.PORTED_OUT and known.reseller_id == reseller.pk:
        number = known
        number.holding, number.ported_out_at, number.ported_to = Holding.FREE, None, ""
    else:
        raise ValidationError(wrong("e164", _("This number is in the inventory already."), "taken"))
    number.ported_in_at, number.ported_from = timezone.now(), origin
    number.full_clean()
    try:
        with transaction.atomic():
            number.save()
    except IntegrityError as error:
        raise ValidationError({"e164": _said(error)}) from error
    return number


@transaction.atomic
def remove_number(number: PhoneNumber) -> None:
    """Take a number out of the inventory, with its history: it was given back, or was a mistake.

    Raises ValidationError for `number` that somebody has or had lately, or that was ported out of a block: the
    block would claim it again.
    """
    locked = locked_rows(PhoneNumber, [number.pk]).get(number.pk)
    if locked is None:
        return
    is_gone = locked.holding == Holding.PORTED_OUT and locked.block_id is None
    if locked.holding != Holding.FREE and not is_gone:
        text = _("Only a free number can be removed, or one ported out that is in no block.")
        raise ValidationError(wrong("number", text, "in_use"))
    locked.delete()


def _said(error: IntegrityError) -> str:
    """What the database said, without what is for programmers."""
    return str(error).partition("\n")[0]
