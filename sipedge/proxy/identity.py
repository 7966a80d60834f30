"""Who is calling, as headers say it: RFC 3325 (P-Asserted-Identity), RFC 3323 (Privacy), RFC 5806 (Diversion).

Spec(T) of our trust domain (RFC 3325 §2.3): its members are this edge and the gateways; phones are outside. So

- what a phone claims is removed, in requests and in responses, outside and inside of dialogs. Who it is was proved by
  its digest, and its From was checked against that; P-Preferred-Identity is taken where it names one of the caller's
  own numbers (routing/caller.py), and never goes further;
- towards gateways the edge asserts who the digest said (§5, routing/sent.py), and keeps Privacy, for the carrier to
  obey; that somebody else has sent the caller (Referred-By, RFC 3892) is a claim that nobody has proved, and inside of
  dialogs nothing is to be asked of a carrier that would make a call of another (Refer-To, Replaces, Join);
- what a gateway asserts is believed, and goes on to a gateway where the call is forwarded there;
- towards a phone an assertion is shown unless Privacy asks that it is not (§7 leaves the case without Privacy to the
  trust domain: phones in the field show P-Asserted-Identity before From, so it is what the callee should see). The
  edge asserts nothing itself towards phones: between subscribers From is proved already, and has the name with it;
- From `sip:anonymous@anonymous.invalid` (RFC 3323 §4.1.1.3), or at any other host, asks for `Privacy: id`, where no
  Privacy says otherwise; and who asks for it by Privacy alone gets such a From (routing/sent.py);
- P-Access-Network-Info (RFC 7315 §6.4) and the other headers that 3GPP's networks use among themselves pass neither
  from a phone nor to one: a carrier would take them for the network's word, and nobody here reads them.

Of the services of RFC 3323 the edge does `id`, `history` (RFC 7044 §10.1) and `none`. For `user`, `header` and
`session` it withholds assertions and what §5.3 calls informational; a proxy cannot hide Via, Contact, Call-ID and
media, so with `critical` such a request is refused with 500 (§5).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from sipedge.sip.fields import parse_name_addr
from sipedge.sip.message import HeaderError, Message, Request
from sipedge.sip.names import KNOWN_NAMES
from sipedge.sip.params import split_list
from sipedge.sip.uri import Uri

ANONYMOUS: Final = "sip:anonymous@anonymous.invalid"

_ASSERTIONS: Final = frozenset({"p-asserted-identity", "remote-party-id"})
_DETOURS: Final = frozenset({"diversion", "history-info"})
_AMONG_NETWORKS: Final = frozenset(
    {"p-preferred-identity", "p-access-network-info", "p-charging-vector", "p-charging-function-addresses"}
    | {"p-visited-network-id", "p-user-database", "p-served-user", "p-profile-key", "p-asserted-service"}
    | {
        "p-called-party-id",
        "p-private-network-indication",
        "p-early-media",
        "p-dcs-billing-info",
        "p-dcs-osps",
        "p-dcs-trace-party-id",
    }
)
_CLAIMS: Final = _ASSERTIONS | _DETOURS | _AMONG_NETWORKS
_INFORMATIONAL: Final = frozenset(  # RFC 3323 §5.3
    {"subject", "call-info", "organization", "user-agent", "server", "reply-to", "in-reply-to"}
)
_CHALLENGES: Final = frozenset({"www-authenticate", "proxy-authenticate"})
_INTERNAL: Final = "x-freiton-"
_SAID_IN: Final = {"asserted": "P-Asserted-Identity", "remote_party_id": "Remote-Party-ID"}
_ANSWER_MODES: Final = frozenset({"answer-mode", "priv-answer-mode"})
_ORDER: Final = re.compile(r"answer|intercom|delay=0", re.IGNORECASE)


_FROM_ROUTING: Final = (
    "P-Asserted-Identity",
    "P-Preferred-Identity",
    "Remote-Party-ID",
    "P-Called-Party-ID",
    "Referred-By",
)
_DEMANDS: Final = ("Refer-To", "Replaces", "Join")
"""RFC 3515, RFC 3891, RFC 3911."""


def _known_names_but(names: frozenset[str]) -> frozenset[str]:
    return frozenset(name for name in KNOWN_NAMES if name.lower() not in names)


# Most messages have none of all these headers: then one look at their names is all that is done.
_OF_ANYBODY: Final = _known_names_but(_CLAIMS | _CHALLENGES)
_FOR_ANYBODY: Final = _known_names_but(_CLAIMS | {"privacy"})
_FOR_GATEWAYS: Final = _known_names_but(frozenset(name.lower() for name in (*_FROM_ROUTING, *_DEMANDS)))
PASSING: Final = _OF_ANYBODY & _FOR_ANYBODY
"""Names of header fields that nothing here ever takes away from a response."""
_NO_ORDERS: Final = _known_names_but(frozenset({"alert-info", "call-info"}))

_WITHHOLD: Final = frozenset({"id", "user", "header", "session"})
_HIDE_HISTORY: Final = frozenset({"history", "header", "session"})
_NOT_DONE: Final = frozenset({"user", "header", "session"})
_NOTHING: Final[frozenset[str]] = frozenset()
_KNOWN: Final = frozenset({"id", "none", "history", "critical"})


def from_untrusted(message: Message) -> None:
    """Take away, in place, what only a trusted element may say (RFC 3325 §5), and headers of our own.

    Challenges too: a phone that challenged its caller, in a response to a BYE say, would be given a digest of the
    password that the caller has here, to try words on at leisure. Nobody has a password for another phone's realm.
    """
    if not message.names_are_among(_OF_ANYBODY):
        _remove(message, lambda name: name in _CLAIMS or name in _CHALLENGES or name.startswith(_INTERNAL))


def from_trusted(message: Message) -> None:
    """A gateway is believed; headers of our own are nobody's but ours. In place."""
    if not message.names_are_among(KNOWN_NAMES):
        _remove(message, lambda name: name.startswith(_INTERNAL))


