"""Large requests: RFC 3261 §18.1.1 sends by TCP what might not pass a path by UDP in one piece."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sipedge.sip.flow import Flow

if TYPE_CHECKING:
    from sipedge.handlers.services import Services

LARGE: Final = 1_300  # bytes; what is larger does not go by UDP while nobody knows the path's MTU


def tcp_instead(services: Services, flow: Flow, size: int) -> Flow | None:
    """The flow by which a request of `size` bytes should go instead of `flow`: TCP to the same address and port.

    None where the request is small, where the edge has no TCP there, and where the peer was found to refuse it. Not
    to be asked for a target that is reached by its UDP flow: a NAT lets nothing else in.
    """
    if size <= LARGE or flow.transport != "udp":
        return None
    by_tcp = flow._replace(transport="tcp", local=0)
    if not services.listeners.reach(by_tcp) or not services.peers.takes_tcp(by_tcp):
        return None
    return by_tcp
