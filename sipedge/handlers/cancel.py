"""CANCEL: RFC 3261 §9.2 for its answer, §16.10 for what a proxy does."""

from __future__ import annotations

from sipedge.handlers.exchange import Exchange


def cancel(exchange: Exchange) -> None:
    """Answer a CANCEL, and cancel the INVITE that it is for: same branch, and from where that one came."""
    invite = exchange.services.layer.find_invite(exchange.request, exchange.flow)
    if invite is None:
        exchange.reply(481)
        return
    exchange.open()
    exchange.reply(200)
    call = invite.user
    if not isinstance(call, Exchange):
        return
    call.cancelled = True
    if call.forwarding is not None:
        call.forwarding.cancel(exchange.request.get("Reason") or "")
