"""Commits start at once when idle, and at the pace under load."""

import asyncio
from collections.abc import Awaitable, Callable

from sipedge.store.pace import Delayed, Paced

PACE = 0.05


async def run(work: Callable[[], Awaitable[None]], test: Callable[[Paced], Awaitable[None]]) -> None:
    paced = Paced(work, PACE)
    paced.start()
    await test(paced)
    await paced.stop()
    assert not paced.is_running


async def test_the_first_request_is_served_in_the_next_turn_of_the_loop() -> None:
    starts: list[float] = []

    async def work() -> None:
        starts.append(asyncio.get_running_loop().time())

    async def test(paced: Paced) -> None:
        paced.request()
        for _ in range(3):
            await asyncio.sleep(0)
        assert len(starts) == 1

    await run(work, test)


async def test_requests_of_one_turn_are_one_and_starts_keep_their_distance() -> None:
    starts: list[float] = []
    done = asyncio.Event()
    began = asyncio.get_running_loop().time()

    async def work() -> None:
        starts.append(asyncio.get_running_loop().time())
        if len(starts) == 4:
            done.set()

    async def test(paced: Paced) -> None:
        while not done.is_set():
            for _ in range(5):
                paced.request()
            await asyncio.sleep(0.001)
        assert len(starts) == 4

    await run(work, test)
    # From the beginning on: what lies between two looks at the clock, `work` and its starter's, may be any time.
    assert all(start - began >= number * (PACE - 0.002) for number, start in enumerate(starts))


async def test_work_never_runs_twice_at_a_time() -> None:
    running = 0
    most = 0
    runs = asyncio.Semaphore(0)

    async def work() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(2 * PACE)
        running -= 1
        runs.release()

    async def test(paced: Paced) -> None:
        paced.request()
        await asyncio.sleep(PACE * 1.5)
        assert paced.is_busy
        paced.request()
        await runs.acquire()
        await runs.acquire()

    await run(work, test)
    assert most == 1


async def test_work_that_breaks_does_not_end_it() -> None:
    runs: list[int] = []
    again = asyncio.Event()

    async def work() -> None:
        runs.append(1)
        if len(runs) == 1:
            raise LookupError("a bug")
        again.set()

    async def test(paced: Paced) -> None:
        paced.request()
        await asyncio.sleep(0.01)
        paced.request()
        await asyncio.wait_for(again.wait(), 5)

    await run(work, test)
    assert len(runs) == 2


async def test_what_is_delayed_is_done_once_for_all_who_ask_meanwhile_and_again_for_those_who_ask_later() -> None:
    done = asyncio.Event()
    times: list[float] = []

    def work() -> None:
        times.append(asyncio.get_running_loop().time())
        done.set()

    delayed = Delayed(work, PACE)
    started = asyncio.get_running_loop().time()
    for _ in range(3):
        delayed.request()
    assert not times
    await done.wait()
    done.clear()
    delayed.request()
    await done.wait()

    assert len(times) == 2
    assert times[0] - started >= PACE * 0.9
