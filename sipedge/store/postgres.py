"""The store on PostgreSQL, wired: three connections (reads, commits, notifications), caches, and what keeps them
right.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Final, Generic, Literal, TypeVar
from uuid import UUID

import asyncpg

from sipedge.facts import NumberFacts, SubscriberFacts
from sipedge.guards.user_agents import UserAgentBans
from sipedge.store import reads
from sipedge.store.bindings import PostgresBindings, fetch_bindings
from sipedge.store.cache import Cache
from sipedge.store.call_reads import CallReader
from sipedge.store.calls import CallWriter
from sipedge.store.directories import Domains, Gateways
from sipedge.store.gateway_states import GatewayStateWriter
from sipedge.store.interfaces import Miss, StoreUnavailable, SubscriberKey
from sipedge.store.link import Connection, Link
from sipedge.store.misses import Misses
from sipedge.store.notify import Listener
from sipedge.store.numbers import discard_numbers, fetch_numbers, is_number
from sipedge.store.open_calls import PostgresOpenCalls
from sipedge.store.pace import Delayed, Paced
from sipedge.store.settings import StoreSettings
from sipedge.store.waiting import Waiting, resolved

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

RELOAD_PACE: Final = 0.2
"""Seconds between two reads of the whole tables: an import in the panel changes them many times a second."""

RETRY: Final = 1.0
"""Seconds after which what PostgreSQL refused as a whole (a full disk, a missing view) is tried again."""

TOPICS: Final = ("hangup", "hangup_by_reseller", "overdue")
"""What is said that no cache depends on: see interfaces.Store.listen."""

log = logging.getLogger("sipedge.store")


class PostgresFacts(Generic[K, V]):
    """Subscribers or numbers: a bounded copy in memory, fetched by key. See interfaces."""

    def __init__(self, cache: Cache[K, V], misses: Misses[K, V], can_exist: Callable[[K], bool]) -> None:
        self._misses = misses
        self._can_exist = can_exist
        self.get: Callable[[K], V | Literal[Miss.MISS] | None] = cache.get

    def fetch(self, key: K) -> Waiting[V | None]:
        """From PostgreSQL, together with what else is missing now."""
        return self._misses.fetch(key) if self._can_exist(key) else resolved(None)


class PostgresStore:
    """See interfaces.Store. credential_keys: Fernet keys, newest first."""

    def __init__(self, dsn: str, credential_keys: Sequence[str], settings: StoreSettings | None = None) -> None:
        self._settings = settings = settings or StoreSettings()
        self._is_stale = False
        self._tables = Paced(self._load_or_retry, RELOAD_PACE)
        self._commits = Paced(self._commit, settings.pace)
        self._listener = Listener(dsn, settings.deadline, self._changed, self._all_is_stale)
        self._read_link = Link(dsn, "reads", settings.deadline, on_up=self._can_read)
        self._commit_link = Link(dsn, "commits", settings.deadline, on_up=self._commit_what_waits)
        self._caches: dict[str, Cache[Any, Any]] = {
            "subscriber": Cache(settings.max_subscribers),
            "number": Cache(settings.max_numbers),
            "binding": Cache(settings.max_aors),
        }
        self.domains = Domains()
        self.gateways = Gateways()
        self.user_agents = UserAgentBans()
        self._secrets = reads.Secrets(credential_keys)
        reader = reads.SubscriberReader(self._secrets, self.domains)
        self._misses: dict[str, Misses[Any, Any]] = {
            "subscriber": Misses(self._caches["subscriber"], self._read_link, reader.fetch, None),
            "number": Misses(self._caches["number"], self._read_link, fetch_numbers, None),
            "binding": Misses(self._caches["binding"], self._read_link, fetch_bindings, ()),
        }
        self.subscribers: PostgresFacts[SubscriberKey, SubscriberFacts] = PostgresFacts(
            self._caches["subscriber"], self._misses["subscriber"], lambda key: reads.can_exist(key[1])
        )
        self.numbers: PostgresFacts[str, NumberFacts] = PostgresFacts(
            self._caches["number"], self._misses["number"], is_number
        )
        self.bindings = PostgresBindings(
            self._caches["binding"], self._misses["binding"], self._read_link, self._commit_link,
            self._commits.request, settings.deadline,
        )  # fmt: skip
        self._calls_are_due = False
        self._told: dict[str, Callable[[Sequence[str] | None], None]] = {}
        self._call_reader = CallReader(self._read_link)
        self.calls = CallWriter(Delayed(self._write_calls, settings.linger).request, self._call_reader.fetch)
        self.open_calls = PostgresOpenCalls(self._read_link)
        self.gateway_states = GatewayStateWriter(self._commits.request)

    @property
    def is_available(self) -> bool:
        """Whether reads and commits have a connection now."""
        return self._read_link.is_up and self._commit_link.is_up

    def listen(self, topic: str, told: Callable[[Sequence[str] | None], None]) -> None:
        """See interfaces."""
        self._told[topic] = told

    async def start(self) -> None:
        """Listen, connect, load the whole tables. Raises StoreUnavailable; then `stop` cleans up."""
        await self._listener.start()
        await self._read_link.start()
        await self._commit_link.start()
        await self._load_tables()
        self._tables.start()
        self._commits.start()

    async def stop(self) -> None:
        """Write what waits, if PostgreSQL answers (again) within the deadline; then fail who waits, and disconnect."""
        with contextlib.suppress(TimeoutError):
            self._write_calls()
            async with asyncio.timeout(self._settings.deadline):
                while self._commits.is_running and self._has_work():  # noqa: ASYNC110
                    await asyncio.sleep(self._settings.pace)
        if len(self.calls):
            log.error("x store: %d call records are lost, PostgreSQL did not take them", len(self.calls))
        await self._commits.stop()
        await self._tables.stop()
        self.bindings.stop()
        self._call_reader.stop()
        for misses in self._misses.values():
            misses.stop()
        await self._listener.stop()
        await self._read_link.stop()
        await self._commit_link.stop()

    def counts(self) -> Mapping[str, int]:
        """Figures for metrics, by name."""
        group = self.bindings.group
        return {
            **{f"cached_{name}s": len(cache) for name, cache in self._caches.items()},
            **{f"{name}_queries": misses.queries for name, misses in self._misses.items()},
            "bindings_waiting": len(group),
            "bindings_written": group.written,
            "bindings_refused": group.refused,
            "binding_statements": group.statements,
            "calls_waiting": len(self.calls),
            "calls_lost": self.calls.lost,
            "reconnects": sum(link.reconnects for link in (self._read_link, self._commit_link, self._listener.link)),
        }

    def _write_calls(self) -> None:
        """The next cycle writes the calls that wait."""
        self._calls_are_due = True
        self._commits.request()

    def _commit_what_waits(self) -> None:
        """There is a connection again."""
        if self._has_work():
            self._commits.request()

    def _has_work(self) -> bool:
        waiting = len(self.bindings.group) + len(self.calls) + len(self.gateway_states)
        return self._commits.is_busy or waiting > 0

    async def _commit(self) -> None:
        """One cycle of the group commit."""
        group = self.bindings.group
        try:
            async with self._commit_link.use() as connection:
                await group.write(connection)
                if self._calls_are_due:
                    await self._write_due_calls(connection)
                if len(self.gateway_states):
                    await self.gateway_states.write(connection)
        except StoreUnavailable as error:
            group.fail_all(error)  # the link asks for a commit again when it is up
        except asyncpg.PostgresError as error:
            log.error("x store: PostgreSQL refuses to commit: %r", error)
            group.fail_all(StoreUnavailable(f"PostgreSQL refuses: {error!r}"))
            asyncio.get_running_loop().call_later(RETRY, self._commits.request)
        except BaseException:
            group.fail_all(StoreUnavailable("the commit broke off"))
            raise
        else:
            if self._calls_are_due or len(group):
                self._commits.request()

    async def _write_due_calls(self, connection: Connection) -> None:
        """They may become due again while they are written: then the next cycle writes what came meanwhile."""
        self._calls_are_due = False
        has_more = True
        try:
            has_more = await self.calls.write(connection)
        finally:
            self._calls_are_due = self._calls_are_due or has_more

    async def _load_tables(self) -> None:
        async with self._read_link.use() as connection:
            domains, trunks = await reads.fetch_tables(connection, self._secrets)
            user_agents = await reads.fetch_user_agents(connection)
        if self.domains.load(domains):
            self._caches["subscriber"].discard_all()
        self.gateways.replace(*trunks)
        self.user_agents.load(user_agents)

    async def _load_or_retry(self) -> None:
        try:
            await self._load_tables()
        except StoreUnavailable:
            log.warning("= store: domains and gateways are not up to date")  # the link asks again when it is up
        except (asyncpg.PostgresError, ValueError) as error:
            log.error("x store: domains and gateways cannot be read: %r", error)
            asyncio.get_running_loop().call_later(RETRY, self._tables.request)

    def _changed(self, table: str, keys: list[str] | None) -> None:
        """Somebody else changed rows of a table."""
        if table in ("domain", "gateway", "guard"):
            self._tables.request()
        elif table == "call":
            self._calls_ended(keys)
        elif table in TOPICS:
            self._told.get(table, _nobody)(keys)
        elif table not in self._caches:
            self._all_is_stale()
        elif keys is None:
            self._caches[table].discard_all()
        elif table == "number":
            discard_numbers(self._caches[table], keys)
        else:
            self._discard(table, keys)

    def _discard(self, table: str, keys: list[str]) -> None:
        cache = self._caches[table]
        try:
            for key in keys:
                cache.discard(_READ_KEY[table](key))
        except ValueError:
            log.error("x store: a notification names strange keys of %s", table)
            cache.discard_all()

    def _calls_ended(self, keys: list[str] | None) -> None:
        """By the sweeper's hand, or an administrator's."""
        try:
            self.calls.ended_by_others(None if keys is None else [UUID(key) for key in keys])
        except ValueError:
            log.error("x store: a notification names strange calls")
            self.calls.ended_by_others(None)

    def _all_is_stale(self) -> None:
        """Anything may have changed. While it cannot be read anew, calls go on from what memory knows."""
        self.calls.ended_by_others(None)
        self._is_stale = True
        if self._read_link.is_up:
            self._can_read()

    def _can_read(self) -> None:
        if self._is_stale:
            self._is_stale = False
            for cache in self._caches.values():
                cache.doubt_all()
        self._tables.request()


def _nobody(_keys: Sequence[str] | None) -> None:
    """Nobody listens."""


def _subscriber_key(text: str) -> SubscriberKey:
    domain_id, _, username = text.partition("/")
    return int(domain_id), username


_READ_KEY: Final[Mapping[str, Callable[[str], Any]]] = {
    "subscriber": _subscriber_key,
    "binding": int,
}
