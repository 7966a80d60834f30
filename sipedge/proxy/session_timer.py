"""Session timers as a proxy sees them (RFC 4028 §8): asked for, lowered, and completed, never refreshed by us."""

from __future__ import annotations

from typing import Final, NamedTuple

from sipedge.sip.fields import parse_delta_seconds
from sipedge.sip.message import HeaderError, Message, Request, Response, reason_phrase
from sipedge.sip.validate import Rejection

MIN_SE: Final = 90  # seconds; §5: the least that anybody may ask for, and what we ask for as a minimum
OPTION_TAG: Final = "timer"


class SessionTimer(NamedTuple):
    """What has to be remembered of a forwarded request until its 2xx: its interval (seconds), and whether the caller
    could refresh the session if the callee cannot (§8.1, last paragraphs)."""

    interval: int
    caller_supports: bool


def ask(request: Request, wanted: int) -> SessionTimer | Rejection | None:
    """§8.1, in place on the request that goes on. `wanted`: the interval that we ask for, in seconds; 0: never.

    None: no timer is asked for. Rejection: the 422 owed to a caller that understands it. Raises HeaderError (400).
    """
    if request.method not in ("INVITE", "UPDATE"):
        return None
    minimum = max(_seconds(request, "Min-SE") or MIN_SE, MIN_SE)
    interval = _seconds(request, "Session-Expires")
    supports = _supports(request)
    if interval is None:
        if request.method != "INVITE" or not wanted:
            return None
        request.append("Session-Expires", str(max(wanted, minimum)))
        return SessionTimer(max(wanted, minimum), supports)
    if interval < MIN_SE and supports:
        return Rejection(422, reason_phrase(422), (("Min-SE", str(MIN_SE)),))
    if interval < MIN_SE:
        request.set("Min-SE", str(minimum))
    agreeable = max(min(interval, wanted or interval), minimum)
    if agreeable != interval:
        _, semicolon, params = (request.get("Session-Expires") or "").partition(";")
        request.set("Session-Expires", f"{agreeable}{semicolon}{params}")
    return SessionTimer(agreeable, supports)


def complete(response: Response, timer: SessionTimer) -> None:
    """§8.2, in place on a 2xx that goes upstream: a callee without timers leaves the refreshing to the caller."""
    if not timer.caller_supports or response.has("Session-Expires"):
        return
    try:
        required = response.values("Require")
    except HeaderError:
        return  # whoever wrote that gets no timer, but the caller his answer
    response.append("Session-Expires", f"{timer.interval};refresher=uac")
    if OPTION_TAG not in map(str.lower, required):
        response.set("Require", ", ".join([*required, OPTION_TAG]))


def agreed(response: Response) -> int | None:
    """The session interval (seconds) that a 2xx on its way upstream has settled; None: the session has no end."""
    try:
        interval = _seconds(response, "Session-Expires")
    except HeaderError:
        return None
    return None if interval is None else max(interval, MIN_SE)


def _seconds(message: Message, name: str) -> int | None:
    text = message.get(name)
    return None if text is None else parse_delta_seconds(text.partition(";")[0].rstrip(" \t"))


def _supports(request: Request) -> bool:
    tags = [tag for name in ("Supported", "Require") if request.get(name) is not None for tag in request.values(name)]
    return OPTION_TAG in map(str.lower, tags)
