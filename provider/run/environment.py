"""What the operator sets: the variables of the contract, read, checked, and completed with their defaults.

Values come from the process's environment, then from `.env` in the project's root, then (only for parts and
commands that are started alone) from `$DATA_DIR/run/env`, where a running instance keeps its URLs and keys.
A wrong value raises `VariableError` with one plain sentence that names the variable.
"""

import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, TypeVar

import environ

from provider.run import values as read
from provider.run.address import Address, parse_address
from provider.run.errors import VariableError
from provider.run.values import Network
from sipedge.binds import read_listeners
from sipedge.listeners import Listener
from sipedge.variables import ConfigError, Variables

ROOT = Path(__file__).resolve().parent.parent.parent

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Variable:
    """A row of the contract's table: name, default and meaning in words."""

    name: str
    default: str
    meaning: str


VARIABLES = (
    Variable("DATABASE_URL", "none: embedded PostgreSQL under DATA_DIR", "PostgreSQL 15 or newer"),
    Variable("REDIS_URL", "none: embedded Valkey under DATA_DIR", "Redis or Valkey"),
    Variable("DATA_DIR", "./var", "everything that is written at run time"),
    Variable("HTTP_BIND", "127.0.0.1:8000", "panel, portal and API"),
    Variable("SIP_BIND", "127.0.0.1:5060", "SIP over UDP and TCP; several addresses with commas between"),
    Variable("SIP_TLS_BIND", "SIP_BIND's hosts, port + 1", "SIP over TLS, where there is a certificate"),
    Variable("SIP_WS_BIND", "SIP_BIND's hosts, port + 20", "SIP over WebSocket"),
    Variable("SIP_WSS_BIND", "SIP_BIND's hosts, port + 21", "SIP over secure WebSocket, where there is a certificate"),
    Variable("SIP_TLS_CERTIFICATES", "none", "PEM files, chain.pem:key.pem each"),
    Variable("SIP_ADVERTISE", "the bound addresses", "host:port written into Via and Record-Route"),
    Variable("METRICS_BIND", "the host of SIP_BIND, its port + 4404", "Prometheus metrics of the edge"),
    Variable("PUBLIC_URL", "http:// + HTTP_BIND", "where people reach the web"),
    Variable("TRUSTED_PROXIES", "none", "whose X-Forwarded-* count"),
    Variable("EDGE_NAME", "the host's name", "this edge among several"),
    Variable("NUMBER_QUARANTINE_DAYS", "30", "days that a number rests after its release; 0: none"),
    Variable("CALL_RETENTION_MONTHS", "24", "whole months that calls are kept; 0: for ever"),
    Variable("EVENT_RETENTION_DAYS", "30", "whole days that events are kept"),
    Variable("TOKEN_RETENTION_DAYS", "365", "days that tokens are kept after their end; 0: for ever"),
    Variable("WEBHOOK_NETWORKS", "none", "internal networks that webhooks may be sent to all the same"),
    Variable("EMAIL_URL", "a file mailbox under DATA_DIR", "SMTP"),
    Variable("DEMO", "1 with the embedded database, else 0", "whether the first start writes demo data"),
    Variable("SECRET_KEY", "made on the first start and kept in DATA_DIR", "Django's key"),
    Variable("CREDENTIAL_KEYS", "made on the first start and kept in DATA_DIR", "encrypt SIP secrets"),
)

SIP_LISTENING = {
    "SIP_BIND": "127.0.0.1:5060",
    "SIP_TLS_BIND": "",
    "SIP_WS_BIND": "",
    "SIP_WSS_BIND": "",
    "SIP_TLS_CERTIFICATES": "",
    "SIP_ADVERTISE": "",
}
"""Variables that say where the edge listens, and their defaults; the edge's own code reads them."""

SECRET = frozenset({"DATABASE_URL", "REDIS_URL", "EMAIL_URL", "SECRET_KEY", "CREDENTIAL_KEYS"})
"""Values that are never shown, not even in an error."""


