"""What a request asks of routing: who calls as whom, and for whom, by the headers in which its sender says so."""

from __future__ import annotations

from typing import Final

from sipedge.facts import GatewayFacts, SubscriberFacts
from sipedge.proxy import identity
from sipedge.routing.query import CallQuery
from sipedge.sip.fields import NameAddr, parse_name_addr
from sipedge.sip.message import HeaderError, Request
from sipedge.sip.params import split_list
from sipedge.sip.uri import Uri

MIN_NUMBER: Final = 3
"""Digits from which on a name looks like a number that one could call."""


def query_of(request: Request, caller: SubscriberFacts | GatewayFacts, now: float) -> CallQuery:
    """The question. now: seconds since the epoch. Raises HeaderError for a From or To that cannot be read."""
    privacy = request.get("Privacy")
    query = CallQuery(
        request.method, request.uri, request.from_.uri, caller, is_hidden=identity.wants_anonymity(request), now=now
    )
    if isinstance(caller, GatewayFacts):
        from_uri = identity.believed(request, caller.caller_in)
        is_hidden = query.is_hidden or (from_uri.user or "").lower() == "anonymous"
        query = query._replace(request_uri=_called(request, caller), from_uri=from_uri, is_hidden=is_hidden)
    else:
        query = query._replace(claims=_claims(request, caller), is_misnamed=_is_misnamed(request.from_, caller))
    if query.is_hidden:
        query = query._replace(shows_nobody=identity.shows_nobody(request.from_.uri))
    if privacy is not None:
        query = query._replace(privacy=privacy, is_shown="none" in identity.privacy_of(request))
    if request.has("Geolocation"):
        query = query._replace(has_location=True)
    if request.has("Diversion") or request.has("History-Info"):
        query = query._replace(diverted=_diversions(request), history_index=_last_index(request))
    return query


def _called(request: Request, gateway: GatewayFacts) -> Uri:
    """The URI whose user part is the called number: the request URI, with the user part of where the number stands."""
    if gateway.called_number_in == "to":
        stands_in = request.to.uri
    elif gateway.called_number_in == "p_called_party_id":
        called = _addresses(request, "P-Called-Party-ID")
        stands_in = called[0] if called else request.uri
    else:
        return request.uri
    if stands_in.user is None or not (stands_in.is_sip or stands_in.scheme == "tel"):
        return request.uri
    return request.uri._replace(user=stands_in.user)


def _claims(request: Request, caller: SubscriberFacts) -> tuple[Uri, ...]:
    sender = request.from_.uri
    claims = identity.preferred(request)
    if (sender.user or "").lower() != caller.username and not identity.is_anonymous(sender):
        claims.append(sender)
    return tuple(claims)


def _is_misnamed(sender: NameAddr, caller: SubscriberFacts) -> bool:
    """Whether a display name is a number that a callee could take for the caller's, and that is not: neither its user
    name, nor the end of its number, nor of what it calls itself by in From, which is looked at for itself."""
    display = sender.display
    if not display or any(map(str.isalpha, display)):
        return False
    digits = "".join(filter(str.isdigit, display))
    own = (caller.username, caller.main_number or "", sender.uri.user_unescaped or "")
    return len(digits) >= MIN_NUMBER and not any(one.endswith(digits.lstrip("0")) for one in own)


def _addresses(request: Request, name: str) -> list[Uri]:
    try:
        return [parse_name_addr(value).uri for value in request.values(name)]
    except HeaderError:
        return []


def _diversions(request: Request) -> int:
    """How often it says that it was diverted: by Diversion, or, whichever is more, by the causes (RFC 4458) that
    History-Info has of it. What cannot be read counts as once."""
    try:
        told = sum(len(split_list(line)) for line in request.get_all("Diversion"))
        history = [parse_name_addr(value).uri for value in request.values("History-Info")]
    except HeaderError:
        return 1
    return max(told, sum(uri.param("cause") is not None for uri in history))


def _last_index(request: Request) -> str:
    """The index of the last History-Info (RFC 7044 §5), '' where there is none that can be read."""
    try:
        values = request.values("History-Info")
        index = parse_name_addr(values[-1]).param("index") if values else None
    except HeaderError:
        return ""
    return index if index and index.replace(".", "").isdigit() and len(index) < 40 else ""
