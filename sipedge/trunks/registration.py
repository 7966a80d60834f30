"""Our registration at a carrier: RFC 3261 §10.2, as the user agent.

When it is refreshed, what answers mean, and how long a failure is waited for. How long: as RFC 5626 §4.5 has it, 30 s,
doubled with each failure in a row up to half an hour, and of that a random part between a half and all. Who is refused
begins with four minutes: a carrier bans who tries a wrong password too often.
"""

from __future__ import annotations

from typing import Final

from sipedge.facts import GatewayFacts
from sipedge.sip.build import INITIAL_MAX_FORWARDS
from sipedge.sip.fields import NameAddr, parse_delta_seconds
from sipedge.sip.message import HeaderError, Request, Response
from sipedge.sip.uri import Uri, escape_user, uris_equal
from sipedge.trunks.ways import gateway_uri, located_by, routes_to, server_uri

BASE: Final = 30.0  # seconds; RFC 5626 §4.5, where no other flow is left
LONGEST: Final = 1_800.0
REFUSED_FROM: Final = 3  # doublings with which one begins who was refused
MOST_ASKED: Final = 86_400  # seconds of a Min-Expires that is still asked for
LEAST: Final = 5.0  # seconds between two refreshes, however short a registrar's time is
MOST_RETRY_AFTER: Final = 3_600

_TEMPORARY: Final = frozenset({408, 480, 491})


class Registration:
    """One address-of-record at one registrar.

    until: when it ends by the clock that `succeeded` gets, None: it does not stand. expires: seconds to ask for.
    """

    def __init__(self, gateway: GatewayFacts, call_id: str, tag: str) -> None:
        if gateway.registration is None:
            raise ValueError(f"no registration at gateway {gateway.id}")
        self._plan = gateway.registration
        self._call_id = call_id
        self._tag = tag
        self._cseq = 0
        self._failures = 0
        self.expires = self._plan.expires
        self.until: float | None = None

    def stands(self, now: float) -> bool:
        """Whether the registrar knows us, as far as we know."""
        return self.until is not None and self.until > now

    def contact(self, gateway: GatewayFacts, here: str) -> Uri:
        """What calls come to. here: our host:port towards the registrar."""
        uri = server_uri(here)._replace(user=escape_user(self._plan.contact_user))
        return uri if gateway.transport == "udp" else uri.with_params(("transport", gateway.transport))

    def request(self, gateway: GatewayFacts, here: str, expires: int) -> Request:
        """The next REGISTER, still without Via. expires: 0 takes the binding away. Raises UriError."""
        self._cseq += 1
        contact = NameAddr("", self.contact(gateway, here), (("expires", str(expires)),))
        return Request(
            "REGISTER",
            str(registrar_uri(gateway)),
            [
                *[("Route", route) for route in routes_to(gateway)],
                ("Max-Forwards", INITIAL_MAX_FORWARDS),
                ("From", f"<{self._plan.aor}>;tag={self._tag}"),
                ("To", f"<{self._plan.aor}>"),
                ("Call-ID", self._call_id),
                ("CSeq", f"{self._cseq} REGISTER"),
                ("Contact", str(contact)),
                ("Expires", str(expires)),
                ("Supported", "path"),
            ],
        )

    def asks_for_longer(self, response: Response) -> bool:
        """Whether a 423 wants a time that can be asked for (§10.2.8); the next REGISTER does."""
        try:
            least = parse_delta_seconds(response.get("Min-Expires") or "")
        except HeaderError:
            return False
        if not self.expires < least <= MOST_ASKED:
            return False
        self.expires = least
        return True

    def succeeded(self, response: Response, contact: Uri, now: float, chance: float) -> float:
        """A 2xx came: how many seconds until it is refreshed. chance: 0 to 1. Raises HeaderError: it says nothing."""
        granted = _granted(response, contact, self.expires)
        if granted <= 0:
            raise HeaderError("Registered For No Time")
        self._failures = 0
        self.until = now + granted
        return max(granted * (0.9 - 0.05 * chance), LEAST)

    def failed(self, status_code: int, response: Response | None, chance: float) -> float:
        """Anything else came of it: how many seconds until the next try. status_code: 408 for silence."""
        is_refusal = 400 <= status_code < 500 and status_code not in _TEMPORARY
        doublings = self._failures + (REFUSED_FROM if is_refusal or status_code >= 600 else 0)
        self._failures += 1
        wait = min(BASE * 2.0 ** min(doublings, 10), LONGEST) * (0.5 + 0.5 * chance)
        return max(wait, _retry_after(response))


def registrar_uri(gateway: GatewayFacts) -> Uri:
    """The request URI of a REGISTER: the domain of the registrar (§10.2). Raises UriError."""
    if gateway.registration is None or not gateway.registration.registrar:
        return gateway_uri(gateway)
    uri = server_uri(gateway.registration.registrar)
    return uri if gateway.transport == "udp" else uri.with_params(("transport", gateway.transport))


def registrar_located_by(gateway: GatewayFacts) -> Uri:
    """The URI whose destinations a REGISTER goes to. Raises UriError."""
    return located_by(gateway, registrar_uri(gateway))


def is_same_binding(known: GatewayFacts, now: GatewayFacts) -> bool:
    """Whether both make one binding at one registrar, so that what changed needs no new one."""

    def binding(gateway: GatewayFacts) -> tuple[object, ...]:
        plan = gateway.registration
        place = (gateway.host, gateway.port, gateway.transport, gateway.outbound_proxy)
        return (*place, plan and (plan.registrar, plan.aor, plan.contact_user))

    return binding(known) == binding(now)


def _granted(response: Response, contact: Uri, asked: int) -> int:
    """Seconds for which our Contact is bound (§10.2.4): its own, else those of Expires, else what was asked for.

    Registrars that see a NAT write another address into it, some another user: then what is nearest to it counts.
    """
    contacts = response.contacts
    ours = [one for one in contacts if uris_equal(one.uri, contact)]
    ours = ours or [one for one in contacts if one.uri.user == contact.user] or contacts
    said = [value for one in ours if (value := one.param("expires")) is not None]
    if said:
        return min(map(parse_delta_seconds, said))
    return asked if response.expires is None else response.expires


def _retry_after(response: Response | None) -> float:
    """Seconds of a Retry-After (§20.33), whose comment and parameters are left out; 0 where there is none."""
    text = (response.get("Retry-After") or "").split(";")[0].split("(")[0].strip() if response is not None else ""
    return min(int(text), MOST_RETRY_AFTER) if text.isascii() and text.isdigit() and len(text) < 9 else 0.0
