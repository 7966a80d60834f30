"""Where a message came from, and where an answer or a request goes (RFC 3261 §18, RFC 5626 §2).

A Flow is a plain tuple, because one is made for every datagram.
"""

from __future__ import annotations

import re
from typing import NamedTuple

RELIABLE_TRANSPORTS = frozenset({"tcp", "tls", "ws", "wss"})
TRANSPORTS = RELIABLE_TRANSPORTS | {"udp"}
FLOW_BOUND_TRANSPORTS = frozenset({"ws", "wss"})
"""A browser cannot be connected to: it is reached over the connection that it made, or not at all (RFC 7118 §5)."""

_FLOW_TEXT = re.compile(
    r"([a-z]{2,4}):(?:\[([0-9a-f:.]{2,45})\]|([0-9.]{7,15})):([0-9]{1,5})(?:/([0-9]{1,3}))?(?:#([1-9][0-9]{0,18}))?"
)
_MAX_LOCAL = 255
_MAX_CONNECTION = 2**63 - 1


class Flow(NamedTuple):
    """One path between us and a peer.

    transport: 'udp', 'tcp', 'tls', 'ws' or 'wss'.
    host: the peer's IP literal, IPv6 without brackets. port: the peer's port.
    local: the index of our listening address.
    connection: the serial number of a stream connection; 0 for datagrams, and for "any connection
    to host:port, made if there is none".
    server_name: the host name that a TLS or WSS server at the other end has to prove by its certificate: the domain of
    the URI that led there (RFC 5922 §7.3), '' where that was an IP literal or the peer made the connection itself.
    """

    transport: str
    host: str
    port: int
    local: int = 0
    connection: int = 0
    server_name: str = ""

    @property
    def reliable(self) -> bool:
        """Whether the transport itself repeats what was lost (RFC 3261 §17: no Timer A, E, G)."""
        return self.transport != "udp"


def str_flow(flow: Flow) -> str:
    """The readable form, 'udp:192.0.2.1:5060' or 'tcp:[::1]:5060': peer only, no local or connection."""
    host = f"[{flow.host}]" if ":" in flow.host else flow.host
    return f"{flow.transport}:{host}:{flow.port}"


def str_connection(flow: Flow) -> str:
    """The same with the number of the connection, 'ws:192.0.2.1:50000#1234567': that very one and no other."""
    return f"{str_flow(flow)}#{flow.connection}" if flow.connection else str_flow(flow)


def str_datagrams(flow: Flow) -> str:
    """The same with the listener that the peer's datagrams come to, 'udp:192.0.2.1:5060/2', nothing for the first.

    A NAT lets an answer in from that address alone.
    """
    return f"{str_flow(flow)}/{flow.local}" if flow.local else str_flow(flow)


def parse_flow(text: str) -> Flow:
    """Read what one of the three wrote. Raises ValueError when it is anything else."""
    match = _FLOW_TEXT.fullmatch(text)
    if match is None or match[1] not in TRANSPORTS or int(match[4]) > 65535:
        raise ValueError(f"not a flow: {text!r}")
    local, connection = int(match[5] or 0), int(match[6] or 0)
    if local > _MAX_LOCAL or connection > _MAX_CONNECTION:
        raise ValueError(f"not a flow: {text!r}")
    return Flow(match[1], match[2] or match[3], int(match[4]), local, connection)
