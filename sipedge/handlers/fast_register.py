"""The fast path of REGISTER: as nearly all phones write it, over UDP, with everything that it needs in memory.

It does the same as the general path (door, dispatch, authentication, register) without making a message, an exchange
and a coroutine of it. As soon as anything is out of the usual it gives up, before anything has happened: then the
general path begins from the start. tests/sipedge/handlers/test_fast_register.py holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from sipedge.auth.challenge import challenge
from sipedge.auth.digest import Authorization, verify_first
from sipedge.auth.nonce import NonceState
from sipedge.auth.plain_credentials import read_plain_credentials
from sipedge.facts import DomainFacts, SubscriberFacts
from sipedge.guards.bounded import keep
from sipedge.handlers.exchange import MOST_FOR_ONE, Exchange
from sipedge.handlers.guarding import charge
from sipedge.handlers.register import change, change_again
from sipedge.registrar.register import RegisterDecision, response_contacts
from sipedge.registrar.renewal import renew
from sipedge.registrar.service_route import service_route
from sipedge.sip.flow import Flow
from sipedge.sip.message import Request, parse
from sipedge.sip.plain_register import PlainRegister, plain_answer, read_plain_register
from sipedge.sip.uri import UriError, parse_uri
from sipedge.store.interfaces import MISS, CommitOutcome, SubscriberKey
from sipedge.store.waiting import start
from sipedge.telemetry import http_date
from sipedge.transaction.keys import datagram_key

if TYPE_CHECKING:
    from sipedge.handlers.services import Services
    from sipedge.transaction.non_invite_server import NonInviteServerTransaction

MAX_SERVICE_ROUTES: Final = 1_000

_COMMITTED = CommitOutcome.COMMITTED
_FRESH = NonceState.FRESH


class FastRegistrar:
    """The fast path of one edge. general: takes a datagram, its flow and the time the general path."""

    __slots__ = ("_general", "_service_routes", "_services")

    def __init__(self, services: Services, general: Callable[[bytes, Flow, float], None]) -> None:
        self._services = services
        self._general = general
        self._service_routes: dict[tuple[int, str], str] = {}

    def receive(self, data: bytes, flow: Flow, now: float, *, has_waited: bool = False) -> bool:
        """Handle a datagram that begins as a REGISTER. False: it is none for the fast path, and nothing happened.

        has_waited: for a subscriber that was not in memory.
        """
        services = self._services
        plain = read_plain_register(data)
        if plain is None or services.draining or services.telemetry.log_messages or ":" in flow.host:
            return False
        key = datagram_key(plain, flow)
        domain = self._domain_of(plain)
        if domain is None or services.layer.knows(key) or services.layer.is_full or not services.store.is_available:
            return False
        if plain.user_agent is not None and services.store.user_agents.find(plain.user_agent.rstrip(" ")) is not None:
            return False
        aor = (domain.id, plain.user.lower())
        subscriber = services.store.subscribers.get(aor)
        if plain.authorization is None:
            if services.guard.suspects(flow.host, aor, now):
                return False
            if subscriber is MISS:
                return not has_waited and self._wait_for(aor, data, flow, now)
            return self._challenge(plain, len(data), flow, now, domain, subscriber, has_paid=has_waited)
        if subscriber is MISS:
            return False
        given = read_plain_credentials(plain.authorization)
        if given is None or not self._is_proven(given, flow, now, domain, subscriber, aor[1]):
            return False
        if subscriber is None or services.guard.suspects(flow.host, aor, now):
            return False
        route = self._service_route(flow, plain.domain)
        return self._register(_Registration(services, plain, data, flow, domain, subscriber, route), given, key, now)

    def _wait_for(self, aor: SubscriberKey, data: bytes, flow: Flow, now: float) -> bool:
        """Fetch the subscriber, together with others who come now, and begin again."""

        def again() -> None:
            services = self._services
            try:
                if not self.receive(data, flow, services.now(), has_waited=True):
                    self._general(data, flow, services.now())
            except Exception as error:  # noqa: BLE001  others may wait for the same
                services.telemetry.exception("fast path", error)

        charge(self._services, flow, now)
        self._services.store.subscribers.fetch(aor).add_wake_up(again)
        return True

    def _domain_of(self, plain: PlainRegister) -> DomainFacts | None:
        """The domain that both the request URI and To name."""
        domain = self._domain_named(plain.domain)
        if plain.to_domain == plain.domain:
            return domain
        return domain if self._domain_named(plain.to_domain) is domain else None

    def _domain_named(self, text: str) -> DomainFacts | None:
        """The domain of a URI's host[:port]; nearly always it is written as the domain's name is, without a port."""
        network = self._services.network
        domain = network.domains.by_name(text)
        if domain is not None:
            return domain
        try:
            return network.domain_of(parse_uri(f"sip:{text}"))
        except UriError:
            return None

    def _service_route(self, flow: Flow, domain: str) -> str:
        """The header's line, remembered for each listener and each way in which our domains are written."""
        key = (flow.local, domain)
        line = self._service_routes.get(key)
        if line is None:
            found = service_route(self._services.listeners.of(flow), domain.partition(":")[0].lower())
            line = "".join([f"{name}: {value}\r\n" for name, value in found])
            keep(self._service_routes, key, line, MAX_SERVICE_ROUTES)
        return line

    def _challenge(
        self, plain: PlainRegister, size: int, flow: Flow, now: float, domain: DomainFacts,
        subscriber: SubscriberFacts | None, *, has_paid: bool,
    ) -> bool:  # fmt: skip
        services = self._services
        nonce = services.nonces.make(domain.name, flow.host, now, services.entropy(8))
        header = challenge(domain.name, nonce, _algorithm(domain, subscriber), False)
        lines = f"WWW-Authenticate: {header}\r\n"
        answer = plain_answer(plain, flow, "401 Unauthorized", services.token(), lines)
        if len(answer) > MOST_FOR_ONE * size:
            return False
        services.telemetry.challenged()
        if not has_paid:
            charge(services, flow, now)
        services.send(answer, flow)
        if subscriber is not None and services.store.bindings.get(subscriber.id) is MISS:
            services.store.bindings.fetch(subscriber.id)  # it will be asked for when the phone has answered
        return True

    def _is_proven(
        self, given: Authorization, flow: Flow, now: float, domain: DomainFacts, subscriber: SubscriberFacts | None,
        username: str,
    ) -> bool:  # fmt: skip
        """Whether these credentials are right. A fresh nonce costs one digest, whoever it is and whoever is suspected:
        the general path's part is the same for all, too, so time tells nothing."""
        if given.realm != domain.name or given.username != username:
            return False
        if given.algorithm != _algorithm(domain, subscriber):
            return False
        if self._services.nonces.check(given.nonce, given.realm, flow.host, now) is not _FRESH:
            return False
        return verify_first(given, "REGISTER", subscriber.credentials if subscriber else ())

    def _register(self, registration: _Registration, given: Authorization, key: str, now: float) -> bool:
        """The sender is proven. From the use of his nonce on there is no way back to the beginning."""
        services, flow = self._services, registration.flow
        subscriber, domain = registration.subscriber, registration.domain
        if not subscriber.is_active or not domain.is_active:
            return False
        if not services.ledger.use(given.nonce, given.nonce_count, now):
            return False
        services.telemetry.began_registration()
        charge(services, flow, now)
        services.guard.proven(flow.host)
        registration.begin(services.layer.open_datagram(key, flow))
        return True


