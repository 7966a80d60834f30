"""The signed user part of our Record-Route: what makes a later request one of a call that we let in.

RFC 3261 §16.6 step 4 lets a proxy put what it wants into its Record-Route URI and get it back in every request
of the dialog. We put in which call it is, who its caller is, over which flows its two phones are reached, and by which
name a carrier knows them, signed with a key that all edges share; so a request inside a dialog needs no memory of ours,
survives a restart, and cannot be made up. The signature covers the Call-ID: a token copied into another dialog is
worth nothing. Names are masked besides, for both sides see the token, and one may be hidden from the other.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import ipaddress
import struct
from functools import lru_cache
from typing import Final, NamedTuple
from uuid import UUID

from sipedge.proxy.present import HIDDEN
from sipedge.sip.flow import Flow

VERSION: Final = 3
"""1 had no numbers of connections, 2 no names."""
SIGNATURE_BYTES: Final = 10
_TRANSPORTS: Final = ("udp", "tcp", "tls", "ws", "wss")
_HEAD: Final = struct.Struct("!BB16s4s")
_FLOW: Final = struct.Struct("!BHB")
_CONNECTION: Final = struct.Struct("!Q")
_HAS_CONNECTION: Final = 0x80
_HAS_CALLER_FLOW: Final = 1
_HAS_CALLEE_FLOW: Final = 2
_CALLER_IS_GATEWAY: Final = 4
_CALLEE_IS_GATEWAY: Final = 8
_HAS_CALLER_GATEWAY: Final = 16
_HAS_CALLEE_GATEWAY: Final = 32
_GATEWAY: Final = struct.Struct("!I")
_MOST_GATEWAYS: Final = 2**32 - 1
_HAS_CALLER_NAME: Final = 64
_HAS_CALLEE_NAME: Final = 128
_HAS_NAMES: Final = _HAS_CALLER_NAME | _HAS_CALLEE_NAME
_LONGEST_NAME: Final = 255
_NO_CALL: Final = UUID(int=0)


class DialogToken(NamedTuple):
    """What a dialog's requests bring back to us. A tuple, because each of them makes one.

    `call_id` is the call record's key (None for dialogs that are no calls), `caller_mark` tells requests of the
    caller from those of the callee, a flow is there for a side that must be reached over it (a phone behind NAT,
    or on a stream) and None for a side that is reached by its Contact. A flow with the number of its connection is
    that very connection (WebSocket, RFC 5626 §5.3); without one it is any connection to that peer. Which side is a
    gateway decides where its requests may go, and what it is told; which gateway it is, its key says (else 0).

    A name is an address as From has it, without the tag, of 255 bytes at most. caller_name: what From of the first
    request was, where a gateway got it from a phone, or where it was not what the caller wrote, that is caller_own.
    callee_name: what To of a gateway's request was; its phone goes by that. All are '' where phones call each other.
    """

    call_id: UUID | None
    caller_mark: bytes
    caller_flow: Flow | None
    callee_flow: Flow | None
    caller_is_gateway: bool = False
    callee_is_gateway: bool = False
    caller_gateway: int = 0
    callee_gateway: int = 0
    caller_name: str = ""
    caller_own: str = ""
    callee_name: str = ""

    @property
    def has_gateway(self) -> bool:
        """Whether a side is a gateway, be it one that had proved who it is by its password alone."""
        return self.leads_to_gateway(is_from_caller=True) or self.leads_to_gateway(is_from_caller=False)

    def leads_to_gateway(self, *, is_from_caller: bool) -> bool:
        """The same of the side that a request of the caller, or the callee, goes to."""
        return self.callee_is_gateway if is_from_caller else self.caller_is_gateway or self.callee_name != ""

    def is_from_caller(self, from_tag: str | None) -> bool:
        """Whether the sender of a request with this From tag is the side that began the dialog."""
        return tag_mark(from_tag) == self.caller_mark


def tag_mark(tag: str | None) -> bytes:
    """Four bytes that stand for a From tag: enough to tell the two sides of one dialog apart."""
    return hashlib.blake2b((tag or "").encode("utf-8", "surrogateescape"), digest_size=4).digest()


def make_token(token: DialogToken, sip_call_id: str, key: bytes) -> str:
    """The user part for a Record-Route URI: base64url of the packed token and its signature, some 60 characters, and
    more for names."""
    flags = (_CALLER_IS_GATEWAY if token.caller_is_gateway else 0) | (
        _CALLEE_IS_GATEWAY if token.callee_is_gateway else 0
    )
    rest = b""
    if token.caller_flow is not None:
        flags |= _HAS_CALLER_FLOW
        rest = _pack_flow(token.caller_flow)
    if token.callee_flow is not None:
        flags |= _HAS_CALLEE_FLOW
        rest += _pack_flow(token.callee_flow)
    if 0 < token.caller_gateway <= _MOST_GATEWAYS:
        flags |= _HAS_CALLER_GATEWAY
        rest += _GATEWAY.pack(token.caller_gateway)
    if 0 < token.callee_gateway <= _MOST_GATEWAYS:
        flags |= _HAS_CALLEE_GATEWAY
        rest += _GATEWAY.pack(token.callee_gateway)
    if token.caller_name:
        flags |= _HAS_CALLER_NAME
        rest += _pack_name(token.caller_name) + _pack_name(token.caller_own)
    if token.callee_name:
        flags |= _HAS_CALLEE_NAME
        rest += _pack_name(token.callee_name)
    head = _HEAD.pack(VERSION, flags, (token.call_id or _NO_CALL).bytes, token.caller_mark)
    signature = _sign(head + rest, sip_call_id, key)
    if flags & _HAS_NAMES:
        rest = _masked(rest, signature, key)
    return base64.urlsafe_b64encode(head + rest + signature).rstrip(b"=").decode("ascii")


def read_token(user: str | None, sip_call_id: str, key: bytes) -> DialogToken | None:
    """The token in a Route's user part; None when it is not ours, was altered, or is of another Call-ID."""
    try:
        text = user or ""
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return None
    packed, signature = raw[:-SIGNATURE_BYTES], raw[-SIGNATURE_BYTES:]
    if len(packed) < _HEAD.size:
        return None
    version, flags, call_id, caller_mark = _HEAD.unpack_from(packed)
    rest = packed[_HEAD.size :]
    if flags & _HAS_NAMES:
        rest = _masked(rest, signature, key)
        packed = packed[: _HEAD.size] + rest
    if not hmac.compare_digest(signature, _sign(packed, sip_call_id, key)):
        return None
    if version != VERSION:
        return None
    caller_flow, rest = _unpack_flow(rest) if flags & _HAS_CALLER_FLOW else (None, rest)
    callee_flow, rest = _unpack_flow(rest) if flags & _HAS_CALLEE_FLOW else (None, rest)
    caller_gateway, rest = _unpack_gateway(rest) if flags & _HAS_CALLER_GATEWAY else (0, rest)
    callee_gateway, rest = _unpack_gateway(rest) if flags & _HAS_CALLEE_GATEWAY else (0, rest)
    token = DialogToken(
        None if call_id == _NO_CALL.bytes else UUID(bytes=call_id),
        caller_mark,
        caller_flow,
        callee_flow,
        bool(flags & _CALLER_IS_GATEWAY),
        bool(flags & _CALLEE_IS_GATEWAY),
        caller_gateway,
        callee_gateway,
    )
    return _with_names(token, flags, rest) if flags & _HAS_NAMES else token


