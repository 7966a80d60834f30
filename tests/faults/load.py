"""Registrations and calls together, and what is wrong with them in the end."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from tests.faults.calls import Call, Traffic, misrecorded
from tests.faults.cluster import Cluster
from tests.faults.phones import Phone, Registrations, phones_at
from tests.faults.wire import Peer

PAUSE = 0.4  # seconds between two requests of a phone, on average


@dataclass(frozen=True, slots=True)
class Findings:
    """What a load came to. wrong: what nothing excuses."""

    acknowledged: int
    unavailable: int
    calls: int
    wrong: list[str]

    def __str__(self) -> str:
        return f"{self.acknowledged} acknowledged, {self.calls} calls, {len(self.wrong)} wrong"


class Load:
    """Phones that register and unregister, others that are called again and again.

    called: how many of these there are; they are the first phones of the stock. busy: how many of those, behind them.
    """

    def __init__(
        self, cluster: Cluster, phones: Peer, gateway: Peer, called: int, busy: int, hold: float = 0.4
    ) -> None:
        self._cluster = cluster
        self.called = phones_at(phones, range(called))
        self.registrations = Registrations(phones_at(phones, range(called, called + busy)), PAUSE, seed=1)
        self.traffic = Traffic(gateway, range(called), hold, pause=0.1)

    async def start(self) -> None:
        """Begins, with all phones registered."""
        everybody = [*self.called, *self.registrations.phones]
        assert {await phone.set(True) for phone in everybody} == {200}
        self.registrations.start()
        self.traffic.start()

    async def stop(self, phones: Sequence[Phone] = (), calls: Sequence[Call] = ()) -> Findings:
        """Lets all of it come to its end. phones, calls: others that are judged like those of the load."""
        await asyncio.gather(self.registrations.stop(), self.traffic.stop())
        others = Registrations(phones, PAUSE, seed=0)
        found = await asyncio.to_thread(self._cluster.bindings)
        wrong = [*self.registrations.against(found), *others.against(found)]
        wrong += [*self.registrations.offences, *others.offences, *self.traffic.failed()]
        wrong += await misrecorded([*self.traffic.answered(), *calls], self._cluster)
        made = len(self.traffic.calls) + len(calls)
        return Findings(self.registrations.acknowledged, self.registrations.unavailable, made, wrong)
