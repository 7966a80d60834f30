"""A NAT between phones and the edge: private addresses inside, one public address and other ports outside."""

from __future__ import annotations

from itertools import count

from sipedge.sip.flow import Flow
from tests.sipedge.handlers.world import Phone, World

_connections = count(1000)


class Nat:
    """A NAT that lets in only what comes from the edge's address that was sent to (port-restricted)."""

    def __init__(self, world: World, public: str) -> None:
        self.world = world
        self.public = public
        self._ports = count(61000)

    def phone(self, host: str, transport: str = "udp", local: int = 0, port: int = 5060) -> NattedPhone:
        """A phone inside. local: the edge's listener that it sends to."""
        return NattedPhone(self, host, port, transport, local)

    def bind(self, transport: str, local: int) -> Flow:
        """What a new binding looks like from outside."""
        connection = 0 if transport == "udp" else next(_connections)
        return Flow(transport, self.public, next(self._ports), local, connection)


class NattedPhone(Phone):
    """A phone that knows its private address alone, and writes that into Via and Contact."""

    def __init__(self, nat: Nat, host: str, port: int, transport: str, local: int) -> None:
        super().__init__(nat.world, nat.bind(transport, local))
        self.host, self.port = host, port
        self._nat = nat

    def rebind(self) -> Flow:
        """The NAT forgets the binding; the next packet gets another port. Gives what nobody hears any more."""
        lost = self.flow
        self.flow = self._nat.bind(lost.transport, lost.local)
        return lost

    def received(self):
        """What came in by the binding: not what another socket of the edge sent."""
        mine = [item for item in self.world.wire if self._lets_in(item[1])]
        kept = [item for item in self.world.wire if item not in mine]
        self.world.wire[:] = mine
        messages = super().received()
        self.world.wire[:] = kept
        return messages

    def _lets_in(self, flow: Flow) -> bool:
        if flow[:3] != self.flow[:3] or flow.connection not in (0, self.flow.connection):
            return False
        return self.flow.reliable or self.world.engine.services.listeners.of(flow) == self._listener

    @property
    def _listener(self):
        return self.world.engine.services.listeners.all[self.flow.local]
