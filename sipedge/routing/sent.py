"""What is sent to each target: who calls, by which way, in which header and format.

RFC 3325 (P-Asserted-Identity), RFC 3323 (Privacy), RFC 5806 (Diversion), RFC 7044 with RFC 4458 (History-Info),
RFC 7315 §4.2 (P-Called-Party-ID), RFC 6442 (Geolocation).
"""

from __future__ import annotations

from typing import Final

from numbering.formats import NumberFormat, from_e164
from sipedge.facts import GatewayFacts, SubscriberFacts
from sipedge.proxy.present import HIDDEN
from sipedge.routing.decision import AS_IT_CAME, Diversion, Sent
from sipedge.routing.needs import Network
from sipedge.routing.network import number_format
from sipedge.routing.notes import Notes
from sipedge.routing.query import CallQuery
from sipedge.sip.uri import escape_user

_REASONS: Final = {
    "always": "unconditional", "busy": "user-busy", "no_answer": "no-answer", "not_registered": "unavailable",
    "parallel": "follow-me",
}  # fmt: skip
_CAUSES: Final = {"always": 302, "busy": 486, "no_answer": 408, "not_registered": 503, "parallel": 302}

Headers = list[tuple[str, str]]


def to_gateway(
    gateway: GatewayFacts, written: str, query: CallQuery, payer: SubscriberFacts, network: Network, notes: Notes,
    *, is_emergency: bool = False,
) -> Sent:  # fmt: skip
    """What this gateway gets. written: the called number as it wants it. payer: whose call it is."""
    known = number_format(gateway.number_format)
    identity = _identity(gateway, known, payer, network, notes)
    is_hidden = query.is_hidden if is_emergency else notes.is_hidden
    headers = _asserted(gateway, identity, is_hidden=is_hidden)
    if is_hidden and (privacy := _privacy(query)) is not None:
        headers.append(("Privacy", privacy))
    if is_emergency:
        headers += _emergency(query, payer)
    on_top, below = _diverted(gateway, known, written, query, network, notes)
    from_ = ""
    if is_hidden:
        from_ = "" if query.shows_nobody or is_emergency else HIDDEN
    elif gateway.from_as == "identity":
        from_ = identity
    elif query.is_misnamed:
        from_ = f"<{query.from_uri}>"
    return Sent(written, from_, tuple(headers), tuple(on_top), tuple(below))


def to_phone(callee: SubscriberFacts, query: CallQuery, network: Network, notes: Notes, extension: str) -> Sent:
    """What a subscriber's phones get. extension: the digits behind its number that were dialled."""
    is_asked = callee.settings.called_number_in == "request_uri" and notes.called != ""
    is_hidden_here = notes.is_hidden and not query.shows_nobody
    if not (is_asked or extension or is_hidden_here or query.is_misnamed or notes.diversions):
        return AS_IT_CAME
    headers: Headers = []
    host = _host(callee, network)
    if is_asked or extension:
        headers.append(("P-Called-Party-ID", f"<sip:{escape_user(notes.called)}@{host}>"))
    on_top = [("Diversion", _diversion(one, _written(one, None), network)) for one in reversed(notes.diversions)]
    user = from_e164(notes.called, network.number_format_of(callee)) if is_asked else ""
    from_ = HIDDEN if is_hidden_here else f"<{query.from_uri}>" if query.is_misnamed else ""
    return Sent(user, from_, tuple(headers), tuple(on_top))


def _identity(
    gateway: GatewayFacts, known: NumberFormat, payer: SubscriberFacts, network: Network, notes: Notes
) -> str:
    """The address that the call is made under: the caller's, where a forwarded call may show it; else the payer's."""
    is_own = not notes.diversions
    shows_caller = is_own or gateway.diverted_as != "none"
    number = notes.caller_number if shows_caller else ""
    number = "" if notes.shows_name and is_own else number or payer.main_number or ""
    user = from_e164(number, known) if number else payer.username
    return f"<sip:{escape_user(user)}@{_host(payer, network)}>"


def _asserted(gateway: GatewayFacts, identity: str, *, is_hidden: bool) -> Headers:
    match gateway.identity_as:
        case "asserted":
            return [("P-Asserted-Identity", identity)]
        case "preferred":
            return [("P-Preferred-Identity", identity)]
        case "remote_party_id":
            privacy = "full" if is_hidden else "off"
            return [("Remote-Party-ID", f"{identity};party=calling;screen=yes;privacy={privacy}")]
    return []


def _privacy(query: CallQuery) -> str | None:
    """The Privacy to send where the caller is hidden; None where the request has said so itself."""
    if query.is_hidden and query.privacy:
        return None
    return f"{query.privacy};id" if query.privacy else "id"


def _emergency(query: CallQuery, payer: SubscriberFacts) -> Headers:
    headers: Headers = [("Priority", "emergency")]
    if payer.settings.location and not query.has_location:  # RFC 6442 §3.5: what the phone says of itself stays alone
        headers += [("Geolocation", f"<{payer.settings.location}>"), ("Geolocation-Routing", "yes")]
    return headers


def _diverted(
    gateway: GatewayFacts, known: NumberFormat, written: str, query: CallQuery, network: Network, notes: Notes
) -> tuple[Headers, Headers]:
    on_top: Headers = []
    below: Headers = []
    if not notes.diversions:
        return on_top, below
    if gateway.diverted_as in ("diversion", "both"):
        on_top = [("Diversion", _diversion(one, _written(one, known), network)) for one in reversed(notes.diversions)]
    if gateway.diverted_as in ("history_info", "both"):
        target = f"sip:{escape_user(written)}@{gateway.host}"
        below = [("History-Info", value) for value in _history(known, target, query, network, notes)]
    return on_top, below


def _diversion(diversion: Diversion, user: str, network: Network) -> str:
    host = _host(diversion.subscriber, network)
    return f"<sip:{escape_user(user)}@{host}>;reason={_REASONS[diversion.reason]};counter=1"


def _history(known: NumberFormat, target: str, query: CallQuery, network: Network, notes: Notes) -> list[str]:
    """One entry for each address that the call went to, the index of each below that of the one before."""
    values, index, cause = [], query.history_index, ""
    for diversion in notes.diversions:
        index = f"{index}.1" if index else "1"
        user, host = _written(diversion, known), _host(diversion.subscriber, network)
        values.append(f"<sip:{escape_user(user)}@{host}{cause}>;index={index}")
        cause = f";cause={_CAUSES[diversion.reason]}"
    return [*values, f"<{target}{cause}>;index={index}.1"]


def _written(diversion: Diversion, known: NumberFormat | None) -> str:
    if not diversion.number:
        return diversion.subscriber.username
    return from_e164(diversion.number, known) if known else diversion.number


def _host(subscriber: SubscriberFacts, network: Network) -> str:
    domain = network.domain(subscriber.domain_id)
    return domain.name if domain else "invalid"