@dataclass(frozen=True, slots=True)
class Environment:
    """All variables in effect. `None` for a URL means embedded; empty keys mean not made yet.

    sip_bind: the first address of SIP_BIND. sip: SIP_LISTENING as they were said.
    """

    data_dir: Path
    database_url: str | None
    redis_url: str | None
    http_bind: Address
    sip_bind: Address
    metrics_bind: Address
    sip: tuple[tuple[str, str], ...]
    public_url: str
    trusted_proxies: tuple[Network, ...]
    edge_name: str
    number_quarantine_days: int
    call_retention_months: int
    event_retention_days: int
    token_retention_days: int
    webhook_networks: tuple[Network, ...]
    email_url: str
    demo: bool
    secret_key: str
    credential_keys: tuple[str, ...]

    @property
    def run_dir(self) -> Path:
        """Where pid files and `env` of the running instance are."""
        return self.data_dir / "run"

    def as_variables(self) -> dict[str, str]:
        """The contract's variables with the values in effect, as a part that is started gets them."""
        values = {
            "DATABASE_URL": self.database_url or "",
            "REDIS_URL": self.redis_url or "",
            "DATA_DIR": str(self.data_dir),
            "HTTP_BIND": str(self.http_bind),
            **dict(self.sip),
            "METRICS_BIND": str(self.metrics_bind),
            "PUBLIC_URL": self.public_url,
            "TRUSTED_PROXIES": ",".join(map(str, self.trusted_proxies)),
            "EDGE_NAME": self.edge_name,
            "NUMBER_QUARANTINE_DAYS": str(self.number_quarantine_days),
            "CALL_RETENTION_MONTHS": str(self.call_retention_months),
            "EVENT_RETENTION_DAYS": str(self.event_retention_days),
            "TOKEN_RETENTION_DAYS": str(self.token_retention_days),
            "WEBHOOK_NETWORKS": ",".join(map(str, self.webhook_networks)),
            "EMAIL_URL": self.email_url,
            "DEMO": "1" if self.demo else "0",
            "SECRET_KEY": self.secret_key,
            "CREDENTIAL_KEYS": ",".join(self.credential_keys),
        }
        return _filled(values)

    @property
    def sip_listeners(self) -> tuple[Listener, ...]:
        """Where the edge listens. Raises VariableError: phones could not send there."""
        try:
            return read_listeners(Variables(dict(self.sip)))
        except ConfigError as error:
            raise VariableError(str(error)) from None

    @property
    def is_https(self) -> bool:
        """Whether people reach the web by TLS (a proxy in front of us ends it)."""
        return self.public_url.startswith("https://")


def read_environment(given: Mapping[str, str] | None = None, *, running: bool = True) -> Environment:
    """Reads and checks every variable; `running` also looks into `$DATA_DIR/run/env`.

    `given` stands for the process's environment (the real one by default). Raises VariableError.
    """
    values = _gather(os.environ if given is None else given, running)
    http_bind = _checked(values, "HTTP_BIND", parse_address, "127.0.0.1:8000")
    sip_bind = _checked(values, "SIP_BIND", read.first_address, "127.0.0.1:5060")
    database_url = _checked(values, "DATABASE_URL", read.database_url, "")
    data_dir = _data_dir(values)
    return Environment(
        data_dir=data_dir,
        database_url=database_url or None,
        redis_url=_checked(values, "REDIS_URL", read.redis_url, "") or None,
        http_bind=http_bind,
        sip_bind=sip_bind,
        metrics_bind=_checked(values, "METRICS_BIND", parse_address, read.metrics_default(sip_bind)),
        sip=tuple((name, values.get(name, "").strip() or SIP_LISTENING[name]) for name in SIP_LISTENING),
        public_url=_checked(values, "PUBLIC_URL", read.public_url, f"http://{http_bind}"),
        trusted_proxies=_checked(values, "TRUSTED_PROXIES", read.networks, ""),
        edge_name=_checked(values, "EDGE_NAME", read.edge_name, socket.gethostname()),
        number_quarantine_days=_checked(values, "NUMBER_QUARANTINE_DAYS", read.days, "30"),
        call_retention_months=_checked(values, "CALL_RETENTION_MONTHS", read.months, "24"),
        event_retention_days=_checked(values, "EVENT_RETENTION_DAYS", read.event_days, "30"),
        token_retention_days=_checked(values, "TOKEN_RETENTION_DAYS", read.days, "365"),
        webhook_networks=_checked(values, "WEBHOOK_NETWORKS", read.networks, ""),
        email_url=_checked(values, "EMAIL_URL", read.email_url, f"filemail://{data_dir / 'mail'}"),
        demo=_checked(values, "DEMO", read.switch, "0" if database_url else "1"),
        secret_key=_checked(values, "SECRET_KEY", read.secret_key, ""),
        credential_keys=_checked(values, "CREDENTIAL_KEYS", read.fernet_keys, ""),
    )


def read_file(file: Path) -> dict[str, str]:
    """The NAME=value lines of a file like `.env`; empty when there is none."""

    class Reader(environ.Env):
        ENVIRON: ClassVar[dict[str, str]] = {}

    if file.exists():
        Reader.read_env(file)
    return Reader.ENVIRON


def _gather(given: Mapping[str, str], running: bool) -> dict[str, str]:
    """Later sources fill what earlier ones leave out; an empty value counts as left out."""
    values = read_file(ROOT / ".env") | _filled(given)
    if running:
        values = read_file(_data_dir(values) / "run" / "env") | values
    return values


def _filled(values: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value.strip()}


def _data_dir(values: Mapping[str, str]) -> Path:
    return (ROOT / Path(values.get("DATA_DIR", "").strip() or "var").expanduser()).resolve()


def _checked(values: Mapping[str, str], name: str, reader: Callable[[str], T], default: str) -> T:
    text = values.get(name, "").strip() or default
    try:
        return reader(text)
    except ValueError as error:
        shown = "" if name in SECRET else f" ({text})"
        raise VariableError(f"The variable {name}{shown} {error}.") from None
