"""Where the edge listens, and what it calls itself there: which of its addresses a message leaves from.

A flow's `local` is the index of a listener. It counts only where that listener can reach the flow's peer at all;
a flow that was made from a URI knows of no listener, and gets the first one of its transport and address family.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sipedge.sip.flow import Flow


class Listener(NamedTuple):
    """One address that the edge listens on.

    transport: 'udp', 'tcp', 'tls', 'ws' or 'wss'. host, port: what is bound, an IP literal without brackets.
    advertised_host, advertised_port: what Via and Record-Route say, a literal or a name; another one where a NAT or
    a wildcard address stands between.
    """

    transport: str
    host: str
    port: int
    advertised_host: str
    advertised_port: int

    @property
    def sent_by(self) -> str:
        """host:port for Via and for the URI of a Record-Route, IPv6 in brackets."""
        host = f"[{self.advertised_host}]" if ":" in self.advertised_host else self.advertised_host
        return f"{host}:{self.advertised_port}"

    @property
    def bound(self) -> str:
        """host:port as it is listened on, IPv6 in brackets."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    def reaches(self, flow: Flow) -> bool:
        """Whether a message on this flow can leave from here: the transport and the address family fit."""
        return self.transport == flow.transport and (":" in self.host) == (":" in flow.host)


class Listeners:
    """All listeners of the edge, in the order of `Flow.local`. There is at least one."""

    def __init__(self, listeners: Sequence[Listener]) -> None:
        self.all = tuple(listeners)
        self.hosts = frozenset(host for one in self.all for host in (one.host, one.advertised_host))
        """What the edge is bound to or says that it is, hosts and literals without brackets."""
        self._found: dict[tuple[str, bool, int], Listener] = {}

    def of(self, flow: Flow) -> Listener:
        """The listener that a message on `flow` leaves from; the first one where none fits (the send then fails)."""
        key = (flow.transport, ":" in flow.host, flow.local)
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self._choose(flow)
        return found

    def reach(self, flow: Flow) -> bool:
        """Whether there is a listener for the flow's transport and address family."""
        return self.of(flow).reaches(flow)

    def addresses(self) -> frozenset[tuple[str, int]]:
        """Every (host, port) that means this edge in a URI: bound and advertised, hosts in lower case."""
        bound = {(one.host, one.port) for one in self.all}
        return frozenset(bound | {(one.advertised_host.lower(), one.advertised_port) for one in self.all})

    def _choose(self, flow: Flow) -> Listener:
        if flow.local < len(self.all) and self.all[flow.local].reaches(flow):
            return self.all[flow.local]
        return next((one for one in self.all if one.reaches(flow)), self.all[0])


def describe(listeners: Sequence[Listener]) -> str:
    """All addresses for a person: 'udp and tcp 127.0.0.1:5060, tls 127.0.0.1:5061'."""
    found: dict[str, list[str]] = {}
    for one in listeners:
        found.setdefault(one.bound, []).append(one.transport)
    return ", ".join(f"{' and '.join(transports)} {bound}" for bound, transports in found.items())
