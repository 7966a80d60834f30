"""Who sent this: a gateway, known by its address or its digest, or a subscriber, known by its digest."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from sipedge.auth.authenticate import Challenge, authenticate, digest_user, find_authorization
from sipedge.auth.challenge import challenge
from sipedge.auth.digest import Authorization, DigestError, verify
from sipedge.auth.ha1 import Ha1Set
from sipedge.auth.nonce import NonceState
from sipedge.facts import DomainFacts, GatewayAccount, GatewayFacts, SubscriberFacts
from sipedge.guards.sources import source_of
from sipedge.handlers import guarding
from sipedge.handlers.exchange import Exchange
from sipedge.handlers.reuse import note_alias
from sipedge.handlers.thinking import may_show
from sipedge.proxy import identity
from sipedge.proxy.forward import withdraw_credentials
from sipedge.sip.flow import Flow
from sipedge.store.interfaces import MISS

if TYPE_CHECKING:
    from sipedge.handlers.services import Services

_NUMBER = re.compile(r"\+?[0-9][0-9().-]*")
_HEADERS = {401: ("Authorization", "WWW-Authenticate"), 407: ("Proxy-Authorization", "Proxy-Authenticate")}


async def identify(exchange: Exchange) -> SubscriberFacts | GatewayFacts | None:
    """Who wants to call or to send something. None: it was answered already (challenged or refused).

    The real source address, a verified certificate, or the digest of an account of its own makes a gateway; the digest
    alone makes a subscriber, whose From must be its own name or a number that it may show (a PBX writes which of its
    extensions calls), or the anonymous one of RFC 3323. A gateway writes into From
    who calls, so its account may have any realm that From led to.
    """
    services = exchange.services
    gateway = gateway_at(services, exchange.flow)
    if gateway is not None:
        if exchange.flow.connection:
            services.guard.proven(exchange.flow.host)  # by its certificate: its address may be anybody's
        note_alias(exchange, gateway)
        return gateway
    sender = exchange.request.from_.uri
    own = services.network.domain_of(sender)
    is_anonymous = identity.is_anonymous(sender)
    domain = own or (_domain_of_anonymous(exchange) if is_anonymous else None) or services.network.domains.default
    if domain is None:
        exchange.reply(403, "No domain is served here yet")
        return None
    user = (sender.user_unescaped or "").lower()
    claimed = None if is_anonymous or _NUMBER.fullmatch(user) else user
    proven = await prove(exchange, domain, claimed, 407)
    if proven is None or isinstance(proven, GatewayFacts) or is_anonymous:
        return proven
    if own is None or not user or (user != proven.username and not await may_show(sender, proven, services)):
        exchange.reply(403, "From is not yours")
        return None
    return proven


def gateway_at(services: Services, flow: Flow) -> GatewayFacts | None:
    """The gateway at the far end of a flow, None for anybody else: the trust domain of RFC 3325 is the gateways.

    It is known by its source address, or by the certificate that it proved itself by on this very connection.
    """
    gateways = services.network.gateways
    found = gateways.by_source(flow.host)
    if found is not None or not flow.connection:
        return found
    known = (gateways.by_tls_name(name) for name in services.peer_names(flow))
    return next((gateway for gateway in known if gateway is not None), None)


def _domain_of_anonymous(exchange: Exchange) -> DomainFacts | None:
    """Whose digest to ask for where From does not say it: P-Preferred-Identity (RFC 3325 §9.2) may, else the request
    URI does, because phones dial at their own domain."""
    network, request = exchange.services.network, exchange.request
    host = identity.preferred_host(request)
    return (network.domains.by_name(host) if host else None) or network.domain_of(request.uri)


async def prove(
    exchange: Exchange, domain: DomainFacts, claimed: str | None, status_code: int
) -> SubscriberFacts | GatewayFacts | None:
    """Let the sender prove by digest that it is `claimed` (a user part of `domain`; None: whoever), with 401 or 407.

    Returns the subscriber, or, with 407, the gateway; None when the request was answered: challenged, 400, or 403 for a
    digest of somebody else. Of a subscriber and a gateway of one name it is whose password was used; were it the same,
    the subscriber, who may do less. Known, unknown and suspended users look the same until the password is right, and
    so does who has used up his tries (guards/guard.py). Only credentials with a nonce that was sent to this source make
    a transaction: what spoofed addresses send costs no memory.
    """
    try:
        given = find_authorization(exchange.request, _HEADERS[status_code][0], domain.name)
    except DigestError as error:
        exchange.reply(error.status, error.reason)
        return None
    services = exchange.services
    is_fresh = given is not None and _is_fresh(exchange, given)
    if is_fresh:
        exchange.open()
    username = digest_user(given) if given else claimed or ""
    key = (domain.id, username)
    found = services.store.subscribers.get(key)
    subscriber = await services.store.subscribers.fetch(key) if found is MISS else found
    if not services.store.is_available and status_code == 401:
        exchange.unavailable()
        return None
    if given is not None:
        return _check(exchange, domain, subscriber, given, claimed, status_code, is_fresh=is_fresh)
    _challenge(exchange, domain.name, _algorithm(domain, subscriber), False, status_code)
    return None


def _check(
    exchange: Exchange, domain: DomainFacts, subscriber: SubscriberFacts | None, given: Authorization,
    claimed: str | None, status_code: int, *, is_fresh: bool,
) -> SubscriberFacts | GatewayFacts | None:  # fmt: skip
    """Check the credentials that were given, unless their sender has used up his tries: then they are wrong."""
    services, algorithm = exchange.services, _algorithm(domain, subscriber)
    key = (domain.id, digest_user(given))
    may_check = not services.guard.is_wary or guarding.may_check(exchange, key, subscriber, claimed)
    credentials = subscriber.credentials if subscriber is not None else ()
    gateway = services.store.gateways.by_username(key[1]) if status_code == 407 else None
    both = credentials if gateway is None else (*credentials, *_of_gateway(gateway.inbound, domain.name))
    result = authenticate(
        exchange.request.method, given, key[1], both if may_check else None,
        is_fresh=is_fresh, ledger=services.ledger, algorithm=algorithm, now=services.now(),
    )  # fmt: skip
    if not isinstance(result, Challenge):
        if gateway is None or verify(given, exchange.request.method, credentials, key[1], domain.name):
            return _entitled(exchange, domain, subscriber, claimed)
        return _entitled_gateway(exchange, gateway)
    if result.failed or result.replayed:
        guarding.refused(exchange, key, domain, result, was_checked=may_check)
    _challenge(exchange, domain.name, algorithm, result.stale, status_code)
    return None


@lru_cache(maxsize=1024)
def _of_gateway(account: GatewayAccount | None, realm: str) -> tuple[Ha1Set, ...]:
    """The HA1s of a gateway's account in one of our realms, as a subscriber's credentials are."""
    return () if account is None else (Ha1Set.from_password(account.username, realm, account.password),)


def _entitled_gateway(exchange: Exchange, gateway: GatewayFacts) -> GatewayFacts:
    """A gateway has proved who it is; its credentials go no further."""
    exchange.services.guard.proven(exchange.flow.host)
    exchange.request = exchange.request.copy()
    withdraw_credentials(exchange.request)
    return gateway


def _algorithm(domain: DomainFacts, subscriber: SubscriberFacts | None) -> str:
    return (subscriber.digest_algorithm if subscriber else None) or domain.digest_algorithm


def _is_fresh(exchange: Exchange, given: Authorization) -> bool:
    services = exchange.services
    source = source_of(exchange.flow.host)
    return services.nonces.check(given.nonce, given.realm, source, services.now()) is NonceState.FRESH


def _entitled(
    exchange: Exchange, domain: DomainFacts, subscriber: SubscriberFacts | None, claimed: str | None
) -> SubscriberFacts | None:
    """Who has proved who he is may still not be who he says, or may be suspended. For a suspended caller's INVITE
    routing decides: it may call for help."""
    exchange.services.guard.proven(exchange.flow.host)
    if subscriber is None or claimed not in (None, subscriber.username):
        exchange.reply(403, "These credentials are for another address")
    elif not (subscriber.is_active and domain.is_active) and exchange.request.method != "INVITE":
        exchange.reply(403, "This account is suspended")
    else:
        return subscriber
    return None


def _challenge(exchange: Exchange, realm: str, algorithm: str, stale: bool, status_code: int) -> None:
    services = exchange.services
    nonce = services.nonces.make(realm, source_of(exchange.flow.host), services.now(), services.entropy(8))
    header = challenge(realm, nonce, algorithm, stale)
    exchange.reply(status_code, None, ((_HEADERS[status_code][1], header),))
