"""When a commit may start: at once while little happens, and not more often than the pace allows under load.

A commit has a price of its own, whatever it holds; ten rows in one cost a quarter of ten commits. Waiting up to 7 ms
for company is not felt by a phone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

log = logging.getLogger("sipedge.store")


class Delayed:
    """Runs `work` once, `delay` seconds after the first of any number of requests."""

    def __init__(self, work: Callable[[], None], delay: float) -> None:
        self._work = work
        self._delay = delay
        self._is_coming = False

    def request(self) -> None:
        """There is something to do, not at once. Needs a running loop."""
        if not self._is_coming:
            self._is_coming = True
            asyncio.get_running_loop().call_later(self._delay, self._run)

    def _run(self) -> None:
        self._is_coming = False
        self._work()


class Paced:
    """Runs `work` after `request`, never twice at a time, its starts at least `pace` seconds apart.

    Requests that come in one turn of the loop, or while it waits or runs, are one. One task in all.
    """

    def __init__(self, work: Callable[[], Awaitable[None]], pace: float) -> None:
        self._work = work
        self._pace = pace
        self._wanted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.is_busy = False
        """Whether `work` runs now."""

    @property
    def is_running(self) -> bool:
        """Whether requests are served."""
        return self._task is not None and not self._task.done()

    def start(self) -> None:
        """Begin to serve requests."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    def request(self) -> None:
        """There is something to do."""
        self._wanted.set()

    async def stop(self) -> None:
        """End, also in the middle of the work."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        earliest = loop.time()
        while True:
            await self._wanted.wait()
            if (delay := earliest - loop.time()) > 0:
                await asyncio.sleep(delay)
            self._wanted.clear()
            earliest = loop.time() + self._pace
            self.is_busy = True
            try:
                await self._work()
            except Exception:
                log.exception("x store: a commit failed unexpectedly")
            finally:
                self.is_busy = False