def _with_names(token: DialogToken, flags: int, packed: bytes) -> DialogToken:
    if flags & _HAS_CALLER_NAME:
        name, packed = _unpack_name(packed)
        own, packed = _unpack_name(packed)
        token = token._replace(caller_name=name or HIDDEN, caller_own=own)
    if flags & _HAS_CALLEE_NAME:
        name, packed = _unpack_name(packed)
        token = token._replace(callee_name=name or HIDDEN)
    return token


def _sign(packed: bytes, sip_call_id: str, key: bytes) -> bytes:
    text = packed + sip_call_id.encode("utf-8", "surrogateescape")
    return hashlib.blake2b(text, key=key, digest_size=SIGNATURE_BYTES).digest()


def _masked(data: bytes, signature: bytes, key: bytes) -> bytes:
    """`data` as nobody else reads it, and back: combined with what the key makes of the signature, which no other data
    has (a synthetic IV, as in RFC 5297)."""
    stream = hashlib.shake_256(key + signature).digest(len(data))
    return (int.from_bytes(data) ^ int.from_bytes(stream)).to_bytes(len(data))


def _pack_name(name: str) -> bytes:
    """The anonymous one, which all hidden callers have, as an empty one; one that is too long likewise: better nobody's
    than another's."""
    encoded = b"" if name == HIDDEN else name.encode("utf-8", "surrogateescape")
    if len(encoded) > _LONGEST_NAME:
        encoded = b""
    return bytes([len(encoded)]) + encoded


def _unpack_name(data: bytes) -> tuple[str, bytes]:
    end = 1 + data[0]
    return data[1:end].decode("utf-8", "surrogateescape"), data[end:]


def _pack_flow(flow: Flow) -> bytes:
    address = _packed(flow.host)
    transport = _TRANSPORTS.index(flow.transport)
    if not flow.connection:
        return bytes([len(address)]) + address + _FLOW.pack(transport, flow.port, flow.local)
    head = _FLOW.pack(transport | _HAS_CONNECTION, flow.port, flow.local)
    return bytes([len(address)]) + address + head + _CONNECTION.pack(flow.connection)


def _unpack_flow(data: bytes) -> tuple[Flow, bytes]:
    size = data[0]
    host = _unpacked(data[1 : 1 + size])
    transport, port, local = _FLOW.unpack_from(data, 1 + size)
    rest = data[1 + size + _FLOW.size :]
    if not transport & _HAS_CONNECTION:
        return Flow(_TRANSPORTS[transport], host, port, local), rest
    (connection,) = _CONNECTION.unpack_from(rest)
    return Flow(_TRANSPORTS[transport ^ _HAS_CONNECTION], host, port, local, connection), rest[_CONNECTION.size :]


def _unpack_gateway(data: bytes) -> tuple[int, bytes]:
    (gateway,) = _GATEWAY.unpack_from(data)
    return gateway, data[_GATEWAY.size :]


@lru_cache(maxsize=4096)
def _packed(host: str) -> bytes:
    return ipaddress.ip_address(host).packed


@lru_cache(maxsize=4096)
def _unpacked(address: bytes) -> str:
    return str(ipaddress.ip_address(address))
