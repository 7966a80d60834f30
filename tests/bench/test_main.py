"""Ending the bench: by Ctrl-C, as often as somebody presses it, and where it was to be ignored."""

import os
import signal
from collections.abc import Iterator

import pytest

from bench.__main__ import end_well


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_ends_it_and_the_second_does_not_spoil_that(number: signal.Signals) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_well()
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), number)
    os.kill(os.getpid(), number)
    os.kill(os.getpid(), signal.SIGINT)
