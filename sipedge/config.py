"""The edge's settings: one value made of all variables (docs/operations.md has the table)."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sipedge.binds import plain_listeners, read_listeners
from sipedge.listeners import Listener
from sipedge.transport.certificates import TlsFiles
from sipedge.transport.limits import TransportLimits
from sipedge.variables import ROOT, Address, ConfigError, Variables, data_dir_of, gather, is_literal, parse_address

__all__ = ["Address", "ConfigError", "EdgeConfig", "derive_key", "load_config", "plain_listeners"]

METRICS_PORT_OFFSET: Final = 4404
DEFAULT_RATE_LIMIT: Final = 1000
DEFAULT_SESSION_EXPIRES: Final = 1800


@dataclass(frozen=True, slots=True)
class EdgeConfig:
    """All that the edge is told from outside.

    listeners: where it listens, in the order of `Flow.local`; the first one is UDP. nameservers: (address, port), none
    for those of the system. redis_url: '' for none. rate_limit: requests a second that one source may send without
    proving who it is, 0 for no limit. ws_origins: the web pages that may connect, None for all. nat_ping: seconds
    between two keep-alive OPTIONS to a phone behind NAT, 0 for none. session_expires: seconds of the session timer that
    the edge asks for, 0 for none.
    """

    name: str
    listeners: tuple[Listener, ...]
    metrics_bind: Address
    database_url: str
    credential_keys: tuple[str, ...]
    record_route_key: bytes
    data_dir: Path
    log_messages: bool = False
    nameservers: tuple[tuple[str, int], ...] = ()
    redis_url: str = ""
    rate_limit: int = DEFAULT_RATE_LIMIT
    tls: TlsFiles = field(default_factory=TlsFiles)
    ws_origins: tuple[str, ...] | None = ()
    limits: TransportLimits = field(default_factory=TransportLimits)
    nat_ping: int = 0
    session_expires: int = DEFAULT_SESSION_EXPIRES

    @property
    def run_dir(self) -> Path:
        """Where pid files live."""
        return self.data_dir / "run"


def load_config(environ: Mapping[str, str], dotenv: Path = ROOT / ".env") -> EdgeConfig:
    """Read the configuration. Raises ConfigError with a sentence for the operator."""
    variables = gather(environ, dotenv)
    listeners = read_listeners(variables)
    metrics = Address(listeners[0].host, min(listeners[0].port + METRICS_PORT_OFFSET, 65535))
    credential_keys = tuple(variables.required("CREDENTIAL_KEYS").replace(",", " ").split())
    return EdgeConfig(
        name=variables.text("EDGE_NAME") or socket.gethostname(),
        listeners=listeners,
        metrics_bind=variables.address("METRICS_BIND", str(metrics)),
        database_url=variables.required("DATABASE_URL"),
        credential_keys=credential_keys,
        record_route_key=derive_key(variables.required("SECRET_KEY"), "record-route"),
        data_dir=data_dir_of({"DATA_DIR": variables.text("DATA_DIR")}),
        log_messages=variables.switch("SIP_LOG_MESSAGES", default=False),
        nameservers=_nameservers(variables),
        redis_url=variables.text("REDIS_URL"),
        rate_limit=variables.number("SIP_RATE_LIMIT", DEFAULT_RATE_LIMIT, 0, 1_000_000),
        tls=_tls_files(variables),
        ws_origins=_origins(variables),
        limits=_limits(variables),
        nat_ping=variables.number("SIP_NAT_PING", 0, 0, 3600),
        session_expires=variables.number("SIP_SESSION_EXPIRES", DEFAULT_SESSION_EXPIRES, 0, 86_400),
    )


def _tls_files(variables: Variables) -> TlsFiles:
    """SIP_TLS_CERTIFICATES: `chain.pem:key.pem` each, or one file that holds both; relative to the project's root."""
    pairs = [item.partition(":")[::2] for item in variables.items("SIP_TLS_CERTIFICATES")]
    client_ca, ca = variables.text("SIP_TLS_CLIENT_CA"), variables.text("SIP_TLS_CA")
    return TlsFiles(
        tuple((_path(chain), _path(key or chain)) for chain, key in pairs),
        _path(client_ca) if client_ca else None,
        _path(ca) if ca else None,
    )


def _path(text: str) -> Path:
    return ROOT / Path(text).expanduser()


def _origins(variables: Variables) -> tuple[str, ...] | None:
    """SIP_WS_ORIGINS; without it the portal's own (PUBLIC_URL)."""
    default = variables.text("PUBLIC_URL", f"http://{variables.text('HTTP_BIND', '127.0.0.1:8000')}")
    found = variables.items("SIP_WS_ORIGINS", default)
    if found == ("*",):
        return None
    try:
        return tuple(_origin(text) for text in found)
    except ValueError:
        shown = variables.text("SIP_WS_ORIGINS", default)
        raise ConfigError(f"SIP_WS_ORIGINS is {shown!r}: write origins, such as https://example.org, or *.") from None


def _origin(text: str) -> str:
    """As browsers write it (RFC 6454 §6.2): in lower case, without the scheme's own port. Raises ValueError."""
    parts = urlsplit(text.lower())
    if not parts.scheme or not parts.hostname or parts.path.strip("/") or parts.query or "@" in parts.netloc:
        raise ValueError(text)
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    own = {"http": 80, "https": 443}.get(parts.scheme)
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port and parts.port != own else "")


def _limits(variables: Variables) -> TransportLimits:
    """What an operator may want to change of the transports' bounds."""
    usual = TransportLimits()
    return replace(
        usual,
        connections=variables.number("SIP_CONNECTIONS", usual.connections, 1, 1_000_000),
        connections_by_source=variables.number("SIP_CONNECTIONS_BY_SOURCE", usual.connections_by_source, 1, 1_000_000),
        handshakes=variables.number("SIP_TLS_HANDSHAKES", usual.handshakes, 1, 100_000),
        idle_timeout=variables.number("SIP_IDLE_SECONDS", int(usual.idle_timeout), 60, 1_000_000),
    )


def _nameservers(variables: Variables) -> tuple[tuple[str, int], ...]:
    """SIP_NAMESERVERS: IP addresses, with a port where it is not 53."""
    text = variables.text("SIP_NAMESERVERS")
    try:
        found = [parse_address(item, 53) for item in variables.items("SIP_NAMESERVERS")]
    except ValueError:
        raise ConfigError(
            f"SIP_NAMESERVERS is {text!r}: write IP addresses, such as 192.0.2.53, [2001:db8::53]:53."
        ) from None
    if not all(is_literal(address.host) for address in found):
        raise ConfigError(f"SIP_NAMESERVERS is {text!r}: name servers are written as IP addresses, not as names.")
    return tuple((address.host, address.port) for address in found)


def derive_key(secret: str, purpose: str) -> bytes:
    """32 bytes for one purpose from SECRET_KEY (HKDF, RFC 5869): the same on every edge and after every restart."""
    info = f"freiton edge {purpose}".encode("ascii")
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret.encode())
