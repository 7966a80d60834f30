"""Addresses to listen on, as written in variables: `127.0.0.1:8000`, `[::1]:5060`."""

import ipaddress
from dataclasses import dataclass

WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared with, not bound to


@dataclass(frozen=True, slots=True)
class Address:
    """Where a part listens, or where it can be reached: a host (an IPv6 literal without brackets) and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def with_port(self, port: int) -> "Address":
        """The same host with another port."""
        return Address(self.host, port)

    @property
    def is_wildcard(self) -> bool:
        """Whether this stands for every address of the machine: to listen on, never to be written into messages."""
        return self.host in WILDCARDS

    @property
    def reachable_host(self) -> str:
        """The host a client on this machine connects to: the wildcard addresses become loopback."""
        return WILDCARDS.get(self.host, self.host)


def parse_address(text: str, *, literal: bool = True) -> Address:
    """Reads `host:port`.

    `literal` wants an IP address for the host; without it a name is fine too. Raises ValueError, with a
    sentence's second half (what is wrong with the text).
    """
    host, colon, port_text = text.strip().rpartition(":")
    if not colon or not host:
        raise ValueError("is not of the form host:port")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise ValueError("needs brackets around an IPv6 address, as in [::1]:5060")
    return Address(_checked_host(host, literal), _checked_port(port_text))


def _checked_host(host: str, literal: bool) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        if literal:
            raise ValueError(f"names {host!r}, which is not an IP address") from None
        return host.lower()


def _checked_port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise ValueError(f"has the port {text!r}, which is not a number from 1 to 65535")
    return int(text)
