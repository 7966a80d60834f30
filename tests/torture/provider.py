"""A provider to whom every domain of the torture messages belongs: a whole edge on real sockets, its store in memory.

The edge runs in a thread with a loop of its own, so that a test is a plain sequence of what is sent and seen. Its
address is a random one of 127.0.0.0/8 with the port that RFC 5118 §4.4 names; to the outside it is the 127.0.0.1:5080
of mpart01's Route. Each user that a message is for has a phone in the store, and all phones are one socket.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
import threading
from dataclasses import replace
from pathlib import Path
from typing import Final, Self

from cryptography.fernet import Fernet

from sipedge.auth.ha1 import Ha1Set
from sipedge.config import load_config
from sipedge.edge import Edge
from sipedge.facts import DomainFacts, SubscriberFacts
from sipedge.registrar.binding import Binding
from sipedge.store.memory import MemoryStore
from sipedge.telemetry import Telemetry
from tests.sipedge.routing.network import AUSTRIA, PSTN
from tests.torture.expectations import called, registrations

PORT: Final = 5070
GATEWAYS: Final = "127.8.0.0/16"
PHONES: Final = "127.0.0.4"
PASSWORD: Final = "correct horse"
START_SECONDS: Final = 10.0
_DEFAULT: Final = DomainFacts(
    1,
    "example.com",
    ("example.com", "2001:db8::10", "2001:db8::192.0.2.1"),
    1,
    True,
    "MD5",
    AUSTRIA,
    True,
)
_OTHER_DOMAINS: Final = (
    *("example.net", "example.org", "company.com", "chair-dnrc.example.com"),
    *("services.example.com", "registrar.example.com"),
)


def _random_loopback() -> str:
    first, second, third = secrets.token_bytes(3)
    return f"127.{16 + first % 239}.{second}.{1 + third % 254}"


class Provider:
    """The edge, its store, and the socket of all phones. Use it as a context."""

    def __init__(self, folder: Path) -> None:
        self.address = (_random_loopback(), PORT)
        self.phones = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.phones.bind((PHONES, 0))
        self.store = MemoryStore()
        self.telemetry = Telemetry()
        self._folder = folder
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="edge", daemon=True)
        self._users: dict[str, SubscriberFacts] = {}
        self._fill()

    def __enter__(self) -> Self:
        self._thread.start()
        self._edge = self._wait(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self._wait(self._edge.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self.phones.close()

    def contact(self, aor: str) -> str:
        """The contact of the user's phone."""
        host, port = self.phones.getsockname()
        return f"sip:phone{self._users[aor].id}@{host}:{port}"

    def bindings(self, aor: str) -> tuple[str, ...]:
        """The contacts that are bound to an address-of-record now."""
        return tuple(binding.contact for binding in self._bindings_of(self._users[aor]))

    def all_bindings(self) -> set[tuple[str, str]]:
        """Every binding in the store, as (address-of-record, contact)."""
        return {(aor, contact) for aor in self._users for contact in self.bindings(aor)}

    def forget(self, aor: str) -> None:
        """Leave the user without a phone."""
        self._wait(self._put(self._users[aor]))

    def register_phones(self) -> None:
        """Give every user that a message is for its phone, and nobody any other."""
        reachable = called()
        for aor, user in self._users.items():
            self._wait(self._put(user, *([self._binding(aor)] if aor in reachable else [])))

    def _fill(self) -> None:
        domains = [_DEFAULT]
        for number, name in enumerate(_OTHER_DOMAINS, start=2):
            domains.append(replace(_DEFAULT, id=number, name=name, names=(name,), is_default=False, reseller_id=2))
        for domain in domains:
            self.store.domains.put(domain)
        gateway = replace(PSTN, host="127.8.0.1", sources=(GATEWAYS,))
        self.store.gateways.put(gateway)
        aors = [*called(), *(f"{row.user}@example.com" for row in registrations())]
        for number, aor in enumerate(dict.fromkeys(aors), start=1):
            self._add_user(number, aor, domains)

    def _add_user(self, number: int, aor: str, domains: list[DomainFacts]) -> None:
        name, _, host = aor.rpartition("@")
        domain = next(domain for domain in domains if domain.name == host)
        ha1 = Ha1Set.from_password(name, host, PASSWORD)
        user = SubscriberFacts(number, name, domain.id, domain.reseller_id, 1, "", True, None, None, (ha1,))
        self._users[aor] = user
        self.store.subscribers.put((domain.id, name), user)

    def _binding(self, aor: str) -> Binding:
        contact = self.contact(aor)
        flow = "udp:{}:{}".format(*self.phones.getsockname())
        return Binding(aor, contact, "c", 1, 1000, 4e9, flow, flow, "udp", "", "", "", None, "torture")

    def _bindings_of(self, user: SubscriberFacts) -> tuple[Binding, ...]:
        found = self.store.bindings.get(user.id)
        assert isinstance(found, tuple)
        return found

    async def _put(self, user: SubscriberFacts, *bindings: Binding) -> None:
        self.store.bindings.put(user.id, *bindings)

    async def _start(self) -> Edge:
        key = Fernet.generate_key().decode()
        config = load_config(
            {
                "SIP_BIND": "{}:{}".format(*self.address),
                "SIP_ADVERTISE": "127.0.0.1:5080",
                "DATABASE_URL": "none, the store is in memory",
                "SECRET_KEY": key,
                "CREDENTIAL_KEYS": key,
                "DATA_DIR": str(self._folder),
                "EDGE_NAME": "torture",
            }
        )
        edge = Edge(config, self.store, self.telemetry)
        await edge.start()
        return edge

    def _wait(self, coroutine):  # type: ignore[no-untyped-def]
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(START_SECONDS)
