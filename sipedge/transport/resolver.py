"""The destinations of URIs (RFC 3263), found without ever blocking the edge.

sipedge/proxy/locate.py says what to ask and what follows from the answers; here are the asking and the memory. What is
in memory, in /etc/hosts or a literal is answered at once. Answers are kept as long as their TTL says, within bounds;
an answer that has run out is used further while no name server can be reached (RFC 8767).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, Protocol

from sipedge.proxy.locate import Question, Reach, Record, Search, destinations, response_destinations
from sipedge.sip.fields import Via
from sipedge.sip.flow import Flow
from sipedge.sip.uri import Uri
from sipedge.store.waiting import Waiting
from sipedge.transport.hosts import HostsFile
from sipedge.transport.nameservers import NoAnswer, Records

STEP_PATIENCE: Final = 1.5  # seconds for each of NAPTR, SRV and addresses; what comes later serves the next call
LEAST_KEPT: Final = 5.0  # seconds; bounds of an answer's TTL
LONGEST_KEPT: Final = 3_600.0
NONE_KEPT: Final = 10.0  # that there is no such record
FAILED_KEPT: Final = 5.0  # that nobody knows: so long are the name servers left alone for this question
STALE_KEPT: Final = 86_400.0  # how long after its end an answer may still serve while there is no better one
MAX_KEPT: Final = 10_000
MAX_OPEN: Final = 500


class Unresolvable(Exception):
    """A URI leads nowhere that the edge can reach, or its name servers do not answer in time."""


class AsksNameServers(Protocol):
    """Where the answers come from: NameServers, or a test."""

    async def ask(self, question: Question) -> Records:
        """The records. Raises NoAnswer."""
        ...


class _Kept(NamedTuple):
    """An answer in memory. fresh_until: seconds of the clock. stale_until: until when it is better than nothing."""

    records: tuple[Record, ...]
    fresh_until: float
    stale_until: float


class _Pursuit:
    """One search, the questions of its present step, and whoever waits for its end."""

    __slots__ = ("name", "questions", "search", "step", "timer", "waiting")

    def __init__(self, search: Search, name: str) -> None:
        self.search = search
        self.name = name
        self.waiting: Waiting[tuple[Flow, ...]] = Waiting()
        self.questions: Sequence[Question] = ()
        self.step = 0
        self.timer: asyncio.TimerHandle | None = None


class Resolver:
    """Finds destinations; a bounded memory of answers; what many ask for at once is asked once.

    reach: whether the edge can send on a flow. entropy: random bytes, for the choice among SRV records.
    now: seconds of a monotonic clock.
    """

    def __init__(
        self,
        reach: Reach,
        entropy: Callable[[int], bytes],
        now: Callable[[], float],
        name_servers: AsksNameServers,
        hosts: HostsFile | None = None,
    ) -> None:
        self._reach = reach
        self._entropy = entropy
        self._now = now
        self._name_servers = name_servers
        self._hosts = hosts or HostsFile()
        self._kept: dict[Question, _Kept] = {}
        self._open: dict[Question, Waiting[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def locate(self, uri: Uri) -> Waiting[tuple[Flow, ...]]:
        """The destinations of a request to `uri`, best first, at least one. Awaiting raises Unresolvable."""
        return self._pursue(destinations(uri, self._reach, self._pick), uri.host)

    def locate_sender(self, via: Via) -> Waiting[tuple[Flow, ...]]:
        """Where a response goes whose connection is gone, by the sent-by of its top Via (§5). Raises Unresolvable."""
        return self._pursue(response_destinations(via, self._reach, self._pick), via.host)

    async def close(self) -> None:
        """Ask nothing more. Whoever waits will not be told."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _pursue(self, search: Search, name: str) -> Waiting[tuple[Flow, ...]]:
        pursuit = _Pursuit(search, name)
        try:
            pursuit.questions = next(search)
        except StopIteration as end:
            self._end(pursuit, end.value)
        else:
            self._go_on(pursuit)
        return pursuit.waiting

    def _go_on(self, pursuit: _Pursuit, *, impatient: bool = False) -> None:
        """Answer questions until the search ends, or until one has to be asked; `impatient`: it was asked in vain."""
        try:
            while True:
                known = {question: self._known(question) for question in pursuit.questions}
                missing = [question for question, records in known.items() if records is None]
                if missing and not impatient and self._ask_all(pursuit, missing):
                    return
                impatient = False
                pursuit.questions = pursuit.search.send({question: found or () for question, found in known.items()})
        except StopIteration as end:
            self._end(pursuit, end.value)

    def _end(self, pursuit: _Pursuit, flows: tuple[Flow, ...]) -> None:
        if flows:
            pursuit.waiting.resolve(flows)
        else:
            pursuit.waiting.fail(Unresolvable(pursuit.name))

    def _ask_all(self, pursuit: _Pursuit, missing: Sequence[Question]) -> bool:
        """Have the questions asked. False: there are too many open ones already."""
        asked = [waiting for waiting in map(self._asked, missing) if waiting is not None]
        if not asked:
            return False
        pursuit.step += 1
        step = pursuit.step
        loop = asyncio.get_running_loop()
        pursuit.timer = loop.call_later(STEP_PATIENCE, self._answered, pursuit, step, asked, True)
        for waiting in asked:
            waiting.add_wake_up(lambda: self._answered(pursuit, step, asked, impatient=False))
        return True

    def _answered(self, pursuit: _Pursuit, step: int, asked: Sequence[Waiting[None]], impatient: bool) -> None:
        if pursuit.step != step or not (impatient or all(waiting.done for waiting in asked)):
            return
        pursuit.step += 1
        if pursuit.timer is not None:
            pursuit.timer.cancel()
        self._go_on(pursuit, impatient=True)

    def _known(self, question: Question) -> Sequence[Record] | None:
        """What can be said at once; None: it has to be asked."""
        now = self._now()
        host = question.name.split(".", 2)[-1] if question.kind == "SRV" else question.name
        here = self._hosts.addresses(host, now)
        if here is not None:  # nor are such names asked for NAPTR and SRV
            return [one for one in here if (question.kind == "AAAA") == (":" in one)] if question.kind[0] == "A" else []
        kept = self._kept.get(question)
        return kept.records if kept is not None and kept.fresh_until > now else None

    def _asked(self, question: Question) -> Waiting[None] | None:
        waiting = self._open.get(question)
        if waiting is None and len(self._open) < MAX_OPEN:
            waiting = self._open[question] = Waiting()
            task = asyncio.get_running_loop().create_task(self._ask(question, waiting))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return waiting

    async def _ask(self, question: Question, waiting: Waiting[None]) -> None:
        try:
            records, ttl = await self._name_servers.ask(question)
            self._keep(question, records, min(max(ttl, LEAST_KEPT), LONGEST_KEPT) if records else NONE_KEPT)
        except NoAnswer:
            self._keep_on(question)
        finally:
            del self._open[question]
        waiting.resolve(None)

    def _keep(self, question: Question, records: tuple[Record, ...], seconds: float) -> None:
        now = self._now()
        self._kept.pop(question, None)
        if len(self._kept) >= MAX_KEPT:
            del self._kept[next(iter(self._kept))]  # the one that was asked for longest ago
        self._kept[question] = _Kept(records, now + seconds, now + seconds + STALE_KEPT)

    def _keep_on(self, question: Question) -> None:
        """Nobody answered: what was known goes on for a moment."""
        now, kept = self._now(), self._kept.get(question)
        if kept is None or kept.stale_until <= now:
            kept = _Kept((), now, now)
        self._kept.pop(question, None)
        self._kept[question] = kept._replace(fresh_until=now + FAILED_KEPT)

    def _pick(self, most: int) -> int:
        return int.from_bytes(self._entropy(4), "big") % (most + 1)
