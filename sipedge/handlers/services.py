"""What every handler works with. edge.py makes it once; tests make it with a fake clock and a memory store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sipedge.auth.nonce import NonceFactory, NonceLedger
from sipedge.clock import WallClock
from sipedge.config import EdgeConfig
from sipedge.guards.guard import Guard
from sipedge.handlers.deadlines import Deadlines
from sipedge.handlers.flows import Flows
from sipedge.handlers.gateway_accounts import GatewayAccounts
from sipedge.handlers.gateway_health import GatewayHealth
from sipedge.handlers.gateway_registrations import GatewayRegistrations
from sipedge.handlers.gateway_states import GatewayStates
from sipedge.handlers.hanging_up import HangUps
from sipedge.handlers.own_requests import OwnRequests
from sipedge.handlers.peers import PeerMemory
from sipedge.handlers.standing import StandingCalls
from sipedge.listeners import Listeners
from sipedge.load.counts import CallCounts
from sipedge.load.rates import CallRates
from sipedge.registrar.limits import RegistrarLimits
from sipedge.routing.network import EdgeNetwork
from sipedge.sip.flow import Flow
from sipedge.store.interfaces import Store
from sipedge.telemetry import Telemetry
from sipedge.transaction.effects import Effect
from sipedge.transaction.layer import TransactionLayer

if TYPE_CHECKING:
    from sipedge.transport.resolver import Resolver


@dataclass(slots=True)
class Services:
    """The edge as its handlers see it.

    `now` is the monotonic clock of timers, `wall` the seconds since the epoch of expiries and records, which `clock`
    makes good when it is set; `entropy` gives unguessable bytes; `send` puts bytes on a flow, never blocks; `perform`
    carries out what the transaction layer asks for. `peer_names` gives the DNS names and URIs of the certificate that
    a connection's peer proved itself by; `reuse(flow, port, name)` lets what is sent to that port of the flow's peer
    take the flow's connection (RFC 5923). `guard` says who is not listened to (handlers/guarding.py asks it); `abort`
    closes a stream connection at once. `counts` knows how many calls somebody has now, at all edges; `rates` how many
    more a gateway gets in this second.
    """

    config: EdgeConfig
    listeners: Listeners
    store: Store
    network: EdgeNetwork
    layer: TransactionLayer
    nonces: NonceFactory
    ledger: NonceLedger
    limits: RegistrarLimits
    deadlines: Deadlines
    resolver: Resolver
    telemetry: Telemetry
    now: Callable[[], float]
    wall: Callable[[], float]
    clock: WallClock
    entropy: Callable[[int], bytes]
    send: Callable[[bytes, Flow], None]
    perform: Callable[[Sequence[Effect]], None]
    peers: PeerMemory
    peer_names: Callable[[Flow], tuple[str, ...]]
    reuse: Callable[[Flow, int, str], None]
    guard: Guard
    abort: Callable[[Flow, str], None]
    draining: bool = False
    flows: Flows = field(default_factory=Flows)
    counts: CallCounts = field(default_factory=CallCounts)
    rates: CallRates = field(default_factory=CallRates)
    standing: StandingCalls = field(init=False)
    own_requests: OwnRequests = field(init=False)
    gateway_health: GatewayHealth = field(init=False)
    gateway_states: GatewayStates = field(init=False)
    gateway_accounts: GatewayAccounts = field(init=False)
    gateway_registrations: GatewayRegistrations = field(init=False)
    hang_ups: HangUps = field(init=False)

    def __post_init__(self) -> None:
        self.standing = StandingCalls(self)
        self.store.calls.observe(self.counts)
        self.own_requests = OwnRequests(self)
        self.gateway_health = GatewayHealth(self)
        self.gateway_states = GatewayStates(self)
        self.gateway_accounts = GatewayAccounts(self)
        self.gateway_registrations = GatewayRegistrations(self)
        self.hang_ups = HangUps(self)

    def token(self) -> str:
        """Unguessable text for a tag, a branch or a nonce: 64 bits (RFC 3261 §19.3 wants 32)."""
        return self.entropy(8).hex()
