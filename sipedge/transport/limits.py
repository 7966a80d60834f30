"""What the transports bear before they refuse, drop or close: memory is bounded, whatever peers do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TransportLimits:
    """Times in seconds, sizes in bytes.

    connections: streams in all. Each may hold one message (64 KiB) while it arrives, and what waits to be written.
    connections_by_source: accepted streams from one host; a branch office behind one NAT has some hundred phones.
    partial_timeout: how long a message may take to arrive, and a new connection to say something.
    idle_timeout: how long a stream may be silent. Longer than the usual registration (3,600), so that a phone that
    sends no keep-alives still has its connection when it registers again.
    ping_after, pong_timeout: a WebSocket that was silent for so long is pinged, which also keeps proxies and NATs on
    the way from forgetting it, and closed when it says nothing to that.
    proof_after: with all connections taken, a newcomer gets the place of one that has been here for so long without one
    whole message: half-open ones by the thousand keep nobody out. Enough for three round trips by satellite.
    evict_after: with all connections taken, a newcomer gets the place of one that was silent for this long.
    connect_timeout: short enough that the next target is tried while the caller still waits; a TLS handshake of ours
    has as much again.
    handshakes: TLS handshakes a second that peers may begin; each costs 1 ms (P-256) to 2 ms (RSA 2048).
    close_timeout: how long the last bytes to a peer may take.
    write_buffer: what may wait for a peer that reads slowly, or for a connection that is being made; more than the
    answers to all messages of one read (256 KiB).
    datagram_queue: datagrams that wait for a full socket.
    receive_buffer: of a UDP socket; 4 MiB hold some 0.4 s of 8,000 datagrams/s, and what is older would only be
    answered after its sender has sent it again.
    overload_after: how long datagrams may wait without a pause before those that can be lost are (guards/overload.py);
    less than the 0.5 s after which phones repeat themselves.
    """

    connections: int = 10_000
    connections_by_source: int = 500
    partial_timeout: float = 30.0
    idle_timeout: float = 3_900.0
    ping_after: float = 25.0
    pong_timeout: float = 20.0
    proof_after: float = 2.0
    evict_after: float = 60.0
    connect_timeout: float = 5.0
    handshakes: int = 200
    close_timeout: float = 5.0
    write_buffer: int = 524_288
    datagram_queue: int = 1_000
    receive_buffer: int = 4_194_304
    overload_after: float = 0.4
