"""What a record keeps so that its call can be ended from here: JSON made at the answer, changed by target refreshes.

A dialog is the endpoints' own (RFC 3261 §12), and a proxy keeps none of it. To say BYE in the name of each side to the
other it needs what each would write: Contacts, From and To with their tags, and the Record-Route of the answer, which
holds our own token (proxy/record_route.py) and with it the flows of both sides. All of that stands in the row of the
call, so an edge that was restarted meanwhile can end it as well.

a, b: the Contact values of caller and callee; f, t: the From and To of the answer; r: its Record-Route values, the one
nearest to the callee first.
"""

from __future__ import annotations

import json
from typing import Final, NamedTuple

from sipedge.proxy.present import tagged
from sipedge.proxy.record_route import DialogToken, read_token
from sipedge.sip.build import INITIAL_MAX_FORWARDS
from sipedge.sip.fields import parse_name_addr
from sipedge.sip.flow import Flow
from sipedge.sip.message import HeaderError, Request, Response

CSEQ: Final = 1 << 30
"""Higher than any that endpoints have come to by counting (§12.2.1.1), and below the limit of 2**31 (§8.1.1.5)."""
REASON: Final = 'Q.850;cause=31;text="Ended by the exchange"'
"""RFC 3326; 31: normal, unspecified."""


class Farewell(NamedTuple):
    """The BYE for one side, still without Via. flow: the one way to it, None: where its Route or request URI leads.
    gateway: the key of the gateway that it is, else 0."""

    request: Request
    flow: Flow | None
    is_gateway: bool
    gateway: int = 0
    is_to_caller: bool = False


def at_beginning(invite: Request) -> str:
    """What is known when a call begins."""
    return json.dumps({"a": invite.get("Contact") or ""})


def at_answer(dialog: str, response: Response) -> str:
    """The same with what a 2xx, as it went to the caller, says."""
    try:
        routes = response.values("Record-Route")
    except HeaderError:
        return dialog
    said = {"b": response.get("Contact") or "", "f": response.get("From"), "t": response.get("To"), "r": routes}
    return f"{dialog[:-1]}, {json.dumps(said)[1:]}" if dialog else json.dumps(said)


def at_refresh(request: Request | None, response: Response | None, *, is_from_caller: bool) -> str:
    """What a target refresh (§12.2) and its 2xx have changed; None: of a side that did not say it itself."""
    sender, receiver = ("a", "b") if is_from_caller else ("b", "a")
    said = {side: one.get("Contact") for side, one in ((sender, request), (receiver, response)) if one is not None}
    return json.dumps({side: contact for side, contact in said.items() if contact})


def changed_dialog(dialog: str, changes: str) -> str:
    """The JSON object `dialog` with the members of `changes` in place of its own, as PostgreSQL's || does it."""
    if not dialog or not changes:
        return dialog or changes
    return json.dumps(json.loads(dialog) | json.loads(changes))


def farewells(dialog: str, sip_call_id: str, key: bytes) -> list[Farewell]:
    """The BYEs that end a call at both its sides; none for a side of which not enough is known. key: of our tokens."""
    known = json.loads(dialog) if dialog else {}
    routes: list[str] = known.get("r") or []
    ours = [(place, token) for place, route in enumerate(routes) if (token := _token(route, sip_call_id, key))]
    if not ours:
        return []
    (first, token), (last, _) = ours[0], ours[-1]
    # §12.1.2: what was written behind us leads to the callee, the nearest last; what before us to the caller.
    caller = tagged(token.caller_name, parse_name_addr(known["f"])) if token.caller_name else known["f"]
    to_callee = _bye(known.get("b"), list(reversed(routes[:first])), caller, known["t"], sip_call_id)
    to_caller = _bye(known.get("a"), routes[last + 1 :], known["t"], known["f"], sip_call_id)
    found = (
        to_caller and Farewell(to_caller, token.caller_flow, token.caller_is_gateway, token.caller_gateway, True),
        to_callee and Farewell(to_callee, token.callee_flow, token.callee_is_gateway, token.callee_gateway),
    )
    return [one._replace(flow=None) if one.request.has("Route") else one for one in found if one]


def _token(route: str, sip_call_id: str, key: bytes) -> DialogToken | None:
    try:
        return read_token(parse_name_addr(route).uri.user, sip_call_id, key)
    except HeaderError:
        return None


def _bye(contact: str | None, routes: list[str], sender: str, receiver: str, sip_call_id: str) -> Request | None:
    try:
        target = str(parse_name_addr(contact).uri) if contact else ""
    except HeaderError:
        target = ""
    if not target:
        return None
    return Request(
        "BYE",
        target,
        [
            ("Max-Forwards", INITIAL_MAX_FORWARDS),
            *[("Route", route) for route in routes],
            ("From", sender),
            ("To", receiver),
            ("Call-ID", sip_call_id),
            ("CSeq", f"{CSEQ} BYE"),
            ("Reason", REASON),
        ],
    )
