"""/etc/hosts, and `localhost`: names that no name server is asked for."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from pathlib import Path
from typing import Final

LOOK_AGAIN: Final = 5.0  # seconds until a change of the file is seen
_LOCALHOST: Final = ("::1", "127.0.0.1")


def parse_hosts(text: str) -> dict[str, tuple[str, ...]]:
    """Names, in lower case, and their addresses as they stand there. What cannot be read is skipped."""
    found: dict[str, tuple[str, ...]] = {}
    for line in text.splitlines():
        address, *names = line.partition("#")[0].split() or ("",)
        if not _is_address(address):
            continue
        for name in names:
            key = name.lower().rstrip(".")
            found[key] = (*found.get(key, ()), address)
    return found


def _is_address(text: str) -> bool:
    """Whether it is an address that anybody can send to: not one with a scope, such as fe80::1%eth0."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text


class HostsFile:
    """The file, read again when it has changed. `now`: seconds of a monotonic clock."""

    def __init__(self, path: Path = Path("/etc/hosts")) -> None:
        self._path = path
        self._looked_at: float | None = None
        self._stamp: tuple[int, int] | None = None
        self._names: Mapping[str, tuple[str, ...]] = {}

    def addresses(self, name: str, now: float) -> tuple[str, ...] | None:
        """The addresses of a name (lower case, without the last dot); None when it does not stand there.

        localhost and all below it are this machine, whatever the file says (RFC 6761 §6.3).
        """
        if name == "localhost" or name.endswith(".localhost"):
            return _LOCALHOST
        if self._looked_at is None or now >= self._looked_at + LOOK_AGAIN:
            self._looked_at = now
            self._read()
        return self._names.get(name)

    def _read(self) -> None:
        try:
            status = self._path.stat()
            stamp = (status.st_mtime_ns, status.st_size)
            if stamp != self._stamp:
                self._names = parse_hosts(self._path.read_text(errors="replace"))
                self._stamp = stamp
        except OSError:
            self._names, self._stamp = {}, None
