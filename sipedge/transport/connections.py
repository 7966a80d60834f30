"""The table of stream connections: who is here, who may come, who has been silent for too long.

Everything is kept in the order in which it becomes due, so that a look at the clock costs only what is due.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from typing import Generic, Protocol, TypeVar

from sipedge.sip.flow import Flow
from sipedge.transport.limits import TransportLimits

Peer = tuple[str, str, int]


class Connection(Protocol):
    """What the table knows of a connection.

    accepted: the peer made it. heard_at: when it said something last (seconds of the loop's clock; the table's).
    """

    flow: Flow
    accepted: bool
    heard_at: float


ConnectionT = TypeVar("ConnectionT", bound=Connection)


class ConnectionTable(Generic[ConnectionT]):
    """All open connections. `now`: seconds of a monotonic clock."""

    def __init__(self, limits: TransportLimits) -> None:
        self._limits = limits
        self._serial = 0
        self._connections: OrderedDict[int, ConnectionT] = OrderedDict()  # the longest silent first
        self._by_peer: dict[Peer, ConnectionT] = {}
        self._sources: Counter[str] = Counter()
        self._incomplete: dict[int, float] = {}  # serial: when its message has to be complete; the earliest first

    def __len__(self) -> int:
        return len(self._connections)

    def next_serial(self) -> int:
        """A number that no connection of this process had before."""
        self._serial += 1
        return self._serial

    def is_source_full(self, host: str) -> bool:
        """Whether a host has all the connections that one host may have."""
        return self._sources[host] >= self._limits.connections_by_source

    def evictable(self, now: float) -> ConnectionT | None:
        """The connection that has been silent longest, if that is long enough to give its place to another."""
        longest = next(iter(self._connections.values()), None)
        if longest is None or now - longest.heard_at < self._limits.evict_after:
            return None
        return longest

    def add(self, connection: ConnectionT, now: float) -> None:
        """A connection is open. One that was accepted has to send a message in time."""
        flow = connection.flow
        connection.heard_at = now
        self._connections[flow.connection] = connection
        self._by_peer[flow[:3]] = connection
        if connection.accepted:
            self._sources[flow.host] += 1
            self._incomplete[flow.connection] = now + self._limits.partial_timeout

    def remove(self, connection: ConnectionT) -> bool:
        """A connection is closed. False: it was removed before."""
        flow = connection.flow
        if self._connections.pop(flow.connection, None) is None:
            return False
        self._incomplete.pop(flow.connection, None)
        if self._by_peer.get(flow[:3]) is connection:
            del self._by_peer[flow[:3]]
        if connection.accepted:
            self._sources[flow.host] -= 1
            if not self._sources[flow.host]:
                del self._sources[flow.host]
        return True

    def find(self, flow: Flow) -> ConnectionT | None:
        """The connection of a flow: by its number, or any to that peer where it has none.

        A number counts together with its peer alone: after a restart another peer may have it.
        """
        if flow.connection:
            connection = self._connections.get(flow.connection)
            return connection if connection is not None and connection.flow[:3] == flow[:3] else None
        return self._by_peer.get(flow[:3])

    def heard(self, connection: ConnectionT, now: float, *, completed: bool, partial: bool) -> None:
        """Bytes came. completed: a message ended in them. partial: one has begun that has not ended."""
        serial = connection.flow.connection
        connection.heard_at = now
        self._connections.move_to_end(serial)
        if completed:
            self._incomplete.pop(serial, None)
        if partial and serial not in self._incomplete:
            self._incomplete[serial] = now + self._limits.partial_timeout

    def overdue(self, now: float) -> list[tuple[ConnectionT, str]]:
        """The connections to be closed, and why."""
        found: list[tuple[ConnectionT, str]] = []
        for serial, deadline in self._incomplete.items():
            if deadline > now:
                break
            found.append((self._connections[serial], "no whole message in time"))
        for connection in self._connections.values():
            if now - connection.heard_at < self._limits.idle_timeout:
                break
            found.append((connection, "silent for too long"))
        return found

    def all(self) -> list[ConnectionT]:
        """Every connection."""
        return list(self._connections.values())
