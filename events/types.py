"""All kinds of events, with what each tells: the one list that the API, its documents and the tests read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class EventType:
    """name: what happened to what. meaning: when it is told. data: its members, out of MEMBERS."""

    name: str
    meaning: str
    data: tuple[str, ...] = ()


_TEXT: Final = {"type": "string"}
_WHEN: Final = {"type": ["string", "null"], "format": "date-time"}
_NUMBER: Final = {"type": ["integer", "null"]}
_YES_NO: Final = {"type": "boolean"}


def _member(schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {**schema, "description": description}


MEMBERS: Final[dict[str, dict[str, Any]]] = {
    "changed": _member({"type": "array", "items": _TEXT}, "The members that have another value now."),
    "username": _member(_TEXT, "The user part of the address of record, or the name that a user logs in with."),
    "domain_name": _member(_TEXT, "The domain of the address of record."),
    "is_active": _member(_YES_NO, "False where it was made suspended."),
    "part": _member(_TEXT, "Which part of the call settings: settings, forwarding, caller_rule or shown_number."),
    "slot": _member({"type": "integer"}, "The credential's place, 1 to 5."),
    "label": _member(_TEXT, "What the credential is called."),
    "aor": _member(_TEXT, "The address of record, username@domain, that it is about."),
    "is_main": _member(_YES_NO, "Whether it is the number that the subscriber's calls show."),
    "valid_from": _member(_WHEN, "From when on the subscriber has the number; it may lie ahead."),
    "valid_until": _member(_WHEN, "Until when; null: for as long as nothing else is said."),
    "ported_from": _member(_TEXT, "The provider that had the number."),
    "ported_to": _member(_TEXT, "The provider that has it now."),
    "transport": _member(_TEXT, "udp, tcp, tls, ws or wss."),
    "user_agent": _member(_TEXT, "What the phone calls itself."),
    "received_from": _member(_TEXT, "Where it registered from: transport, address and port, as udp:203.0.113.5:5062."),
    "role": _member(_TEXT, "Of a call: caller or callee, the side that is told of. Of a user: its role."),
    "direction": _member(_TEXT, "inbound, outbound or internal."),
    "is_forwarding": _member(_YES_NO, "Whether it is the leg of a call that was forwarded."),
    "caller": _member(_TEXT, "Who calls, as the callee is told."),
    "callee": _member(_TEXT, "Who is called, as it was dialled."),
    "caller_number": _member(_TEXT, "E.164 with the plus; empty where there is none, or it is withheld."),
    "callee_number": _member(_TEXT, "E.164 with the plus; empty where there is none."),
    "started_at": _member(_WHEN, "When the call began."),
    "answered_at": _member(_WHEN, "When it was answered; null where it was not."),
    "ended_at": _member(_WHEN, "When it ended."),
    "billable_seconds": _member({"type": "number"}, "From the answer to the end."),
    "status_code": _member(_NUMBER, "The SIP status that it ended with."),
    "cause": _member(_NUMBER, "The Q.850 cause."),
    "ended_by": _member(_TEXT, "caller, callee, gateway, edge, sweeper, reseller or admin."),
    "prefix": _member(_TEXT, "What the token begins with."),
    "source": _member(_TEXT, "The address that it came from."),
    "detail": _member(_TEXT, "A few words of the edge."),
    "edge": _member(_TEXT, "Which edge saw it; panel for what an administrator did."),
    "more": _member({"type": "integer"}, "How many alike were not told since the last one."),
    "reason": _member(_TEXT, "Why it was switched off."),
}

_CHANGED: Final = ("changed",)
_CREDENTIAL: Final = ("slot", "label", "aor")
_NUMBER_GIVEN: Final = ("aor", "is_main", "valid_from", "valid_until")
_CALL: Final = (
    "role", "direction", "is_forwarding", "caller", "callee", "caller_number", "callee_number", "started_at",
)  # fmt: skip
_ANSWERED: Final = (*_CALL, "answered_at")
_ENDED: Final = (*_ANSWERED, "ended_at", "billable_seconds", "status_code", "cause", "ended_by")
_SECURITY: Final = ("source", "transport", "aor", "detail", "edge", "more")


def _things(name: str, words: str, created: tuple[str, ...]) -> list[EventType]:
    """What happens to all that is made, changed, suspended and removed."""
    return [
        EventType(f"{name}.created", f"{words} was made.", created),
        EventType(f"{name}.changed", f"{words} has other values now.", _CHANGED),
        EventType(f"{name}.suspended", f"{words} was switched off.", _CHANGED),
        EventType(f"{name}.resumed", f"{words} was switched on again.", _CHANGED),
        EventType(f"{name}.removed", f"{words} is gone."),
    ]


EVENT_TYPES: Final = (
    *_things("subscriber", "A subscriber", ("username", "domain_name", "is_active")),
    EventType("subscriber.settings_changed", "What a subscriber's calls do was set otherwise.", ("part",)),
    EventType("credential.added", "A subscriber got one more SIP password.", _CREDENTIAL),
    EventType("credential.rotated", "A SIP password was replaced: the old one is good no more.", _CREDENTIAL),
    EventType("credential.changed", "A SIP password is called otherwise.", _CREDENTIAL),
    EventType("credential.removed", "A SIP password is good no more.", _CREDENTIAL),
    EventType("number.added", "A number came into the reseller's stock."),
    EventType("number.removed", "A number left the stock."),
    EventType("number.assigned", "A subscriber has a number, now or from a time that was said.", _NUMBER_GIVEN),
    EventType("number.changed", "Something about a subscriber's having a number was changed.", _NUMBER_GIVEN),
    EventType("number.released", "A subscriber has a number no more, or not beyond a time that was said.",
              _NUMBER_GIVEN),
    EventType("number.ported_in", "A number came from another provider.", ("ported_from",)),
    EventType("number.ported_out", "Another provider has the number now.", ("ported_to",)),
    EventType("registration.first", "The first phone of a subscriber registered: calls reach it now.",
              ("transport", "user_agent", "received_from")),
    EventType("registration.last", "The last registration of a subscriber is gone: taken back, removed, or expired "
              "(told up to two minutes later).", ("transport", "user_agent", "received_from")),
    EventType("call.started", "A call of a subscriber began.", _CALL),
    EventType("call.answered", "A call was answered.", _ANSWERED),
    EventType("call.ended", "A call ended, answered or not.", _ENDED),
    *_things("customer", "A customer", ("is_active",)),
    *_things("domain", "A SIP domain", ("is_active",)),
    EventType("user.created", "A user can log in.", ("role",)),
    EventType("user.changed", "A user has other values now.", _CHANGED),
    EventType("user.removed", "A user is gone."),
    EventType("token.created", "An API token was made.", ("prefix",)),
    EventType("token.changed", "What a token is called, may do, or until when it is good was changed.", _CHANGED),
    EventType("token.revoked", "An API token is good no more.", ("prefix",)),
    EventType("token.removed", "An API token is gone.", ("prefix",)),
    EventType("webhook.created", "A webhook was made."),
    EventType("webhook.changed", "A webhook was set otherwise, or switched on or off.", _CHANGED),
    EventType("webhook.disabled", "We switched a webhook off, which failed for too long.", ("reason",)),
    EventType("webhook.removed", "A webhook is gone."),
    EventType("security.banned", "A source was banned at all edges.", _SECURITY),
    EventType("security.lifted", "A ban was lifted.", _SECURITY),
    EventType("security.login_failed", "A SIP login failed.", _SECURITY),
    EventType("security.login_blocked", "A source failed too often; its SIP logins are not checked.", _SECURITY),
    EventType("security.rate_limited", "A source sends too much.", _SECURITY),
    EventType("security.user_agent", "A banned User-Agent was turned away.", _SECURITY),
    EventType("security.forged_dialog", "A request claimed to be in a dialog that is none of ours.", _SECURITY),
    EventType("security.relay_refused", "Somebody wanted us to pass on what is not ours.", _SECURITY),
    EventType("security.replay", "Credentials were sent that had been used before.", _SECURITY),
    EventType("security.loop", "A request went in circles.", _SECURITY),
    EventType("security.broken_message", "A message could not be read.", _SECURITY),
)  # fmt: skip

TYPES: Final = {kind.name: kind for kind in EVENT_TYPES}
SECURITY: Final = "security."
"""What the types begin with that the provider alone is told."""
