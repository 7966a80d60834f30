"""For how long PostgreSQL's clock has gone evenly."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from provider import clock

pytestmark = pytest.mark.django_db
HOUR = 3600.0


class Clocks:
    """PostgreSQL's and the machine's, as the test moves them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wall, self.monotonic = 1_800_000_000.0, 500.0
        monkeypatch.setattr(clock, "_of_postgresql", lambda: self.wall)
        monkeypatch.setattr(clock.time, "monotonic", lambda: self.monotonic)

    def pass_time(self, seconds: float) -> timedelta:
        self.wall += seconds
        self.monotonic += seconds
        return clock.even_for()


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clocks]:
    yield Clocks(monkeypatch)
    monkeypatch.undo()


def test_it_counts_from_the_first_look(clocks: Clocks) -> None:
    assert clocks.pass_time(0) == timedelta(0)
    assert clocks.pass_time(60) == timedelta(seconds=60)
    clocks.wall += 0.5  # an answer that came late
    assert clocks.pass_time(HOUR) == timedelta(seconds=HOUR + 60)


@pytest.mark.parametrize("jump", [HOUR, -HOUR, 10.0, -365 * 86_400.0])
def test_a_jump_begins_it_anew(clocks: Clocks, jump: float) -> None:
    clocks.pass_time(0)
    clocks.pass_time(HOUR)
    clocks.wall += jump
    assert clocks.pass_time(60) == timedelta(0)
    assert clocks.pass_time(60) == timedelta(seconds=60)


def test_another_boot_knows_nothing(clocks: Clocks, monkeypatch: pytest.MonkeyPatch) -> None:
    clocks.pass_time(0)
    clocks.pass_time(HOUR)
    monkeypatch.setattr(clock, "_boot", lambda: "another")
    assert clocks.pass_time(60) == timedelta(0)


def test_the_real_clocks() -> None:
    assert clock.even_for() == timedelta(0)
    assert timedelta(0) < clock.even_for() < timedelta(seconds=30)
