"""The shares of the soak's load."""

import pytest

from bench.sipp import SCENARIOS
from bench.soak import mix
from bench.soak.mix import KINDS, Task


def test_kinds_of_calls_share_all_of_them() -> None:
    assert sum(kind.share for kind in KINDS) == pytest.approx(1.0)
    for kind in KINDS:
        assert (SCENARIOS / f"{kind.caller}.xml").exists()
        assert not kind.callee or (SCENARIOS / f"{kind.callee}.xml").exists()


def test_nobodys_phone_does_two_things() -> None:
    called = range(len(KINDS) * mix.GROUP)
    assert called.stop <= mix.REFRESHERS.start
    assert mix.REFRESHERS.stop <= mix.PASSING.start
    assert mix.PASSING.stop <= 10_000


def test_a_task_survives_the_command_line() -> None:
    task = Task(("127.0.0.1", 5060), 5061, 5070, 765.0, 600.0, ((0, 5071), (500, 5072)))
    assert Task.from_text(task.as_text()) == task
