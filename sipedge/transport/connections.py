"""The table of stream connections: who is here, who may come, who has been silent for too long.

Everything is kept in the order in which it becomes due, so that a look at the clock costs only what is due.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from typing import Final, Generic, Protocol, TypeVar

from sipedge.sip.flow import Flow
from sipedge.transport.limits import TransportLimits

Peer = tuple[str, str, int, str]  # transport, host, port, and the name that its certificate was checked for


SECURE: Final = frozenset({"tls", "wss"})


class Connection(Protocol):
    """What the table knows of a connection.

    accepted: the peer made it. shakes: it has a TLS handshake before it. pings: it can be asked whether it is there.
    heard_at: when it said something last (seconds of the loop's clock; the table's). peers: further addresses of the
    peer that it is used for.
    """

    flow: Flow
    accepted: bool
    shakes: bool
    pings: bool
    heard_at: float
    peers: set[Peer]


ConnectionT = TypeVar("ConnectionT", bound=Connection)


def peer_of(flow: Flow) -> Peer:
    """Whom a flow leads to: connections to the same peer are interchangeable. Without TLS nobody proves a name."""
    return flow.transport, flow.host, flow.port, flow.server_name if flow.transport in SECURE else ""


class _Clocks:
    """What has to happen within one time for many: the earliest due comes first, because the time is the same."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._due: dict[int, float] = {}

    def start(self, serial: int, now: float) -> None:
        """Begin to wait. One that is waited for already gets no new time."""
        self._due.setdefault(serial, now + self._seconds)

    def stop(self, serial: int) -> None:
        """It happened, or nobody waits any more."""
        self._due.pop(serial, None)

    def overdue(self, now: float) -> list[int]:
        """Those whose time is up, which stay until they are stopped."""
        found = []
        for serial, deadline in self._due.items():
            if deadline > now:
                break
            found.append(serial)
        return found


