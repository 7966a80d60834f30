"""The edge's settings: environment variables, else $DATA_DIR/run/env, else defaults (docs: the contract's table)."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sipedge.listeners import Listener

METRICS_PORT_OFFSET: Final = 4404


class ConfigError(Exception):
    """A variable is missing or wrong; the text says which one and what to do, for the person who started us."""


@dataclass(frozen=True, slots=True)
class Address:
    """A host and a port, as one variable holds them."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class EdgeConfig:
    """All that the edge is told from outside."""

    name: str
    sip_bind: Address
    advertise: Address
    metrics_bind: Address
    database_url: str
    credential_keys: tuple[str, ...]
    record_route_key: bytes
    data_dir: Path
    log_messages: bool

    @property
    def listeners(self) -> tuple[Listener, ...]:
        """Where the edge listens, in the order of `Flow.local`."""
        bind, shown = self.sip_bind, self.advertise
        return tuple(Listener(name, bind.host, bind.port, shown.host, shown.port) for name in ("udp", "tcp"))

    @property
    def run_dir(self) -> Path:
        """Where pid files live."""
        return self.data_dir / "run"


def load_config(environ: Mapping[str, str]) -> EdgeConfig:
    """Read the configuration. Raises ConfigError with a sentence for the operator."""
    data_dir = Path(environ.get("DATA_DIR") or "var")
    variables = {**_read_env_file(data_dir / "run" / "env"), **{k: v for k, v in environ.items() if v}}
    sip_bind = _address(variables, "SIP_BIND", "127.0.0.1:5060")
    metrics = f"{_bracketed(sip_bind.host)}:{min(sip_bind.port + METRICS_PORT_OFFSET, 65535)}"
    advertise = _address(variables, "SIP_ADVERTISE", str(sip_bind), literal=False)
    if advertise.host in ("0.0.0.0", "::"):  # noqa: S104  compared with, not bound to
        raise ConfigError("SIP_BIND is every address of this machine: say in SIP_ADVERTISE which one phones shall use.")
    keys = tuple(key.strip() for key in _required(variables, "CREDENTIAL_KEYS").split(",") if key.strip())
    return EdgeConfig(
        name=variables.get("EDGE_NAME") or socket.gethostname(),
        sip_bind=sip_bind,
        advertise=advertise,
        metrics_bind=_address(variables, "METRICS_BIND", metrics),
        database_url=_required(variables, "DATABASE_URL"),
        credential_keys=keys,
        record_route_key=derive_key(_required(variables, "SECRET_KEY"), "record-route"),
        data_dir=data_dir,
        log_messages=variables.get("SIP_LOG_MESSAGES", "").lower() in ("1", "true", "yes", "on"),
    )


def derive_key(secret: str, purpose: str) -> bytes:
    """32 bytes for one purpose from SECRET_KEY (HKDF, RFC 5869): the same on every edge and after every restart."""
    info = f"freiton edge {purpose}".encode("ascii")
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret.encode())


def parse_address(text: str, *, literal: bool = True) -> Address:
    """'127.0.0.1:5060' or '[::1]:5060'; a host name too unless `literal`. Raises ValueError."""
    host, separator, port = text.rpartition(":")
    if not separator or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError(text)
    host = host.strip("[]")
    if literal:
        ipaddress.ip_address(host)
    return Address(host, int(port))


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _address(variables: Mapping[str, str], name: str, default: str, *, literal: bool = True) -> Address:
    text = variables.get(name) or default
    try:
        return parse_address(text, literal=literal)
    except ValueError:
        raise ConfigError(f"{name} is {text!r}: write it as ADDRESS:PORT, such as 127.0.0.1:5060.") from None


def _required(variables: Mapping[str, str], name: str) -> str:
    value = variables.get(name)
    if not value:
        raise ConfigError(f"{name} is not set, and $DATA_DIR/run/env has none: set it, or start by `make run`.")
    return value


def _read_env_file(path: Path) -> dict[str, str]:
    """KEY=value lines; what `make run` left there so that a part started alone finds the embedded services."""
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return {}
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip().strip("'\"") for name, _, value in pairs}