def towards_untrusted(message: Message) -> None:
    """Take away, in place, what a phone may not know: RFC 3325 §7, RFC 3323 §5, RFC 5806 §7, RFC 7044 §10.1."""
    if message.names_are_among(_FOR_ANYBODY):
        return
    _remove(message, _withheld(message).__contains__)
    if message.has("Diversion"):
        _keep(message, "Diversion", _is_public)
    if message.has("Remote-Party-ID"):
        _keep(message, "Remote-Party-ID", _is_public)
    if message.has("History-Info"):
        _keep(message, "History-Info", lambda value: "privacy=" not in value.lower())


def towards_gateway(request: Request) -> None:
    """Take away, in place, what a gateway hears from routing alone. In a dialog that makes no new call: also what
    would have it make one, or take one over."""
    if request.names_are_among(_FOR_GATEWAYS):
        return
    for name in _FROM_ROUTING if request.to_tag is None else (*_FROM_ROUTING, *_DEMANDS):
        request.remove(name)


def without_orders(request: Request) -> None:
    """Take away, in place, what would make a phone answer by itself: an open microphone is for its own house to order.

    RFC 5373 has headers for it; phones in the field obey parameters of Alert-Info and Call-Info as well.
    """
    if request.names_are_among(_NO_ORDERS):
        return
    _remove(request, lambda name: name in _ANSWER_MODES)
    for name in ("Alert-Info", "Call-Info"):
        if request.has(name):
            _keep(request, name, lambda value: _ORDER.search(value) is None)


def privacy_of(message: Message) -> frozenset[str]:
    """The services that Privacy asks for (RFC 3323 §4.2), in lower case; the grammar separates them by semicolons."""
    if message.get("Privacy") is None:
        return _NOTHING
    lines = message.get_all("Privacy")
    values = (value.strip(" \t").lower() for line in lines for value in line.replace(",", ";").split(";"))
    return frozenset(value for value in values if value)


