"""Where the edge listens: SIP_BIND and its companions made into listeners.

Each address of SIP_BIND has UDP and TCP; WebSocket, and where there is a certificate TLS and secure WebSocket, are on
the same hosts at ports of their own, unless their variables say otherwise (`off`: not at all).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from sipedge.listeners import Listener
from sipedge.variables import Address, ConfigError, Variables

_DEFAULT: Final = "127.0.0.1:5060"


class _Companion(NamedTuple):
    """A transport that listens beside UDP and TCP. offset: its port, less SIP_BIND's."""

    transport: str
    variable: str
    offset: int
    needs_certificate: bool


_COMPANIONS: Final = (
    _Companion("tls", "SIP_TLS_BIND", 1, needs_certificate=True),
    _Companion("ws", "SIP_WS_BIND", 20, needs_certificate=False),
    _Companion("wss", "SIP_WSS_BIND", 21, needs_certificate=True),
)


def read_listeners(variables: Variables) -> tuple[Listener, ...]:
    """All listeners, in the order of `Flow.local`: UDP and TCP first. Raises ConfigError."""
    binds = variables.addresses("SIP_BIND", _DEFAULT)
    shown = _advertised(variables, binds)
    listeners = [*plain_listeners(binds, shown)]
    has_certificate = bool(variables.text("SIP_TLS_CERTIFICATES"))
    for companion in _COMPANIONS:
        said = variables.text(companion.variable)
        if said.lower() == "off" or (companion.needs_certificate and not said and not has_certificate):
            continue
        if companion.needs_certificate and not has_certificate:
            raise ConfigError(f"{companion.variable} needs a certificate: name its files in SIP_TLS_CERTIFICATES.")
        own = variables.addresses(companion.variable, _default(companion, binds))
        listeners += [_companion_listener(companion, at, binds, shown) for at in own]
    return tuple(listeners)


def plain_listeners(binds: Sequence[Address], advertised: Sequence[Address] = ()) -> tuple[Listener, ...]:
    """UDP and TCP at each address. advertised: one for each, none: what is bound."""
    shown = advertised or binds
    return tuple(
        Listener(transport, bind.host, bind.port, at.host, at.port)
        for bind, at in zip(binds, shown, strict=True)
        for transport in ("udp", "tcp")
    )


def _advertised(variables: Variables, binds: tuple[Address, ...]) -> tuple[Address, ...]:
    """What each address of SIP_BIND is called outside: by position, or one for all."""
    found = variables.places("SIP_ADVERTISE", ",".join(map(str, binds)), port=5060)
    if len(found) == 1:
        found *= len(binds)
    if len(found) != len(binds):
        raise ConfigError("SIP_ADVERTISE must name one address for all of SIP_BIND, or one for each of them.")
    if any(address.is_wildcard for address in found):
        shown = variables.text("SIP_BIND")
        raise ConfigError(
            f"SIP_BIND ({shown}) is every address of this machine: say in SIP_ADVERTISE which one phones shall use."
        )
    return found


def _default(companion: _Companion, binds: tuple[Address, ...]) -> str:
    places = dict.fromkeys(Address(bind.host, bind.port + companion.offset) for bind in binds)
    if any(place.port > 65_535 for place in places):
        raise ConfigError(f"SIP_BIND leaves no port for {companion.variable}: say there where, or `off`.")
    return ",".join(map(str, places))


def _companion_listener(
    companion: _Companion, at: Address, binds: tuple[Address, ...], shown: tuple[Address, ...]
) -> Listener:
    """It is called as SIP_BIND's address of the same host (else the first), with its own port.

    Where ports are shifted on the way (SIP_BIND's and SIP_ADVERTISE's differ), this one is taken to be shifted too.
    """
    place = next((number for number, bind in enumerate(binds) if bind.host == at.host), 0)
    port = at.port + shown[place].port - binds[place].port
    return Listener(companion.transport, at.host, at.port, shown[place].host, port if 0 < port < 65_536 else at.port)
