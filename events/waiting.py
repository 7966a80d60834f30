"""Waiting for events: few may at a time, none of them holds a database connection, and one thread looks for all.

A request that waits takes one of the web server's threads (provider/run/parts.py has MOST more than it needs
otherwise), so their number is bounded, for all and for each token. What is looked for is what a reader could read:
events whose transactions have all ended (feed.py). PostgreSQL's NOTIFY could not say when that is, and would cost
whoever writes.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from django.db import DatabaseError, InterfaceError, connection

from events.feed import horizon

log = logging.getLogger(__name__)

MOST: Final = 8
MOST_OF_TOKEN: Final = 2
PACE: Final = 0.2
"""Seconds between two looks."""
PATIENCE: Final = 1.0
"""Seconds between two looks while the database does not answer."""

_NEW: Final = "SELECT DISTINCT reseller, customer FROM events_event WHERE xid >= %s::xid8 AND xid < %s::xid8"


class Places:
    """How many may wait at the same time in this process, and of them for one token."""

    def __init__(self, most: int = MOST, most_of_token: int = MOST_OF_TOKEN) -> None:
        self._most, self._most_of_token = most, most_of_token
        self._lock = threading.Lock()
        self._taken: Counter[int] = Counter()

    @contextmanager
    def take(self, token: int) -> Iterator[bool]:
        """Whether the token gets a place, which it has until the end of the block."""
        with self._lock:
            has_one = self._taken.total() < self._most and self._taken[token] < self._most_of_token
            if has_one:
                self._taken[token] += 1
        try:
            yield has_one
        finally:
            if has_one:
                with self._lock:
                    self._taken[token] -= 1


@dataclass(frozen=True, slots=True, eq=False)
class Waiter:
    """Who waits for events of a customer, of a reseller, or, where both are None, for any."""

    reseller: UUID | None
    customer: UUID | None
    woken: threading.Event = field(default_factory=threading.Event)

    def wants(self, owners: set[tuple[UUID | None, UUID | None]]) -> bool:
        """Whether one of these, each (reseller, customer), has what it waits for."""
        if self.customer is not None:
            return any(customer == self.customer for _reseller, customer in owners)
        return self.reseller is None or any(reseller == self.reseller for reseller, _customer in owners)

    def wait(self, seconds: float) -> None:
        """Until there may be something, or so long."""
        self.woken.wait(seconds)
        self.woken.clear()


class Lookout:
    """The one thread of a process that looks for new events, while somebody waits."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiters: set[Waiter] = set()
        self._is_running = False

    @contextmanager
    def waiter(self, reseller: UUID | None, customer: UUID | None) -> Iterator[Waiter]:
        """Somebody who is woken when there may be something. What became readable before the block may be missed by
        it, so its first look comes after."""
        waiter = Waiter(reseller, customer)
        with self._lock:
            self._waiters.add(waiter)
            if not self._is_running:
                self._is_running = True
                threading.Thread(target=self._run, name="events", daemon=True).start()
        try:
            yield waiter
        finally:
            with self._lock:
                self._waiters.discard(waiter)

    def _run(self) -> None:
        """Look until nobody waits any more."""
        seen: int | None = None
        pause = threading.Event()  # nobody sets it: a sleep
        try:
            while self._is_needed():
                try:
                    seen = self._look(seen)
                    pause.wait(PACE)
                except (DatabaseError, InterfaceError) as error:
                    log.warning("cannot look for events: %s", " ".join(str(error).split()))
                    seen = None
                    connection.close()
                    pause.wait(PATIENCE)
        finally:
            connection.close()

    def _is_needed(self) -> bool:
        with self._lock:
            self._is_running = bool(self._waiters)
            return self._is_running

    def _look(self, seen: int | None) -> int:
        """Wake those for whom something has come since the horizon `seen`; all, where it is not known since when."""
        now = horizon()
        owners = set()
        if seen is not None and now > seen:
            with connection.cursor() as cursor:
                cursor.execute(_NEW, [str(seen), str(now)])
                owners = set(cursor.fetchall())
        if owners or seen is None:
            with self._lock:
                for waiter in self._waiters:
                    if seen is None or waiter.wants(owners):
                        waiter.woken.set()
        return now


places = Places()
lookout = Lookout()
