"""The edge's settings: one value made of all variables (docs/operations.md has the table)."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sipedge.listeners import Listener
from sipedge.variables import ROOT, Address, ConfigError, Variables, data_dir_of, gather

__all__ = ["Address", "ConfigError", "EdgeConfig", "derive_key", "load_config", "plain_listeners"]

METRICS_PORT_OFFSET: Final = 4404


@dataclass(frozen=True, slots=True)
class EdgeConfig:
    """All that the edge is told from outside.

    listeners: where it listens, in the order of `Flow.local`; the first one is UDP.
    """

    name: str
    listeners: tuple[Listener, ...]
    metrics_bind: Address
    database_url: str
    credential_keys: tuple[str, ...]
    record_route_key: bytes
    data_dir: Path
    log_messages: bool = False

    @property
    def run_dir(self) -> Path:
        """Where pid files live."""
        return self.data_dir / "run"


def load_config(environ: Mapping[str, str], dotenv: Path = ROOT / ".env") -> EdgeConfig:
    """Read the configuration. Raises ConfigError with a sentence for the operator."""
    variables = gather(environ, dotenv)
    binds = variables.addresses("SIP_BIND", "127.0.0.1:5060")
    shown = _advertised(variables, binds)
    metrics = Address(binds[0].host, min(binds[0].port + METRICS_PORT_OFFSET, 65535))
    credential_keys = tuple(variables.required("CREDENTIAL_KEYS").replace(",", " ").split())
    return EdgeConfig(
        name=variables.text("EDGE_NAME") or socket.gethostname(),
        listeners=plain_listeners(binds, shown),
        metrics_bind=variables.address("METRICS_BIND", str(metrics)),
        database_url=variables.required("DATABASE_URL"),
        credential_keys=credential_keys,
        record_route_key=derive_key(variables.required("SECRET_KEY"), "record-route"),
        data_dir=data_dir_of({"DATA_DIR": variables.text("DATA_DIR")}),
        log_messages=variables.switch("SIP_LOG_MESSAGES", default=False),
    )


def plain_listeners(binds: Sequence[Address], advertised: Sequence[Address] = ()) -> tuple[Listener, ...]:
    """UDP and TCP at each address. advertised: one for each, none: what is bound."""
    shown = advertised or binds
    return tuple(
        Listener(transport, bind.host, bind.port, at.host, at.port)
        for bind, at in zip(binds, shown, strict=True)
        for transport in ("udp", "tcp")
    )


def derive_key(secret: str, purpose: str) -> bytes:
    """32 bytes for one purpose from SECRET_KEY (HKDF, RFC 5869): the same on every edge and after every restart."""
    info = f"freiton edge {purpose}".encode("ascii")
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret.encode())


def _advertised(variables: Variables, binds: tuple[Address, ...]) -> tuple[Address, ...]:
    """What each address of SIP_BIND is called outside: by position, or one for all."""
    found = variables.places("SIP_ADVERTISE", ",".join(map(str, binds)), port=5060)
    if len(found) == 1:
        found *= len(binds)
    if len(found) != len(binds):
        raise ConfigError("SIP_ADVERTISE must name one address for all of SIP_BIND, or one for each of them.")
    if any(address.is_wildcard for address in found):
        raise ConfigError("SIP_BIND is every address of this machine: say in SIP_ADVERTISE which one phones shall use.")
    return found
