"""One connection to PostgreSQL that is made again, in the background, whenever it is lost."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, TypeAlias

import asyncpg

from sipedge.store.interfaces import StoreUnavailable

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

RETRY_DELAYS: Final = (0.05, 0.1, 0.2, 0.5, 1.0)
"""Seconds between attempts to connect, the last one again and again: back within 5 s of PostgreSQL's return."""

LOCK_TIMEOUT: Final = 200
"""Milliseconds to wait for a row that somebody in the panel has locked: a batch must not wait for one row."""

SETTINGS: Final = {
    "application_name": "freiton-edge",
    "freiton.edge": "on",  # triggers stay silent about what the edge writes itself
    "jit": "off",
    "lock_timeout": str(LOCK_TIMEOUT),
}

log = logging.getLogger("sipedge.store")

LOST: Final = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # spoken to between PostgreSQL's farewell and the end of the connection
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.ReadOnlySQLTransactionError,  # it is a standby now
)
"""What says that the connection is of no use any more."""


class Link:
    """Keeps one connection.

    name: for log lines. deadline: seconds that connecting, and each statement, may take. greet: what is done on each
    new connection before anybody may use it; what it raises counts as a failure to connect. on_up: called whenever
    there is a connection again.
    """

    def __init__(
        self,
        dsn: str,
        name: str,
        deadline: float,
        *,
        greet: Callable[[Connection], Awaitable[None]] | None = None,
        on_up: Callable[[], None] | None = None,
    ) -> None:
        self._dsn = dsn
        self._name = name
        self._deadline = deadline
        self._greet = greet
        self._on_up = on_up
        self._connection: Connection | None = None
        self._reconnecting: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()
        self._stopped = False
        self.reconnects = 0

    @property
    def is_up(self) -> bool:
        """Whether there is a connection, as far as is known."""
        return self._connection is not None

    async def start(self) -> None:
        """Connect. Raises StoreUnavailable."""
        try:
            await self._connect()
        except (*LOST, asyncpg.PostgresError) as error:
            raise StoreUnavailable(f"PostgreSQL cannot be reached: {error}") from error

    async def stop(self) -> None:
        """Disconnect for good."""
        self._stopped = True
        if self._reconnecting is not None:
            self._reconnecting.cancel()
            await asyncio.gather(self._reconnecting, return_exceptions=True)
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()

    @asynccontextmanager
    async def use(self) -> AsyncIterator[Connection]:
        """The connection, for the caller alone.

        Raises StoreUnavailable when there is none, when it is lost meanwhile, or when a statement takes longer than
        the deadline; then it is made anew. Other errors of PostgreSQL pass.
        """
        if self._connection is None:
            raise StoreUnavailable("PostgreSQL cannot be reached")
        connection: Connection | None = None
        try:
            async with self._turn:
                connection = self._connection
                if connection is None:
                    raise StoreUnavailable("PostgreSQL cannot be reached")
                yield connection
        except LOST as error:
            self.drop(connection)
            raise StoreUnavailable(f"the connection to PostgreSQL was lost: {error!r}") from error

    def drop(self, connection: Connection | None) -> None:
        """This connection is of no use any more: make a new one in the background."""
        if connection is not self._connection or connection is None:
            return
        self._connection = None
        connection.terminate()
        if not self._stopped:
            log.warning("= store: connection for %s lost", self._name)
            self._reconnecting = asyncio.get_running_loop().create_task(self._reconnect())

    async def _connect(self) -> None:
        async with asyncio.timeout(self._deadline):
            connection = await asyncpg.connect(
                self._dsn,
                server_settings=self._settings(),
                timeout=self._deadline,
                command_timeout=self._deadline,
                max_cached_statement_lifetime=0,
            )
            await self._greeted(connection)
        connection.add_termination_listener(self._terminated)
        self._connection = connection
        if self._on_up is not None:
            self._on_up()

    async def _greeted(self, connection: Connection) -> None:
        try:
            if self._greet is not None:
                await self._greet(connection)
        except BaseException:
            connection.terminate()
            raise

    def _settings(self) -> dict[str, str]:
        return {**SETTINGS, "statement_timeout": str(round(self._deadline * 1000))}

    def _terminated(self, connection: Any) -> None:
        self.drop(connection)

    async def _reconnect(self) -> None:
        attempt = 0
        while True:
            await asyncio.sleep(RETRY_DELAYS[min(attempt, len(RETRY_DELAYS) - 1)])
            try:
                await self._connect()
            except Exception as error:  # noqa: BLE001  without a connection nothing works: try again, whatever it was
                attempt += 1
                log.debug("= store: connecting for %s failed: %r", self._name, error)
            else:
                self.reconnects += 1
                log.warning("= store: connection for %s is back", self._name)
                return
