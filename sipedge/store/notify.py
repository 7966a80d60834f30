"""What the panel changed, as told by PostgreSQL: NOTIFY on channel `edge`, `{"t": TABLE, "k": [keys] | null}`.

LISTEN stands before anything is read. While nobody listened anything may have changed, so after the connection was
lost everything in memory is stale.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import asyncpg

from sipedge.store.interfaces import StoreUnavailable
from sipedge.store.link import Link

if TYPE_CHECKING:
    from sipedge.store.link import Connection

CHANNEL: Final = "edge"
HEARTBEAT: Final = 2.0
"""Seconds between two questions whether the connection still stands: nothing is heard on a dead one."""

log = logging.getLogger("sipedge.store")

Changed = Callable[[str, "list[str] | None"], None]
"""Called with a table and the keys that changed; None: all of them."""


class Listener:
    """Keeps listening. on_changed: told of each change. on_gap: told whenever listening began (again)."""

    def __init__(self, dsn: str, deadline: float, on_changed: Changed, on_gap: Callable[[], None]) -> None:
        self.link = Link(dsn, "notifications", deadline, greet=self._listen, on_up=on_gap)
        self._on_changed = on_changed
        self._heart: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen. Raises StoreUnavailable."""
        await self.link.start()
        self._heart = asyncio.get_running_loop().create_task(self._beat())

    async def stop(self) -> None:
        """Listen no more."""
        if self._heart is not None:
            self._heart.cancel()
            await asyncio.gather(self._heart, return_exceptions=True)
        await self.link.stop()

    async def _listen(self, connection: Connection) -> None:
        await connection.add_listener(CHANNEL, self._hear)

    def _hear(self, _connection: Any, _pid: int, _channel: str, payload: object) -> None:
        table, keys = read_payload(str(payload))
        self._on_changed(table, keys)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT)
            try:
                async with self.link.use() as connection:
                    await connection.execute("SELECT 1")
            except (StoreUnavailable, asyncpg.PostgresError) as error:
                log.debug("= store: no heartbeat: %r", error)


def read_payload(payload: str) -> tuple[str, list[str] | None]:
    """The table and its keys. What cannot be understood says that everything may have changed: ('', None)."""
    try:
        value = json.loads(payload)
        table, keys = value["t"], value["k"]
    except (ValueError, TypeError, KeyError):
        return "", None
    if not isinstance(table, str) or not (keys is None or isinstance(keys, list)):
        return "", None
    return table, None if keys is None else [str(key) for key in keys]
