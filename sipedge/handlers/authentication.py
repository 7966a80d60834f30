"""Who sent this: a gateway, known by its address, or a subscriber, known by its digest."""

from __future__ import annotations

from sipedge.auth.authenticate import Authenticated, Challenge, authenticate, digest_user, find_authorization
from sipedge.auth.challenge import challenge
from sipedge.auth.digest import DigestError
from sipedge.facts import DomainFacts, GatewayFacts, SubscriberFacts
from sipedge.handlers.exchange import Exchange
from sipedge.store.interfaces import MISS

_HEADERS = {401: ("Authorization", "WWW-Authenticate"), 407: ("Proxy-Authorization", "Proxy-Authenticate")}


async def identify(exchange: Exchange) -> SubscriberFacts | GatewayFacts | None:
    """Who wants to call or to send something. None: it was answered already (challenged or refused).

    The real source address alone makes a gateway; the digest alone makes a subscriber, whose From must be its own.
    """
    services = exchange.services
    gateway = services.network.gateways.by_source(exchange.flow.host)
    if gateway is not None:
        return gateway
    sender = exchange.request.from_.uri
    own = services.network.domain_of(sender)
    domain = own or services.network.domains.default
    if domain is None:
        exchange.reply(403, "No domain is served here yet")
        return None
    subscriber = await prove(exchange, domain, (sender.user_unescaped or "").lower(), 407)
    if subscriber is None:
        return None
    if own is None or sender.user_unescaped is None:
        exchange.reply(403, "From is not yours")
        return None
    return subscriber


async def prove(exchange: Exchange, domain: DomainFacts, claimed: str, status_code: int) -> SubscriberFacts | None:
    """Let the sender prove by digest that it is `claimed` (a user part of `domain`), with 401 or 407.

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
    username = digest_user(authorization) if authorization else claimed
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
    elif subscriber is None or username != claimed:
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