def undoable(request: Request) -> str | None:
    """Why a request must be refused with 500 (RFC 3323 §5): what it asks for is critical, and not done here."""
    asked = privacy_of(request)
    if "critical" not in asked or asked <= _KNOWN:
        return None
    return f"Privacy Service Not Available: {', '.join(sorted(asked & _NOT_DONE)) or 'unknown'}"


def is_done(request: Request) -> bool:
    """Whether all that Privacy asks for is done here, as `Proxy-Require: privacy` demands (RFC 3323 §4.3)."""
    return privacy_of(request) <= _KNOWN


def wants_anonymity(message: Message) -> bool:
    """Whether the sender asked that its identity is not shown, by Privacy or by an anonymous From."""
    asked = privacy_of(message)
    return not asked.isdisjoint(_WITHHOLD) or ("none" not in asked and shows_nobody(message.from_.uri))


def is_anonymous(uri: Uri) -> bool:
    """Whether a From is the one of RFC 3323 §4.1.1.3, which is nobody's address and anybody's to use."""
    return uri.is_sip and uri.host == "anonymous.invalid" and (uri.user or "").lower() in ("", "anonymous")


def shows_nobody(uri: Uri) -> bool:
    """Whether a From shows nobody: as is_anonymous, or with a host of its own as many networks write it."""
    return uri.is_sip and ((uri.user or "").lower() == "anonymous" or is_anonymous(uri))


def believed(request: Request, caller_in: str = "asserted") -> Uri:
    """Who calls by a gateway: the first address that can be read in the header where it says so (`caller_in`, see
    GatewayFacts), else From. Raises HeaderError (From)."""
    name = _SAID_IN.get(caller_in)
    for uri in _addresses(request, name) if name else ():
        if uri.is_sip or uri.scheme == "tel":
            return uri
    return request.from_.uri


def preferred(request: Request) -> list[Uri]:
    """The addresses that a caller would like to be shown by (RFC 3325 §9.2), the most wanted first."""
    return _addresses(request, "P-Preferred-Identity")


def preferred_host(request: Request) -> str | None:
    """The host of the first P-Preferred-Identity: which domain an anonymous caller says that it is of."""
    return next((uri.host for uri in _addresses(request, "P-Preferred-Identity") if uri.is_sip), None)


def _addresses(request: Request, name: str) -> list[Uri]:
    """The URIs of a header that others wrote; what cannot be read says nothing."""
    if request.get(name) is None:
        return []
    try:
        return [parse_name_addr(value).uri for value in request.values(name)]
    except HeaderError:
        return []


def _withheld(message: Message) -> frozenset[str]:
    asked = privacy_of(message)
    withheld = _AMONG_NETWORKS
    if wants_anonymity(message):
        withheld |= _ASSERTIONS
    if not asked.isdisjoint(_HIDE_HISTORY):
        withheld |= {"history-info"}
    if not asked.isdisjoint(_NOT_DONE):
        withheld |= _INFORMATIONAL
    return withheld


def _is_public(value: str) -> bool:
    """Whether a Diversion (RFC 5806 §4) or Remote-Party-ID says of itself that it may be shown."""
    try:
        level = parse_name_addr(value).param("privacy")
    except HeaderError:
        return False
    return level is None or level.lower() in ("off", "none")


def _keep(message: Message, name: str, wanted: Callable[[str], bool]) -> None:
    try:
        values = [value for line in message.get_all(name) for value in split_list(line)]
    except HeaderError:
        values = []  # what cannot be read cannot be shown
    kept = [value for value in values if wanted(value)]
    if kept:
        message.set(name, ", ".join(kept))
    else:
        message.remove(name)


def _remove(message: Message, unwanted: Callable[[str], bool]) -> None:
    for name in {name for name, _ in message.headers if unwanted(name.lower())}:
        message.remove(name)
