"""What the page with a subscriber's call settings shows, and how a customer's numbers are read there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from accounts.models import User
from calls.explain.facts import Facts
from numbering.models import DialSettings, NumberAssignment
from portal.reading import Reader
from portal.reads import Part, part_of
from sipedge.routing.barring import Bar
from subscribers.choices import ForwardingCondition
from subscribers.models import CallSettings, DomainName, Subscriber
from subscribers.targets import as_target, is_address

ACCOUNTS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class AccountLine:
    """A row of "call settings": an account and what is out of the ordinary with it."""

    subscriber: Subscriber
    all_calls_to: str
    is_forwarded: bool
    do_not_disturb: bool


def accounts_of(user: User, page: int = 1) -> Part[AccountLine]:
    """The customer's accounts with what is set for them."""
    rows = Subscriber.objects.visible_to(user).select_related("domain", "call_settings")
    found = part_of(rows.prefetch_related("forwardings").order_by("username", "id"), page, ACCOUNTS_SHOWN)
    return Part([_line(row) for row in found.rows], found.before, found.after)


def _line(subscriber: Subscriber) -> AccountLine:
    active = {row.condition: row for row in subscriber.forwardings.all() if row.is_active}
    always = active.get(ForwardingCondition.ALWAYS)
    return AccountLine(
        subscriber=subscriber,
        all_calls_to=always.targets[0].removeprefix("sip:") if always else "",
        is_forwarded=bool(active),
        do_not_disturb=settings_of(subscriber).do_not_disturb,
    )


def settings_of(subscriber: Subscriber) -> CallSettings:
    """What is stored of a subscriber, or the defaults that hold where nothing is."""
    stored: CallSettings | None = getattr(subscriber, "call_settings", None)
    return stored or CallSettings(subscriber=subscriber)


def reader_for(user: User, subscriber: Subscriber, facts: Callable[[], Facts] = Facts) -> Reader:
    """How numbers are read that somebody writes for a subscriber. facts: what the edge knows, asked for when a number
    is looked at; who reads for many gives the same to all."""
    colleagues = Subscriber.objects.visible_to(user).filter(domain_id=subscriber.domain_id)
    numbers = NumberAssignment.objects.visible_to(user).filter(subscriber=subscriber).current()
    return Reader(
        number_format=DialSettings.objects.format_of(subscriber),
        domain=subscriber.domain.name,
        # Of all domains, since calls go to all of them: whether one is ours every phone can find out.
        is_ours=lambda host: DomainName.objects.filter(name=host).exists(),
        is_colleague=lambda name: colleagues.filter(username=name).exists(),
        own=frozenset({f"sip:{subscriber.aor}", *numbers.values_list("number__e164", flat=True)}),
        bars=lambda numbers: bars_of({subscriber: numbers}, facts)[subscriber],
    )


def readers_for(user: User, texts: Mapping[Subscriber, Collection[str]]) -> dict[Subscriber, Reader]:
    """The same for many, who want these texts read; in as many queries whatever their number. They know no bars:
    whether calls are barred may depend on what is written only then (`bars_of`)."""
    hosts = {_host(text) for some in texts.values() for text in some if is_address(text)}
    ours = set(DomainName.objects.filter(name__in=hosts).values_list("name", flat=True))
    names = {(one.domain_id, text.strip().lower()) for one, some in texts.items() for text in some}
    visible = Subscriber.objects.visible_to(user).named(names).order_by()
    colleagues = set(visible.values_list("domain_id", "username"))
    held = NumberAssignment.objects.visible_to(user).filter(subscriber__in=list(texts)).current().order_by()
    numbers: dict[int, set[str]] = defaultdict(set)
    for owner, e164 in held.values_list("subscriber_id", "number__e164"):
        numbers[owner].add(e164)
    return {
        one: Reader(
            number_format=number_format,
            domain=one.domain.name,
            is_ours=ours.__contains__,
            is_colleague=lambda name, domain=one.domain_id: (domain, name) in colleagues,  # type: ignore[misc]
            own=frozenset({f"sip:{one.aor}", *numbers[one.pk]}),
        )
        for one, number_format in DialSettings.objects.formats_of(list(texts)).items()
    }


def bars_of(
    numbers: Mapping[Subscriber, Collection[str]], facts: Callable[[], Facts] = Facts
) -> dict[Subscriber, dict[str, Bar]]:
    """What the edge would say of these subscribers' calls to numbers (E.164), by the edge's own code."""
    known = facts()
    payers = known.subscribers([(one.domain_id, one.username) for one in numbers])
    there = {one: payers[key] for one in numbers if (key := (one.domain_id, one.username)) in payers}
    bars = known.bars_of_many([(payer, numbers[one]) for one, payer in there.items()])
    return {one: bars.get(one.pk, {}) for one in numbers}


def _host(text: str) -> str:
    return as_target(text).rpartition("@")[2]
