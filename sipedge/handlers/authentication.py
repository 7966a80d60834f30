"""Who sent this: a gateway, known by its address, or a subscriber, known by its digest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sipedge.auth.authenticate import Authenticated, Challenge, authenticate, digest_user, find_authorization
from sipedge.auth.challenge import challenge
from sipedge.auth.digest import DigestError
from sipedge.facts import DomainFacts, GatewayFacts, SubscriberFacts
from sipedge.handlers.exchange import Exchange
from sipedge.proxy import identity
from sipedge.sip.flow import Flow
from sipedge.store.interfaces import MISS

if TYPE_CHECKING:
    from sipedge.handlers.services import Services

_HEADERS = {401: ("Authorization", "WWW-Authenticate"), 407: ("Proxy-Authorization", "Proxy-Authenticate")}


async def identify(exchange: Exchange) -> SubscriberFacts | GatewayFacts | None:
    """Who wants to call or to send something. None: it was answered already (challenged or refused).

    The real source address alone makes a gateway; the digest alone makes a subscriber, whose From must be its own, or
    the anonymous one of RFC 3323.
    """
    services = exchange.services
    gateway = gateway_at(services, exchange.flow)
    if gateway is not None:
        return gateway
    sender = exchange.request.from_.uri
    own = services.network.domain_of(sender)
    is_anonymous = identity.is_anonymous(sender)
    domain = own or (_domain_of_anonymous(exchange) if is_anonymous else None) or services.network.domains.default
    if domain is None:
        exchange.reply(403, "No domain is served here yet")
        return None
    claimed = None if is_anonymous else (sender.user_unescaped or "").lower()
    subscriber = await prove(exchange, domain, claimed, 407)
    if subscriber is None or is_anonymous:
        return subscriber
    if own is None or sender.user_unescaped is None:
        exchange.reply(403, "From is not yours")
        return None
    return subscriber


def gateway_at(services: Services, flow: Flow) -> GatewayFacts | None:
    """The gateway at the far end of a flow, None for anybody else: the trust domain of RFC 3325 is the gateways."""
    return services.network.gateways.by_source(flow.host)


def _domain_of_anonymous(exchange: Exchange) -> DomainFacts | None:
    """Whose digest to ask for where From does not say it: P-Preferred-Identity (RFC 3325 §9.2) may, else the request
    URI does, because phones dial at their own domain."""
    network, request = exchange.services.network, exchange.request
    host = identity.preferred_host(request)
    return (network.domains.by_name(host) if host else None) or network.domain_of(request.uri)


async def prove(
    exchange: Exchange, domain: DomainFacts, claimed: str | None, status_code: int
) -> SubscriberFacts | None:
    """Let the sender prove by digest that it is `claimed` (a user part of `domain`; None: whoever), with 401 or 407.

    Returns the subscriber; None when the request was answered: challenged, 400, or 403 for a digest of somebody
    else. Known, unknown and suspended users look the same until the password is right.
    """
    services = exchange.services
    header = _HEADERS[status_code][0]
    if exchange.request.get(header) is not None:
        exchange.open()
    try:
        authorization = find_authorization(exchange.request, header, domain.name)
    except DigestError as error:
        exchange.reply(error.status, error.reason)
        return None
    username = digest_user(authorization) if authorization else claimed or ""
    key = (domain.id, username)
    found = services.store.subscribers.get(key)
    subscriber = await services.store.subscribers.fetch(key) if found is MISS else found
    if not services.store.is_available and status_code == 401:
        exchange.unavailable()
        return None
    algorithm = (subscriber.digest_algorithm if subscriber else None) or domain.digest_algorithm
    credentials = subscriber.credentials if subscriber else None
    result = authenticate(
        exchange.request, header, domain.name, username, credentials,
        nonces=services.nonces, ledger=services.ledger, algorithm=algorithm, now=services.now(),
    )  # fmt: skip
    if isinstance(result, Challenge):
        _challenge(exchange, domain.name, algorithm, result.stale, status_code)
    elif not isinstance(result, Authenticated):
        exchange.reply(result.status_code, result.reason)
    elif subscriber is None or (claimed is not None and username != claimed):
        exchange.reply(403, "These credentials are for another address")
    elif not subscriber.is_active or not domain.is_active:
        exchange.reply(403, "This account is suspended")
    else:
        return subscriber
    return None


def _challenge(exchange: Exchange, realm: str, algorithm: str, stale: bool, status_code: int) -> None:
    services = exchange.services
    nonce = services.nonces.make(realm, services.now(), services.entropy(8))
    header = challenge(realm, nonce, algorithm, stale)
    exchange.reply(status_code, None, ((_HEADERS[status_code][1], header),))
