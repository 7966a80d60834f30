"""Ending a dialog that nobody wants: the ACK and the BYE for a 2xx that came after its caller was told of a failure.

A server transaction that has sent a failure passes no 2xx up any more (RFC 6026 §7.1), so nobody upstream would
acknowledge it; the one who answered would hear silence until its own time ran out. RFC 3261 §13.2.2.4 and §15.1.1,
on behalf of the caller.
"""

from __future__ import annotations

from sipedge.sip.build import INITIAL_MAX_FORWARDS
from sipedge.sip.message import Request, Response


def acknowledge(invite: Request, response: Response) -> Request:
    """The ACK for a 2xx, still without Via. invite: as it was sent to whoever answered. Raises HeaderError."""
    return _in_dialog("ACK", invite.cseq.number, invite, response)


def hang_up(invite: Request, response: Response) -> Request:
    """The BYE for the dialog that a 2xx began, still without Via. Raises HeaderError."""
    return _in_dialog("BYE", invite.cseq.number + 1, invite, response)


def _in_dialog(method: str, number: int, invite: Request, response: Response) -> Request:
    contacts, routes = response.contacts, response.values("Record-Route")
    # §12.1.2: what stands below the INVITE's own Record-Route values was written by those behind us, the nearest last.
    behind_us = routes[: len(routes) - len(invite.values("Record-Route"))]
    return Request(
        method,
        str(contacts[0].uri) if contacts else invite.request_uri,
        [
            ("Max-Forwards", INITIAL_MAX_FORWARDS),
            *[("Route", value) for value in reversed(behind_us)],
            ("From", invite.get("From") or ""),
            ("To", response.get("To") or ""),
            ("Call-ID", invite.call_id),
            ("CSeq", f"{number} {method}"),
        ],
    )
