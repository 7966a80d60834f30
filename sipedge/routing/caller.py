"""Who is calling: what a gateway says of its caller, and by which number a subscriber is shown.

A subscriber is shown by its own numbers, extensions behind them included, or by those that it was explicitly allowed;
whatever else it claims counts for nothing.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from numbering.formats import to_e164
from sipedge.facts import GatewayFacts, NumberFacts, SubscriberFacts
from sipedge.routing.dialled import dialled
from sipedge.routing.needs import Need, Network, NumberNeed
from sipedge.routing.network import number_format
from sipedge.routing.notes import Notes
from sipedge.routing.query import CallQuery
from sipedge.sip.uri import Uri


def who_is_calling(query: CallQuery, network: Network, notes: Notes) -> Generator[Need, Any, None]:
    """Note the caller's number, and whether it is hidden."""
    caller = query.caller
    notes.is_hidden = query.hides_caller
    if isinstance(caller, GatewayFacts):
        reading = to_e164(dialled(query.from_uri), number_format(caller.number_format))
        notes.caller_number = reading.e164 or ""
        notes.step("caller", "the call is from gateway {}; its caller: {}", caller.name, reading.rule)
    else:
        notes.caller_number = yield from _shown_number(query, caller, network, notes)
        notes.step("caller", "the call is from subscriber {} ({})", caller.username, notes.caller_number or "no number")
    if notes.is_hidden:
        notes.step("caller", "the caller is not shown")


def _is_at_home(claim: Uri, caller: SubscriberFacts, network: Network) -> bool:
    domain = network.domain(caller.domain_id)
    return domain is not None and claim.host in domain.names


def _shown_number(
    query: CallQuery, caller: SubscriberFacts, network: Network, notes: Notes
) -> Generator[Need, Any, str]:
    for claim in query.claims:
        if claim.is_sip and not _is_at_home(claim, caller, network):
            continue
        if claim.is_sip and (claim.user_unescaped or "").lower() == caller.username:
            notes.shows_name = True
            break
        number = yield from own_number(claim, caller, network)
        if number is not None:
            return number
        notes.step("caller", "{} would like to show {}, which is not its own", caller.username, dialled(claim))
    return caller.main_number or ""


def own_number(claim: Uri, caller: SubscriberFacts, network: Network) -> Generator[Need, Any, str | None]:
    """The number (E.164) that an address means as the caller writes numbers, if the caller may be shown by it."""
    number = to_e164(dialled(claim), network.number_format_of(caller)).e164
    if number is None or number == caller.main_number or number in caller.settings.shown_numbers:
        return number
    facts: NumberFacts | None = yield NumberNeed(number)
    return number if facts is not None and facts.subscriber_id == caller.id and not facts.is_ported_out else None
