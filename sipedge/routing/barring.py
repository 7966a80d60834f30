"""What a subscriber may not call: asked for each call that leaves, and by the customer's page of the targets of a
forwarding, before one is made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from numbering.destinations import Category, Destination, classify, classify_service
from sipedge.facts import CallSettingsFacts, DestinationRuleFacts, SubscriberFacts
from sipedge.routing.needs import Network


class Bar(NamedTuple):
    """Why a number is not called: its kind was not enabled, or this rule refuses it."""

    destination: Destination
    rule: DestinationRuleFacts | None = None


def barred(payer: SubscriberFacts, e164: str, network: Network) -> Bar | None:
    """Whether a subscriber's calls to a number that is not ours are refused, and why."""
    return _bar(payer, classify(e164, network.number_format_of(payer)), "number", e164[1:], network)


def barred_service(payer: SubscriberFacts, digits: str, network: Network) -> Bar | None:
    """The same of a service number, as dialled: of its plan's some cost as premium numbers do."""
    return _bar(payer, classify_service(digits, network.number_format_of(payer)), "service", digits, network)


def _bar(payer: SubscriberFacts, destination: Destination, kind: str, digits: str, network: Network) -> Bar | None:
    if not _is_enabled(destination.category, payer.settings):
        return Bar(destination)
    rule = _refusing(payer, network.rules_for(kind, digits))
    return None if rule is None else Bar(destination, rule)


def _is_enabled(category: Category, settings: CallSettingsFacts) -> bool:
    match category:
        case Category.INTERNATIONAL:
            return settings.international
        case Category.PREMIUM:
            return settings.premium
        case Category.SATELLITE:
            return settings.satellite
    return True


def _refusing(payer: SubscriberFacts, rules: Sequence[DestinationRuleFacts]) -> DestinationRuleFacts | None:
    """The rule that refuses, if any: each owner's longest prefix decides for that owner."""
    deciding: dict[tuple[int | None, int | None], DestinationRuleFacts] = {}
    for rule in rules:
        if rule.reseller_id not in (None, payer.reseller_id) or rule.customer_id not in (None, payer.customer_id):
            continue
        owner = rule.reseller_id, rule.customer_id
        known = deciding.get(owner)
        if known is None or len(rule.prefix) > len(known.prefix):
            deciding[owner] = rule
    return next((rule for rule in deciding.values() if not rule.is_allowed), None)
