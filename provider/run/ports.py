"""Ports: which are free, and a plain sentence when one is not."""

import errno
import socket
from pathlib import Path

from provider.run.address import Address
from provider.run.errors import StartError


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def bind_error(address: Address, kind: socket.SocketKind) -> OSError | None:
    """Why one cannot bind there, or None when one can."""
    with socket.socket(_family(address.host), kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if _family(address.host) == socket.AF_INET6:
            probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        try:
            probe.bind((address.host, address.port))
        except OSError as error:
            return error
    return None


def check_free(variable: str, address: Address, *kinds: socket.SocketKind) -> None:
    """Raises StartError, naming the variable to change, when the address cannot be bound."""
    for kind in kinds:
        error = bind_error(address, kind)
        if error is None:
            continue
        protocol = "TCP" if kind == socket.SOCK_STREAM else "UDP"
        raise StartError(
            f"{_reason(address, protocol, error)}: stop what uses it or set {variable} to another address."
        )


def _reason(address: Address, protocol: str, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {address.port}/{protocol} on {address.host} is taken by another program"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"This machine has no address {address.host}, so {address}/{protocol} cannot be opened"
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"This user may not open port {address.port}/{protocol} on {address.host}"
    return f"{address}/{protocol} cannot be opened ({error.strerror})"


def free_port(host: str = "127.0.0.1") -> int:
    """A TCP port that nobody has just now."""
    with socket.socket(_family(host), socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def remembered_port(file: Path, host: str = "127.0.0.1") -> int:
    """The port that the file remembers when it is still free, else a new one, which is then remembered."""
    try:
        port = int(file.read_text())
        if 0 < port < 65536 and bind_error(Address(host, port), socket.SOCK_STREAM) is None:
            return port
    except (FileNotFoundError, ValueError):
        pass
    port = free_port(host)
    file.write_text(f"{port}\n")
    return port
