"""Header field names in their canonical spelling (RFC 3261 §7.3.1, §7.3.3).

Names are case-insensitive and some have a compact form; inside Freiton each known one has one spelling.
"""

from __future__ import annotations

from typing import Final

from sipedge.sip.params import HeaderError, is_token

COMPACT_FORMS: Final = {
    "a": "Accept-Contact",
    "b": "Referred-By",
    "c": "Content-Type",
    "d": "Request-Disposition",
    "e": "Content-Encoding",
    "f": "From",
    "i": "Call-ID",
    "j": "Reject-Contact",
    "k": "Supported",
    "l": "Content-Length",
    "m": "Contact",
    "n": "Identity-Info",
    "o": "Event",
    "r": "Refer-To",
    "s": "Subject",
    "t": "To",
    "u": "Allow-Events",
    "v": "Via",
    "x": "Session-Expires",
    "y": "Identity",
}

_OTHER_NAMES: Final = (
    "Accept Accept-Encoding Accept-Language Alert-Info Allow Authentication-Info Authorization Call-Info "
    "Content-Disposition Content-Language CSeq Date Diversion Error-Info Expires Feature-Caps Flow-Timer "
    "Geolocation History-Info In-Reply-To Join Max-Breadth Max-Forwards MIME-Version Min-Expires Min-SE "
    "Organization P-Access-Network-Info P-Asserted-Identity P-Associated-URI P-Called-Party-ID "
    "P-Charging-Vector P-Preferred-Identity Path Priority Privacy Proxy-Authenticate Proxy-Authorization "
    "Proxy-Require RAck Reason Record-Route Remote-Party-ID Replaces Reply-To Require Retry-After Route "
    "RSeq Security-Client Security-Server Security-Verify Server Service-Route SIP-ETag SIP-If-Match "
    "Subscription-State Target-Dialog Timestamp Unsupported User-Agent User-to-User Warning "
    "WWW-Authenticate"
)
UNDIVIDED: Final = frozenset(
    {"Authentication-Info", "Authorization", "Call-ID", "Date", "Organization", "Proxy-Authenticate"}
    | {"Proxy-Authorization", "Retry-After", "Server", "Subject", "Timestamp", "User-Agent", "WWW-Authenticate"}
)
"""A comma in these is part of the value: dates, comments, free text, and credentials (§7.3.1)."""
KNOWN_NAMES: Final = frozenset(COMPACT_FORMS.values()) | frozenset(_OTHER_NAMES.split())


class _CanonicalNames(dict[str, str]):
    """Spelling as received → canonical name. Other spellings are worked out each time, never stored."""

    def __missing__(self, name: str) -> str:
        bare = name.rstrip(" \t")  # §7.3.1: white space may precede the colon
        if not bare.isascii() or not is_token(bare):
            raise HeaderError("Malformed Header Name")
        known = self.get(bare) or self.get(bare.lower())
        return known if known is not None else bare


CANONICAL_NAMES: Final = _CanonicalNames()
for _name in KNOWN_NAMES:
    CANONICAL_NAMES[_name] = CANONICAL_NAMES[_name.lower()] = CANONICAL_NAMES[_name.upper()] = _name
for _short, _name in COMPACT_FORMS.items():
    CANONICAL_NAMES[_short] = CANONICAL_NAMES[_short.upper()] = _name


def canonical_name(name: str) -> str:
    """The canonical spelling of a header name; an unknown name as it is. Raises HeaderError: no token."""
    return CANONICAL_NAMES[name]
