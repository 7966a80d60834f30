"""Handlers that wait without tasks: driven in place, resumed by whoever has the answer."""

import pytest

from sipedge.store.waiting import Waiting, failed, resolved, start


class Log(list[str]):
    def error(self, error: Exception) -> None:
        self.append(repr(error))


def test_a_handler_that_needs_nothing_is_done_when_start_returns() -> None:
    log = Log()

    async def handler() -> None:
        log.append("done")

    start(handler(), log.error)

    assert log == ["done"]


def test_a_handler_waits_until_it_is_resolved() -> None:
    log, waiting = Log(), Waiting[str]()

    async def handler() -> None:
        log.append("asked")
        log.append(await waiting)

    start(handler(), log.error)
    assert log == ["asked"]

    waiting.resolve("answer")
    assert log == ["asked", "answer"]


def test_what_is_known_already_is_not_waited_for() -> None:
    log = Log()

    async def handler() -> None:
        log.append(await resolved("answer"))

    start(handler(), log.error)

    assert log == ["answer"]


def test_several_handlers_wait_for_one_answer_and_go_on_in_their_order() -> None:
    log, waiting = Log(), Waiting[str]()

    async def handler(name: str) -> None:
        log.append(name + await waiting)

    for name in "abc":
        start(handler(name), log.error)
    waiting.resolve("!")

    assert log == ["a!", "b!", "c!"]


def test_one_handler_waits_many_times() -> None:
    log, first, second = Log(), Waiting[str](), Waiting[str]()

    async def handler() -> None:
        log.append(await first)
        log.append(await second)

    start(handler(), log.error)
    second.resolve("2")
    assert log == []
    first.resolve("1")

    assert log == ["1", "2"]


def test_a_failure_is_raised_where_it_is_awaited() -> None:
    log, waiting = Log(), Waiting[str]()

    async def handler() -> None:
        try:
            await waiting
        except LookupError:
            log.append("caught")

    start(handler(), log.error)
    waiting.fail(LookupError())

    assert log == ["caught"]


def test_what_a_handler_lets_out_disturbs_no_other() -> None:
    log, waiting = Log(), Waiting[str]()

    async def handler(name: str) -> None:
        await waiting
        if name == "bad":
            raise LookupError(name)
        log.append(name)

    for name in ("first", "bad", "last"):
        start(handler(name), log.error)
    waiting.resolve("")

    assert log == ["first", "LookupError('bad')", "last"]


def test_a_handler_that_breaks_at_once_is_reported() -> None:
    log = Log()

    async def handler() -> None:
        await failed(LookupError("at once"))

    start(handler(), log.error)

    assert log == ["LookupError('at once')"]


def test_the_first_outcome_counts() -> None:
    waiting = Waiting[str]()
    waiting.resolve("first")
    waiting.fail(LookupError())
    waiting.resolve("second")

    assert waiting.result() == "first"


def test_asking_for_a_result_too_early_is_an_error() -> None:
    with pytest.raises(RuntimeError):
        Waiting[str]().result()


def test_a_wake_up_that_comes_too_late_is_called_at_once() -> None:
    log = Log()

    resolved(1).add_wake_up(lambda: log.append("woken"))

    assert log == ["woken"]


def test_ten_thousand_waits_in_a_row_need_no_stack() -> None:
    log = Log()

    async def handler() -> None:
        for _ in range(10_000):
            await resolved(None)
        log.append("done")

    start(handler(), log.error)

    assert log == ["done"]
