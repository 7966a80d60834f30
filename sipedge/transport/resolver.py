"""Host names of gateways and contacts made into addresses, without ever blocking the edge.

What getaddrinfo knows (A, AAAA, /etc/hosts), kept for a minute; a name that is not found is asked again after
five seconds.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Final

from sipedge.store.waiting import Waiting, failed, resolved

KEPT_SECONDS: Final = 60.0
NOT_FOUND_SECONDS: Final = 5.0
PATIENCE_SECONDS: Final = 3.0
MAX_NAMES: Final = 10_000


class Unresolvable(Exception):
    """A host name has no address, or its name server does not answer in time."""


class Resolver:
    """A bounded cache of names; those that many ask for at once are looked up once."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str | None, float]] = {}
        self._asked: dict[str, Waiting[str]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def lookup(self, host: str) -> Waiting[str]:
        """The first address of `host`. Awaiting raises Unresolvable."""
        address, until = self._known.get(host, (None, 0.0))
        if until > asyncio.get_running_loop().time():
            return resolved(address) if address else failed(Unresolvable(host))
        waiting = self._asked.get(host)
        if waiting is None:
            waiting = self._asked[host] = Waiting()
            task = asyncio.get_running_loop().create_task(self._ask(host, waiting))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return waiting

    async def _ask(self, host: str, waiting: Waiting[str]) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                found = await loop.getaddrinfo(host, None, type=socket.SOCK_DGRAM)
            address = str(found[0][4][0]) if found else None
        except (OSError, UnicodeError, TimeoutError):
            address = None
        if len(self._known) >= MAX_NAMES:
            self._known.clear()
        self._known[host] = (address, loop.time() + (KEPT_SECONDS if address else NOT_FOUND_SECONDS))
        del self._asked[host]
        if address:
            waiting.resolve(address)
        else:
            waiting.fail(Unresolvable(host))
