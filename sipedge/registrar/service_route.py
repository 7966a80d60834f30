"""Service-Route: which proxy a phone shall send its requests through (RFC 3608)."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from sipedge.listeners import Listener

_SECURE: Final = ("tls", "wss")
_NONE: Final[tuple[tuple[str, str], ...]] = ()


@lru_cache(maxsize=1024)
def service_route(listener: Listener, known_as: str) -> tuple[tuple[str, str], ...]:
    """The header for the 200 to a REGISTER that came by `listener`: this edge, by that very address; () for none.

    known_as: the host that the REGISTER was sent to. None is given where it could do harm: to a phone that knows us by
    another address (there is a NAT on our side, and what we advertise may lead nowhere from there), and on TLS where
    we have no name to advertise, since no certificate would prove an address.
    """
    is_address = _is_address(listener.advertised_host)
    if is_address and listener.transport in _SECURE:
        return _NONE
    if _is_address(known_as) and known_as != listener.advertised_host.lower():
        return _NONE
    transport = "" if listener.transport == "udp" else f";transport={listener.transport}"
    return (("Service-Route", f"<sip:{listener.sent_by};lr{transport}>"),)


def _is_address(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()
