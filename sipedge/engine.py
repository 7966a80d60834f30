"""The engine: bytes and ticks go in, bytes for flows come out. It decides nothing; it carries things over.

Bytes come in by `receive`, become a message, and go to the transaction layer, or to a handler when they are new.
What these want done comes back as effects, and `perform` carries the effects out, one after the other. Clocks,
randomness and the way out are given to it, so that tests run whole calls in memory.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sipedge.auth.nonce import NonceFactory, NonceLedger
from sipedge.clock import WallClock
from sipedge.config import EdgeConfig
from sipedge.guards.guard import Guard, GuardLimits
from sipedge.handlers.deadlines import Deadlines
from sipedge.handlers.door import welcome
from sipedge.handlers.exchange import Exchange
from sipedge.handlers.fast_register import FastRegistrar
from sipedge.handlers.flows import Sweeper, connection_closed
from sipedge.handlers.guarding import charge
from sipedge.handlers.peers import PeerMemory
from sipedge.handlers.pings import Pinger
from sipedge.handlers.services import Services
from sipedge.handlers.undelivered import undelivered
from sipedge.listeners import Listeners
from sipedge.load.counts import CallCounts
from sipedge.proxy.identity import PASSING
from sipedge.registrar.limits import RegistrarLimits
from sipedge.routing.network import EdgeNetwork
from sipedge.sip.flow import Flow
from sipedge.sip.message import HeaderError, ParseError, Request, Response, parse
from sipedge.sip.plain_register import METHOD as REGISTER
from sipedge.sip.plain_request import read_plain_request
from sipedge.sip.plain_response import START, read_plain_response
from sipedge.store.interfaces import Store
from sipedge.telemetry import Telemetry
from sipedge.transaction.effects import (
    Effect,
    ResponseReceived,
    Send,
    Terminated,
    TransactionFailed,
    TransactionTimeout,
)
from sipedge.transaction.layer import TransactionLayer
from sipedge.transport.nameservers import NameServers
from sipedge.transport.resolver import Resolver

NONCE_LIFETIME: Final = 300.0  # seconds
MAX_NONCES: Final = 200_000
TIDY: Final = 5.0  # seconds between two looks at what the guard may forget


@dataclass(frozen=True, slots=True)
class Outside:
    """What the engine is given: the monotonic and the wall clock (seconds), randomness, and the way to the sockets.

    peer_names, reuse, abort: see Transports.
    """

    now: Callable[[], float]
    wall: Callable[[], float]
    entropy: Callable[[int], bytes]
    send: Callable[[bytes, Flow], None]
    peer_names: Callable[[Flow], tuple[str, ...]]
    reuse: Callable[[Flow, int, str], None]
    abort: Callable[[Flow, str], None] = lambda _flow, _why: None


class Engine:
    """One edge, without its sockets."""

    def __init__(self, config: EdgeConfig, store: Store, telemetry: Telemetry, outside: Outside) -> None:
        self._telemetry = telemetry
        self._outside = outside
        self._layer = TransactionLayer()
        self._deadlines = Deadlines()
        self._effects: deque[Effect] = deque()
        self._performing = False
        self._tidy_at = 0.0
        self._guard = Guard(
            GuardLimits(rate=config.rate_limit), lambda host: store.gateways.by_source(host) is not None
        )
        self.services = self._make_services(config, store, telemetry, outside)
        self._fast = FastRegistrar(self.services, self._receive)
        self._sweeper = Sweeper(self.services)
        self._pinger = Pinger(self.services)

    def _make_services(self, config: EdgeConfig, store: Store, telemetry: Telemetry, outside: Outside) -> Services:
        listeners = Listeners(config.listeners)
        counts = CallCounts()
        return Services(
            config=config,
            listeners=listeners,
            store=store,
            network=EdgeNetwork(
                store.domains, store.gateways, listeners.addresses(), is_up=self._is_up, calls_of=counts.count
            ),
            layer=self._layer,
            nonces=NonceFactory(outside.entropy(32), NONCE_LIFETIME),
            ledger=NonceLedger(MAX_NONCES, NONCE_LIFETIME),
            limits=RegistrarLimits.for_streams(config.limits.idle_timeout),
            deadlines=self._deadlines,
            resolver=Resolver(listeners.reach, outside.entropy, outside.now, NameServers(config.nameservers)),
            telemetry=telemetry,
            now=outside.now,
            wall=outside.wall,
            clock=WallClock(outside.now, outside.wall, RegistrarLimits().max_expires),
            entropy=outside.entropy,
            send=self._send,
            perform=self.perform,
            peers=PeerMemory(outside.now),
            peer_names=outside.peer_names,
            reuse=outside.reuse,
            guard=self._guard,
            abort=outside.abort,
            counts=counts,
        )

    def receive(self, data: bytes, flow: Flow) -> None:
        """One datagram, or one framed message of a stream. Never raises."""
        try:
            now = self._outside.now()
            if self._guard.refuses(flow.host, now):
                self._telemetry.refused_unread()
                if flow.connection:
                    self._outside.abort(flow, "refused: its source is banned or over its rate")
            elif not (data.startswith(REGISTER) and self._is_registered_fast(data, flow, now)):
                self._receive(data, flow, now)
        except Exception as error:  # noqa: BLE001  one message that breaks our code breaks nothing else
            self._telemetry.exception("edge", error)

    def flow_failed(self, flow: Flow, why: str) -> None:
        """The transport could not deliver to a flow, or its connection is gone."""
        self.services.peers.flow_failed(flow)
        effects = self._layer.flow_failed(flow, why, self._outside.now())
        if effects:  # else a peer closed a connection that nobody waited for
            self._telemetry.unreachable(flow, why)
            self.perform(effects)

    def connection_closed(self, flow: Flow) -> None:
        """A stream connection has ended, and with it what lived on it alone."""
        self._telemetry.closed(flow)
        connection_closed(self.services, flow)

    def tick(self) -> None:
        """Look at the timers. Never raises."""
        now = self._outside.now()
        try:
            self.perform(self._layer.handle_timers(now))
            self._deadlines.handle(now)
            if now >= self._tidy_at:
                self._tidy_at = now + TIDY
                self._guard.tidy(now, self._outside.wall())
            self.services.clock.look()
            self.services.standing.handle(now)
            self._sweeper.tick(now)
            self._pinger.tick(now)
            self.services.own_requests.handle(now)
            self.services.gateway_health.tick(now)
            self.services.gateway_registrations.tick(now)
        except Exception as error:  # noqa: BLE001  a timer that breaks our code must not end all timers
            self._telemetry.exception("timer", error)

    def drain(self) -> None:
        """From now on new requests get 503; calls that still ring are told so too, and their phones stop ringing."""
        self.services.draining = True
        self._deadlines.give_up()
        self.services.gateway_registrations.drain()

    @property
    def unanswered(self) -> int:
        """Requests that somebody is still owed a final answer to, and registrations of ours that are being left."""
        return self._layer.unanswered() + self.services.gateway_registrations.leaving

    def counts(self) -> Mapping[str, int]:
        """Figures for metrics."""
        own = {"transactions": len(self._layer), "ringing_calls": len(self._deadlines)}
        return {
            **own,
            **self._guard.counts(),
            **self._pinger.counts(),
            **self.services.counts.figures(),
            **self.services.gateway_health.counts(),
            **self.services.gateway_registrations.counts(),
            "flow_bindings": len(self.services.flows),
        }

    def perform(self, effects: Sequence[Effect]) -> None:
        """Carry effects out in order; effects of effects come after those that were there before."""
        if not self._performing and len(effects) == 1 and type(effects[0]) is Send:
            self._send(effects[0].data, effects[0].flow)  # most messages: one answer, and nothing follows from it
            return
        self._effects.extend(effects)
        if self._performing:
            return
        self._performing = True
        try:
            while self._effects:
                self._perform(self._effects.popleft())
        finally:
            self._performing = False

    def _is_up(self, gateway_id: int) -> bool:
        return self.services.gateway_health.is_up(gateway_id)

    def _is_registered_fast(self, data: bytes, flow: Flow, now: float) -> bool:
        """Whether the fast path took a REGISTER. If it broke, the general one answers."""
        if flow.transport != "udp":
            return False
        try:
            return self._fast.receive(data, flow, now)
        except Exception as error:  # noqa: BLE001  the general path is there still
            self._telemetry.exception("fast path", error)
            return False

    def _receive(self, data: bytes, flow: Flow, now: float) -> None:
        try:
            plain = read_plain_response(data, PASSING) if data.startswith(START) else read_plain_request(data)
            message = plain or parse(data)
            self._telemetry.received(message, flow)
            if isinstance(message, Response):
                self._response(message, flow, now)
            else:
                self._request(message, flow, now)
        except ParseError as error:
            self._broken(flow, error.reason)
            if error.request is not None:
                self._refuse(error.request, flow, error.status, error.reason)
        except HeaderError as error:
            self._broken(flow, error.reason)
            if isinstance(message, Request):
                self._refuse(message, flow, 400, error.reason)

    def _refuse(self, request: Request, flow: Flow, status_code: int, reason: str) -> None:
        """Tell the sender of something unreadable, if it is readable enough to be answered."""
        if request.method == "ACK":
            return
        try:
            Exchange(self.services, request, flow).reply(status_code, reason)
        except HeaderError:
            self._telemetry.broken(flow, "it cannot even be answered")

    def _request(self, request: Request, flow: Flow, now: float) -> None:
        request.note_source(flow.host, flow.port)
        effects = self._layer.match_request(request, flow, now)
        if effects is None:
            welcome(self.services, request, flow, now)
        else:
            self.perform(effects)

    def _response(self, response: Response, flow: Flow, now: float) -> None:
        effects = self._layer.match_response(response, flow, now)
        if effects is not None:
            self.perform(effects)
        elif not self._pinger.is_answer(response):
            charge(self.services, flow, now)  # nobody waits for it

    def _broken(self, flow: Flow, reason: str) -> None:
        self._telemetry.broken(flow, reason)
        charge(self.services, flow, self._outside.now())

    def _perform(self, effect: Effect) -> None:
        if isinstance(effect, Send):
            self._send(effect.data, effect.flow)
            return
        user = effect.transaction.user
        if isinstance(effect, Terminated):
            _part(effect)
            return
        if isinstance(user, Exchange) and isinstance(effect, TransactionFailed):
            undelivered(user)
        if not isinstance(user, tuple):
            return
        delivery, transaction = user
        try:
            if isinstance(effect, ResponseReceived):
                delivery.response(transaction, effect.response)
            elif isinstance(effect, TransactionTimeout):
                delivery.failed(transaction, 408)
            elif isinstance(effect, TransactionFailed):
                delivery.failed(transaction, 503)
        except Exception as error:  # noqa: BLE001  what breaks our code breaks the one request that it was about
            delivery.broke(error)

    def _send(self, data: bytes, flow: Flow) -> None:
        self._telemetry.sent(data, flow)
        self._outside.send(data, flow)


def _part(ended: Terminated) -> None:
    """An ended transaction and who worked with it know each other no more: else every call would be a ring of objects
    that waits for the garbage collector, and that one comes rarely (see `_spare_the_collector`)."""
    user, ended.transaction.user = ended.transaction.user, None
    if isinstance(user, Exchange):
        user.forwarding = None
    elif isinstance(user, tuple):
        user[0].ended()
