"""Security events: what was refused and to whom, as a value, as a log line and as the fields of a Redis stream.

The line is made for fail2ban: the source first, then key=value in a fixed order; text from the network stands in
quotes with all that is not plain text escaped, so that no peer can end a line or forge a field.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sipedge.guards.bans import Ban

STREAM: Final = "freiton:guard:events"
STREAM_LENGTH: Final = 10_000
"""The Redis stream that the panel shows, and how many events it keeps, some 2 MB."""
MAX_TEXT: Final = 200


class Kind(StrEnum):
    """What happened."""

    LOGIN_FAILED = "login_failed"
    LOGIN_BLOCKED = "login_blocked"
    BANNED = "banned"
    LIFTED = "lifted"
    RATE_LIMITED = "rate_limited"
    USER_AGENT = "user_agent"
    FORGED_DIALOG = "forged_dialog"
    RELAY_REFUSED = "relay_refused"
    REPLAY = "replay"
    LOOP = "loop"
    BROKEN_MESSAGE = "broken_message"


@dataclass(frozen=True, slots=True)
class SecurityEvent:
    """source: the peer's IP literal as it is. transport: of the flow. aor: 'alice@example.org' where one was claimed.

    detail: a few words.
    """

    kind: Kind
    source: str
    transport: str = ""
    aor: str = ""
    detail: str = ""


def ban_event(ban: Ban, host: str, transport: str = "") -> SecurityEvent:
    """A ban as it is told. host: the address that brought it about."""
    minutes = round((ban.until - ban.since) / 60)
    return SecurityEvent(Kind.BANNED, host, transport, detail=f"{ban.source} for {minutes} minutes: {ban.why}")


def quoted(text: str) -> str:
    """Text from the network in double quotes: one line, printable ASCII and UTF-8 letters, bounded."""
    shown = []
    for char in text[:MAX_TEXT]:
        if char in '"\\':
            shown.append("\\" + char)
        elif char.isprintable() and not "\ud800" <= char <= "\udfff":
            shown.append(char)
        else:
            shown.append(f"\\u{ord(char):04x}")
    return '"' + "".join(shown) + '"'


def line(event: SecurityEvent, more: int = 0) -> str:
    """The event in one line. more: how many like it were not told since the last one."""
    text = f"security source={_plain(event.source)} event={event.kind} transport={_plain(event.transport)}"
    text += f" aor={quoted(event.aor)} detail={quoted(event.detail)}"
    return f"{text} more={more}" if more else text


def fields(event: SecurityEvent, edge: str, more: int = 0) -> Mapping[str, str]:
    """The event as the fields of a stream's entry, text made valid UTF-8."""
    values = {
        "kind": str(event.kind), "source": event.source, "transport": event.transport, "aor": event.aor,
        "detail": event.detail, "edge": edge, "more": str(more),
    }  # fmt: skip
    return {name: text[:MAX_TEXT].encode("utf-8", "replace").decode() for name, text in values.items()}


def _plain(text: str) -> str:
    """A word without spaces: what comes from us, but never trusted to."""
    kept = "".join(char for char in text[:MAX_TEXT] if char.isascii() and (char.isalnum() or char in ".:%/_-"))
    return kept or "-"