class ConnectionTable(Generic[ConnectionT]):
    """All open connections. `now`: seconds of a monotonic clock. first: one less than the first number given out."""

    def __init__(self, limits: TransportLimits, first: int = 0) -> None:
        self._limits = limits
        self._serial = first
        self._connections: OrderedDict[int, ConnectionT] = OrderedDict()  # the longest silent first
        self._ending: dict[int, ConnectionT] = {}
        self._by_peer: dict[Peer, ConnectionT] = {}
        self._sources: Counter[str] = Counter()
        self._unproven: dict[int, float] = {}  # serial: since when; those that were accepted and said nothing yet
        self._incomplete = _Clocks(limits.partial_timeout)
        self._handshakes = _Clocks(limits.connect_timeout)
        self._closings = _Clocks(limits.close_timeout)
        self._silences = _Clocks(limits.ping_after)  # of those that can be pinged
        self._pongs = _Clocks(limits.pong_timeout)

    def __len__(self) -> int:
        return len(self._connections) + len(self._ending)

    def next_serial(self) -> int:
        """A number that no connection of this process had before."""
        self._serial += 1
        return self._serial

    def is_source_full(self, host: str) -> bool:
        """Whether a host has all the connections that one host may have."""
        return self._sources[host] >= self._limits.connections_by_source

    def evictable(self, now: float) -> ConnectionT | None:
        """The connection that may give its place to another.

        First those that were accepted and have not sent one whole message yet, then the one that was silent longest.
        """
        serial, since = next(iter(self._unproven.items()), (0, now))
        if serial and now - since >= self._limits.proof_after:
            return self._connections[serial]
        longest = next(iter(self._connections.values()), None)
        if longest is None or now - longest.heard_at < self._limits.evict_after:
            return None
        return longest

    def add(self, connection: ConnectionT, now: float) -> None:
        """A connection is open. One that was accepted has to send a message in time, a handshake has to end."""
        flow = connection.flow
        connection.heard_at = now
        self._connections[flow.connection] = connection
        self._by_peer[peer_of(flow)] = connection
        unnamed = peer_of(flow._replace(server_name=""))
        if unnamed not in self._by_peer:  # who asks for no name takes what was checked for one, too
            self.reuse(connection, unnamed)
        if connection.accepted:
            self._sources[flow.host] += 1
            self._unproven[flow.connection] = now
            self._incomplete.start(flow.connection, now)
        elif connection.shakes:
            self._handshakes.start(flow.connection, now)
        if connection.pings:
            self._silences.start(flow.connection, now)

    def reuse(self, connection: ConnectionT, peer: Peer) -> None:
        """Let what is sent to another address of the same peer take this connection (RFC 5923 §5)."""
        self._by_peer[peer] = connection
        connection.peers.add(peer)

    def retire(self, connection: ConnectionT, now: float) -> bool:
        """A connection is of no use any more, but still sends its last bytes. False: it is gone already."""
        if not self._forget(connection):
            return False
        self._ending[connection.flow.connection] = connection
        self._closings.start(connection.flow.connection, now)
        return True

    def remove(self, connection: ConnectionT) -> bool:
        """A connection is closed. True: it was in use until now."""
        serial = connection.flow.connection
        was_used = self._forget(connection)
        if not was_used and self._ending.pop(serial, None) is None:
            return False
        self._closings.stop(serial)
        if connection.accepted:
            self._sources[connection.flow.host] -= 1
            if not self._sources[connection.flow.host]:
                del self._sources[connection.flow.host]
        return was_used

    def find(self, flow: Flow) -> ConnectionT | None:
        """The connection of a flow: by its number, or any to that peer where it has none.

        A number counts together with its peer alone.
        """
        if flow.connection:
            connection = self._connections.get(flow.connection)
            return connection if connection is not None and connection.flow[:3] == flow[:3] else None
        return self._by_peer.get(peer_of(flow))

    def heard(self, connection: ConnectionT, now: float, *, completed: bool, partial: bool) -> None:
        """Bytes came. completed: a message ended in them. partial: one has begun that has not ended."""
        serial = connection.flow.connection
        connection.heard_at = now
        self._connections.move_to_end(serial)
        if completed:
            self._unproven.pop(serial, None)
            self._incomplete.stop(serial)
        if partial:
            self._incomplete.start(serial, now)
        if connection.pings:
            self._pongs.stop(serial)
            self._silences.stop(serial)
            self._silences.start(serial, now)

    def shook(self, connection: ConnectionT) -> None:
        """A TLS handshake has ended."""
        self._handshakes.stop(connection.flow.connection)

    def silent(self, now: float) -> list[ConnectionT]:
        """The connections to be pinged now; they have to say something soon."""
        serials = self._silences.overdue(now)
        for serial in serials:
            self._silences.stop(serial)
            self._pongs.start(serial, now)
        return [self._connections[serial] for serial in serials]

    def overdue(self, now: float) -> list[tuple[ConnectionT, str]]:
        """The connections to be closed, and why."""
        found = [(self._connections[serial], "no whole message in time") for serial in self._incomplete.overdue(now)]
        found += [(self._connections[serial], "no TLS handshake in time") for serial in self._handshakes.overdue(now)]
        found += [(self._connections[serial], "no answer to a ping") for serial in self._pongs.overdue(now)]
        found += [(self._ending[serial], "") for serial in self._closings.overdue(now)]
        for connection in self._connections.values():
            if now - connection.heard_at < self._limits.idle_timeout:
                break
            found.append((connection, "silent for too long"))
        return found

    def all(self) -> list[ConnectionT]:
        """Every connection that is in use."""
        return list(self._connections.values())

    def ending(self) -> list[ConnectionT]:
        """Those that only send their last bytes."""
        return list(self._ending.values())

    def _forget(self, connection: ConnectionT) -> bool:
        serial = connection.flow.connection
        if self._connections.pop(serial, None) is None:
            return False
        self._unproven.pop(serial, None)
        for clocks in (self._incomplete, self._handshakes, self._silences, self._pongs):
            clocks.stop(serial)
        for peer in (peer_of(connection.flow), *connection.peers):
            if self._by_peer.get(peer) is connection:
                del self._by_peer[peer]
        return True
