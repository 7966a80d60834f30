"""Where a response goes when the connection that its request came by is gone (RFC 3261 §18.2.2)."""

from __future__ import annotations

from sipedge.sip.flow import Flow
from sipedge.sip.message import HeaderError, Request

_DEFAULT_PORTS = {"tcp": 5060, "tls": 5061}


def reply_flow(request: Request, flow: Flow) -> Flow | None:
    """A new connection to the sender: to the address that the request really came from (`received`), at sent-by's port.

    flow: the connection that is gone. None where nobody can be connected to: a WebSocket is only ever opened by its
    phone, and over TLS the peer has to prove the name in its Via, which an address or a phone cannot.
    """
    if flow.transport not in _DEFAULT_PORTS or not flow.connection:
        return None
    try:
        via = request.top_via
    except HeaderError:
        return None
    is_name = not (":" in via.host or via.host.replace(".", "").isdigit())
    if flow.transport == "tls" and not is_name:
        return None
    name = via.host if flow.transport == "tls" else ""
    return Flow(flow.transport, flow.host, via.port or _DEFAULT_PORTS[flow.transport], flow.local, 0, name)
