"""What the page with a subscriber's call settings shows, and how a customer's numbers are read there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from accounts.models import User
from calls.explain.facts import Facts
from numbering.models import DialSettings, NumberAssignment
from portal.reading import Reader
from portal.reads import Part, part_of
from sipedge.routing.barring import Bar
from subscribers.choices import ForwardingCondition
from subscribers.models import CallSettings, DomainName, Subscriber

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


def reader_for(user: User, subscriber: Subscriber) -> Reader:
    """How numbers are read that a customer writes for a subscriber."""
    colleagues = Subscriber.objects.visible_to(user).filter(domain_id=subscriber.domain_id)
    numbers = NumberAssignment.objects.visible_to(user).filter(subscriber=subscriber).current()
    return Reader(
        number_format=DialSettings.objects.format_of(subscriber),
        domain=subscriber.domain.name,
        # Of all domains, since calls go to all of them: whether one is ours every phone can find out.
        is_ours=lambda host: DomainName.objects.filter(name=host).exists(),
        is_colleague=lambda name: colleagues.filter(username=name).exists(),
        own=frozenset({f"sip:{subscriber.aor}", *numbers.values_list("number__e164", flat=True)}),
        bars=lambda numbers: _bars(subscriber, numbers),
    )


def _bars(subscriber: Subscriber, numbers: Collection[str]) -> dict[str, Bar]:
    """What the edge would say of this subscriber's calls to numbers, by the edge's own code."""
    facts = Facts()
    payer = facts.subscriber(subscriber.domain_id, subscriber.username)
    return facts.bars(payer, numbers) if payer is not None else {}
