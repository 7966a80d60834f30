"""How the edge reads its variables: the process's environment, then `.env`, then $DATA_DIR/run/env.

An empty value counts as left out. Errors are one sentence for the person who starts us.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
_SWITCHES: Final = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False,
                    "off": False}  # fmt: skip
_ADDRESS = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::([0-9]{1,5}))?")


class ConfigError(Exception):
    """A variable is missing or wrong; the text says which one and what to do, for the person who started us."""


@dataclass(frozen=True, slots=True)
class Address:
    """A host and a port, as one variable holds them."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_wildcard(self) -> bool:
        """Whether this is every address of the machine: to listen on, never to be told to anybody."""
        return self.host in ("0.0.0.0", "::")  # noqa: S104  compared, not bound


class Variables:
    """The variables in effect, read one by one. All methods raise ConfigError."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = {name: value.strip() for name, value in values.items() if value.strip()}

    def text(self, name: str, default: str = "") -> str:
        """Any text."""
        return self._values.get(name, default)

    def required(self, name: str) -> str:
        """Text that must be there."""
        value = self._values.get(name)
        if not value:
            raise ConfigError(f"{name} is not set, and $DATA_DIR/run/env has none: set it, or start by `make run`.")
        return value

    def items(self, name: str, default: str = "") -> tuple[str, ...]:
        """A list, separated by commas."""
        return tuple(item.strip() for item in self.text(name, default).split(",") if item.strip())

    def addresses(self, name: str, default: str) -> tuple[Address, ...]:
        """A list of ADDRESS:PORT to listen on, with at least one; each stands there once."""
        found = self.places(name, default)
        if not all(is_literal(address.host) for address in found):
            raise ConfigError(f"{name} is {self.text(name)!r}: write it as ADDRESS:PORT, such as 127.0.0.1:5060.")
        if len(set(found)) < len(found):
            raise ConfigError(f"{name} is {self.text(name)!r}: it names an address twice.")
        return found

    def places(self, name: str, default: str, port: int | None = None) -> tuple[Address, ...]:
        """A list of HOST:PORT with at least one, hosts by name or address. port: where one names none."""
        try:
            found = tuple(parse_address(item, port) for item in self.items(name, default))
        except ValueError:
            found = ()
        if not found:
            shown = self.text(name, default)
            raise ConfigError(f"{name} is {shown!r}: write it as ADDRESS:PORT, such as 127.0.0.1:5060.")
        return found

    def address(self, name: str, default: str) -> Address:
        """One ADDRESS:PORT."""
        found = self.addresses(name, default)
        if len(found) > 1:
            raise ConfigError(f"{name} is {self.text(name)!r}: it can be one address only.")
        return found[0]

    def number(self, name: str, default: int, smallest: int, largest: int) -> int:
        """A whole number within bounds."""
        text = self.text(name, str(default))
        if not (text.isascii() and text.isdigit() and len(text) < 10 and smallest <= int(text) <= largest):
            raise ConfigError(f"{name} is {text!r}: write a whole number from {smallest} to {largest}.")
        return int(text)

    def switch(self, name: str, *, default: bool) -> bool:
        """1 or 0, and the usual words for them."""
        text = self.text(name, "1" if default else "0").lower()
        if text not in _SWITCHES:
            raise ConfigError(f"{name} is {text!r}: write 1 or 0.")
        return _SWITCHES[text]


def parse_address(text: str, port: int | None = None) -> Address:
    """'127.0.0.1:5060', '[::1]:5060' or 'sip.example.org:5060'. port: where the text names none. Raises ValueError."""
    match = _ADDRESS.fullmatch(text)
    if match is None or not (match[3] or port) or not 0 < int(match[3] or port or 0) < 65536:
        raise ValueError(text)
    host = str(ipaddress.IPv6Address(match[1])) if match[1] else match[2].lower()
    if is_literal(host):
        ipaddress.ip_address(host)
    return Address(host, int(match[3] or port or 0))


def is_literal(host: str) -> bool:
    """Whether a host is an IP address, without brackets."""
    return ":" in host or host.replace(".", "").isdigit()


def gather(environ: Mapping[str, str], dotenv: Path) -> Variables:
    """All variables: what the process was given counts most, what a running instance left counts least."""
    values = {**read_file(dotenv), **{name: value for name, value in environ.items() if value.strip()}}
    data_dir = data_dir_of(values)
    return Variables({**read_file(data_dir / "run" / "env"), **values})


def data_dir_of(values: Mapping[str, str]) -> Path:
    """DATA_DIR, relative to the project's root."""
    return (ROOT / Path(values.get("DATA_DIR", "").strip() or "var").expanduser()).resolve()


def read_file(path: Path) -> dict[str, str]:
    """NAME=value lines, as `.env` and `make run` write them; quotes and `export` are taken off. {}: no such file."""
    try:
        lines: Sequence[str] = path.read_text().splitlines()
    except OSError:
        return {}
    found = {}
    for line in lines:
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and not name.startswith("#"):
            found[name.strip()] = _unquoted(value.strip())
    return {name: value for name, value in found.items() if value}


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1]
    return value