class _Registration:
    """A REGISTER whose sender is proven, until it is answered."""

    __slots__ = (
        *("_data", "_decision", "_service_route", "_services", "_transaction", "_waiting"),
        *("domain", "flow", "plain", "subscriber"),
    )

    def __init__(
        self, services: Services, plain: PlainRegister, data: bytes, flow: Flow, domain: DomainFacts,
        subscriber: SubscriberFacts, service_route: str,
    ) -> None:  # fmt: skip
        self.plain = plain
        self.flow = flow
        self.domain = domain
        self.subscriber = subscriber
        self._services = services
        self._data = data
        self._service_route = service_route

    def begin(self, transaction: NonInviteServerTransaction) -> None:
        """Decide it, and have it committed. If that breaks, its sender is told, and nothing else notices."""
        self._transaction = transaction
        try:
            decision = self._renewal()
        except Exception as error:  # noqa: BLE001  our own fault
            self._exchange().broke(error)
            return
        bindings = self._services.store.bindings
        if decision is not None and bindings.turn_if_free(self.subscriber.id):
            self._decision = decision
            self._waiting = bindings.commit(self.subscriber.id, decision)
            self._waiting.add_wake_up(self._end)
        else:  # whatever else than a renewal it is, or not to be decided at once: the general path knows how
            exchange = self._exchange()
            start(change(exchange, self.domain, self.subscriber), exchange.broke)

    def _renewal(self) -> RegisterDecision | None:
        services = self._services
        current = services.store.bindings.get(self.subscriber.id)
        if current is MISS or self.domain.strict_call_id:
            return None
        return renew(self.plain, current, self.flow, services.wall(), services.limits, services.config.name)

    def _end(self) -> None:
        try:
            outcome = self._waiting.result()
        except Exception as error:  # noqa: BLE001  whatever kept it from being committed, its sender is told
            self._services.store.bindings.release(self.subscriber.id)
            self._exchange().broke(error)
            return
        if outcome is not _COMMITTED:
            exchange = self._exchange()
            start(change_again(exchange, self.domain, self.subscriber), exchange.broke)
            return
        self._services.store.bindings.release(self.subscriber.id)
        try:
            self._answer()
        except Exception as error:  # noqa: BLE001  others were committed with it, and are answered after it
            self._exchange().broke(error)

    def _answer(self) -> None:
        services, plain, decision, flow = self._services, self.plain, self._decision, self.flow
        now = services.wall()
        contacts = "".join([f"Contact: {contact}\r\n" for contact in response_contacts(decision.bindings, now)])
        lines = f"{contacts}{self._service_route}Date: {http_date(now)}\r\n"
        answer = plain_answer(plain, flow, "200 OK", services.token(), lines)
        services.layer.complete(self._transaction, answer, services.now())
        services.send(answer, flow)
        services.telemetry.renewed()
        [(known, new)] = decision.upserts
        if known is None or known.flow != new.flow:
            services.flows.registered(self.subscriber.id, decision)

    def _exchange(self) -> Exchange:
        """What the general path works with."""
        request = parse(self._data)
        assert isinstance(request, Request)  # noqa: S101  its first word is REGISTER
        request.note_source(self.flow.host, self.flow.port)
        exchange = Exchange(self._services, request, self.flow)
        exchange.transaction = self._transaction
        self._transaction.user = exchange
        return exchange


def _algorithm(domain: DomainFacts, subscriber: SubscriberFacts | None) -> str:
    return (subscriber.digest_algorithm if subscriber else None) or domain.digest_algorithm
