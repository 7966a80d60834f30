"""OPTIONS to the edge itself: the field's "are you alive?" (RFC 3261 §11.2)."""

from __future__ import annotations

from typing import Final

from sipedge.handlers.exchange import Exchange

ALLOW: Final = (
    "INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, PRACK, UPDATE, INFO, REFER, MESSAGE, SUBSCRIBE, NOTIFY, PUBLISH"
)


def options(exchange: Exchange) -> None:
    """200, to everybody, statelessly: an answer smaller than twice the question."""
    exchange.reply(200, None, (("Allow", ALLOW), ("Accept", "application/sdp")))
