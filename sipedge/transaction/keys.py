"""What a message is matched to its transaction by (RFC 3261 §17.1.3 and §17.2.3).

A key is one string, because half a million of them may be alive. A server key also holds the source's address:
a branch that is seen twice from two hosts is a collision or a forgery, never a retransmission, and a CANCEL has to
come from where its INVITE came from.
"""

from __future__ import annotations

from typing import Final

from sipedge.sip.flow import Flow
from sipedge.sip.message import Request, Response
from sipedge.sip.plain_register import PlainRegister

MAGIC_COOKIE: Final = "z9hG4bK"  # §8.1.1.7: branches that begin so are unique


def server_key(request: Request, flow: Flow) -> str:
    """The server transaction that a request belongs to; an ACK's is its INVITE's. Raises HeaderError."""
    method = request.method
    return _server_key(request, flow, "INVITE" if method == "ACK" else method)


def datagram_key(plain: PlainRegister, flow: Flow) -> str:
    """The same of a REGISTER that was read without a message."""
    return f"REGISTER {plain.branch} {plain.via_host}:{plain.via_port[1:] or None} {flow.host}"


def invite_key(request: Request, flow: Flow) -> str:
    """The INVITE server transaction that an ACK or CANCEL is about (§9.2, §17.2.3). Raises HeaderError."""
    return _server_key(request, flow, "INVITE")


def _server_key(request: Request, flow: Flow, method: str) -> str:
    via = request.top_via
    branch = via.branch
    if branch is not None and branch.startswith(MAGIC_COOKIE) and branch != MAGIC_COOKIE:
        return f"{method} {branch} {via.host}:{via.port} {flow.host}"
    # RFC 2543 peers, and the cookie with nothing behind it, which is no branch (RFC 4475 §3.2.1). The To tag is left
    # out: the INVITE has none when its ACK has one, and two requests that differ in it alone do not exist (the CSeq
    # number differs).
    return (
        f"{method} {branch} {via.host}:{via.port} {flow.host} {request.request_uri} {request.call_id} "
        f"{request.cseq.number} {request.from_tag}"
    )


def client_key(branch: str, method: str) -> str:
    """The client transaction of a branch that we chose ourselves; a CANCEL shares its INVITE's branch."""
    return f"{branch} {method}"


def response_key(response: Response) -> str | None:
    """The client transaction that a response is for; None when it can be nobody's. Raises HeaderError."""
    branch = response.top_via.branch
    return None if branch is None else client_key(branch, response.cseq.method)
