"""What the page with a subscriber's call settings shows, and how a customer's numbers are read there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from accounts.models import User
from numbering.destinations import Category
from numbering.models import DialSettings, NumberAssignment, PhoneNumber
from portal.reading import FREE, Reader
from portal.reads import Part, part_of
from subscribers.choices import ForwardingCondition
from subscribers.models import CallSettings, DomainName, Subscriber
from trunking.models import DestinationRule

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
        may_call=_may_call(settings_of(subscriber)),
        inside=_inside,
        blocked=lambda numbers: _blocked(subscriber, numbers),
    )


def _inside(numbers: Sequence[str]) -> frozenset[str]:
    """Those that are numbers of ours, or extensions of such, and were not ported out."""
    beginnings = {number[:length] for number in numbers for length in range(3, len(number) + 1)}
    rows = {row.e164: row for row in PhoneNumber.objects.filter(e164__in=beginnings)}
    return frozenset(number for number in numbers if _leads_to_somebody(number, rows))


def _leads_to_somebody(number: str, rows: dict[str, PhoneNumber]) -> bool:
    for behind in range(len(number)):
        row = rows.get(number[: len(number) - behind])
        if row is not None and behind <= row.extension_digits:
            return row.ported_out_at is None
    return False


def _blocked(subscriber: Subscriber, numbers: Sequence[str]) -> frozenset[str]:
    """Those that a destination rule forbids, as the edge sees it: of each owner the longest prefix counts."""
    prefixes = {number[1:length] for number in numbers for length in range(1, len(number) + 1)}
    rules = DestinationRule.objects.filter(prefix__in=prefixes)
    rules = rules.filter(Q(reseller=None) | Q(reseller=subscriber.reseller_id))
    rules = rules.filter(Q(customer=None) | Q(customer=subscriber.customer_id))
    shortest_first = sorted(rules, key=lambda rule: len(rule.prefix))
    return frozenset(number for number in numbers if _is_forbidden(number, shortest_first))


def _is_forbidden(number: str, shortest_first: list[DestinationRule]) -> bool:
    fitting = [rule for rule in shortest_first if number.startswith(rule.prefix, 1)]
    deciding = {(rule.reseller_id, rule.customer_id): rule for rule in fitting}
    return not all(rule.is_allowed for rule in deciding.values())


def _may_call(settings: CallSettings) -> frozenset[Category]:
    enabled = {
        Category.INTERNATIONAL: settings.international,
        Category.PREMIUM: settings.premium,
        Category.SATELLITE: settings.satellite,
    }
    return FREE | {category for category, is_enabled in enabled.items() if is_enabled}
