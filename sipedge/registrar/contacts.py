"""Contacts as a REGISTER gives them: which are refused, which are the same, and what they are stored as."""

import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Collection
from functools import lru_cache
from hashlib import blake2b
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final, NamedTuple

from sipedge.registrar.binding import Binding
from sipedge.registrar.limits import RegistrarLimits
from sipedge.sip.fields import NameAddr
from sipedge.sip.flow import Flow
from sipedge.sip.message import Request
from sipedge.sip.params import HeaderError
from sipedge.sip.uri import Uri, parse_uri, uris_equal
from sipedge.sip.validate import Rejection

_Q_VALUE: Final = re.compile(r"0(?:\.([0-9]{0,3}))?|1(?:\.0{0,3})?")  # §25.1 qvalue
_NUMERIC_LABEL: Final = re.compile(r"[0-9]+|0[Xx][0-9A-Fa-f]*")
_KEY_BYTES: Final = 9
"""72 bits: among an AoR's ten bindings that no two differ is as good as certain; 12 characters a row."""
MAX_USER_AGENT: Final = 128
MAX_INSTANCE_ID: Final = 128


def refusal(
    uri: Uri, text: str, source: Flow, limits: RegistrarLimits, is_self: Callable[[Uri], bool]
) -> Rejection | None:
    """Why requests must never be sent to this URI, None if they may.

    Refused: what is no SIP address, what is too long, ourselves (a loop), and addresses that belong to nobody or
    to this machine, the latter unless the phone is on this machine itself.
    """
    if not uri.is_sip:
        return Rejection(400, "Contact Is Not A SIP URI")
    if len(text) > limits.max_contact_bytes or not text.isascii():
        return Rejection(400, "Contact Too Long")
    reason = _refused_host(uri.host, source.host)
    if reason is None and is_self(uri):
        reason = "Contact Is This Server"
    return None if reason is None else Rejection(403, reason)


@lru_cache(maxsize=1024)
def _refused_host(host: str, source_host: str) -> str | None:
    address = _address(host)
    if address is None:
        return _refused_name(host, source_host)
    if address.is_multicast or address.is_unspecified or address == IPv4Address("255.255.255.255"):
        return "Contact Address Is Nobody's"
    if address.is_loopback and not _is_loopback(source_host):
        return "Contact Is A Loopback Address"
    return None


def _refused_name(host: str, source_host: str) -> str | None:
    # 127.1, 0x7f.0.0.1 and 2130706433 are no names: resolvers take them for addresses.
    last_label = host.rstrip(".").rpartition(".")[2]
    if _NUMERIC_LABEL.fullmatch(last_label):
        return "Contact Host Is Neither Name Nor Address"
    if last_label == "localhost" and not _is_loopback(source_host):
        return "Contact Is A Loopback Address"
    return None


def _is_loopback(host: str) -> bool:
    address = _address(host)
    return address is not None and address.is_loopback


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(host)
    except ValueError:
        return None
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address


def matching(bindings: Collection[Binding], uri: Uri, text: str, call_id: str | None = None) -> Binding | None:
    """The binding whose contact is the same by the URI comparison of §10.3 (§19.1.4), None if there is none.

    call_id: where a domain is strict, the binding must have been made with this Call-ID as well: two phones behind
    two NATs may well have the same private contact.
    """
    if call_id is not None:
        bindings = [binding for binding in bindings if binding.call_id == call_id]
    for binding in bindings:
        if binding.contact == text:
            return binding
    for binding in bindings:
        if uris_equal(parse_uri(binding.contact), uri):
            return binding
    return None


def matching_flow(bindings: Collection[Binding], instance_id: str, reg_id: int) -> Binding | None:
    """The binding of this flow of this device (RFC 5626 §6), whatever its contact was."""
    for binding in bindings:
        if binding.reg_id == reg_id and binding.instance_id == instance_id:
            return binding
    return None


def new_key(text: str, taken: Collection[str]) -> str:
    """A key for a contact that is new to its AoR: the same text gives the same key, at every edge.

    text: what tells the binding from others: its contact, contact and Call-ID, or instance and reg-id. A binding keeps
    its key when a phone writes its contact in another, equal way; so the key of the text may be taken by a binding
    that is not equal any more. Then the key of the key is taken.
    """
    key = text
    while True:
        key = urlsafe_b64encode(blake2b(key.encode(), digest_size=_KEY_BYTES).digest()).decode()
        if key not in taken:
            return key


def expires_of(contact: NameAddr, request: Request, limits: RegistrarLimits) -> int:
    """Seconds asked for: the contact's own, else the Expires header's, else the default (§10.3 step 7).

    A malformed expires parameter counts as the default (§20.10 says 3600). Raises HeaderError 400 for a malformed
    header that counts.
    """
    value = contact.param("expires") if contact.params else None
    if value is None:
        header = request.expires
        return limits.default_expires if header is None else header
    if value.isascii() and value.isdigit():
        return int(value) if len(value) <= 10 else limits.max_expires
    return limits.default_expires


class ContactParams(NamedTuple):
    """What a contact says besides its URI and lifetime. q in thousandths."""

    q: int
    instance_id: str
    reg_id: int | None


NO_PARAMS: Final = ContactParams(1000, "", None)
"""What `params_of` gives for a contact without parameters."""


def params_of(contact: NameAddr) -> ContactParams:
    """q, instance and reg-id of a contact. Raises HeaderError 400 for a malformed q.

    +sip.instance (RFC 5626 §4.1) is '' where it is absent, too long or not printable ASCII; reg-id (§4.2) None where it
    is absent or no number from 1 to 2**31-1.
    """
    instance_id = contact.param("+sip.instance") or ""
    if len(instance_id) > MAX_INSTANCE_ID or not (instance_id.isascii() and instance_id.isprintable()):
        instance_id = ""
    return ContactParams(_q(contact.param("q")), instance_id, _reg_id(contact.param("reg-id")))


def _q(value: str | None) -> int:
    if value is None:
        return 1000
    match = _Q_VALUE.fullmatch(value)
    if match is None:
        raise HeaderError("Malformed q Value")
    return 1000 if value[0] == "1" else int((match[1] or "").ljust(3, "0"))


def _reg_id(value: str | None) -> int | None:
    if value is None or not (value.isascii() and value.isdigit() and len(value) <= 10):
        return None
    return int(value) if 0 < int(value) < 2**31 else None


@lru_cache(maxsize=1024)
def clean_user_agent(text: str) -> str:
    """A User-Agent as it may be stored: valid UTF-8 without control characters, at most 128 characters.

    Cached, so that a thousand phones of one kind share one string.
    """
    valid = text[:MAX_USER_AGENT].encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return "".join(character if character.isprintable() else "�" for character in valid)
