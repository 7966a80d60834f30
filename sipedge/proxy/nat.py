"""Where a phone is really reached: by its flow when its Contact cannot be, by its Contact otherwise.

The rule is taken from what the phone did, not guessed from address ranges: it is reached over the flow that it
came by when that is a stream, when it asked for symmetric responses (rport, RFC 3581), or when its Contact names
another host than the one its packet came from.
"""

from __future__ import annotations

from sipedge.sip.flow import FLOW_BOUND_TRANSPORTS, Flow
from sipedge.sip.message import Request


def flow_of_sender(request: Request, source: Flow) -> Flow | None:
    """The flow over which the sender of `request` is to be reached later, None when its Contact will do.

    It names one very connection where the sender can be reached by no other: on a WebSocket (RFC 7118 §5), and where
    it says so by `ob` in its Contact (RFC 5626 §4.3). On other streams it is any connection to that peer.
    """
    if source.reliable:
        return source if is_bound(request, source) else source._replace(connection=0)
    if request.top_via.param("rport") is not None:
        return source
    contacts = request.contacts
    if not contacts or contacts[0].uri.host != source.host or contacts[0].uri.has_param("ob"):
        return source
    return None


def is_bound(request: Request, source: Flow) -> bool:
    """Whether the sender's dialogs live and die with the connection that the request came by."""
    if source.transport in FLOW_BOUND_TRANSPORTS:
        return True
    return source.reliable and any(contact.uri.has_param("ob") for contact in request.contacts[:1])
