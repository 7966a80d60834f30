"""What a handler awaits when a fact is not in memory, and what drives the handler.

A message whose facts are in memory is handled in one synchronous pass. Handlers are nevertheless written with
`await`, because the rare miss has to wait for PostgreSQL. An asyncio task and future for each message would
cost more than parsing it, so a handler's coroutine is driven by `start`, and waits for a `Waiting`.

No asyncio here: whoever resolves a Waiting resumes the handlers that wait for it, in place.
"""

from collections.abc import Callable, Coroutine, Generator
from typing import Any, Generic, TypeVar, cast

T = TypeVar("T")


class Waiting(Generic[T]):
    """A value that is not there yet. Any number of handlers may await the same one."""

    __slots__ = ("_error", "_value", "_wake_ups", "done")

    def __init__(self) -> None:
        self.done = False
        self._value: T | None = None
        self._error: Exception | None = None
        self._wake_ups: list[Callable[[], None]] = []

    def __await__(self) -> Generator["Waiting[Any]", None, T]:
        """Give the value, or raise what `fail` was called with; yields itself once while neither is known."""
        if not self.done:
            yield self
        return self.result()

    def result(self) -> T:
        """The value; raises what `fail` was given, or RuntimeError when nothing is known yet."""
        if not self.done:
            raise RuntimeError("nothing is known yet")
        if self._error is not None:
            raise self._error
        return cast(T, self._value)

    def add_wake_up(self, wake_up: Callable[[], None]) -> None:
        """Have `wake_up` called once the outcome is known, at once when it is known already."""
        if self.done:
            wake_up()
        else:
            self._wake_ups.append(wake_up)

    def resolve(self, value: T) -> None:
        """The value is known: resume all who wait, in the order in which they came.

        A second outcome is ignored.
        """
        self._settle(value, None)

    def fail(self, error: Exception) -> None:
        """There will be no value: raise `error` in all who wait. A second outcome is ignored."""
        self._settle(None, error)

    def _settle(self, value: T | None, error: Exception | None) -> None:
        if self.done:
            return
        self.done = True
        self._value = value
        self._error = error
        wake_ups, self._wake_ups = self._wake_ups, []
        for wake_up in wake_ups:
            wake_up()


def resolved(value: T) -> Waiting[T]:
    """A Waiting whose value is known from the beginning."""
    waiting: Waiting[T] = Waiting()
    waiting.resolve(value)
    return waiting


def failed(error: Exception) -> Waiting[Any]:
    """A Waiting that raises `error` when it is awaited."""
    waiting: Waiting[Any] = Waiting()
    waiting.fail(error)
    return waiting


def start(coroutine: Coroutine[Any, Any, None], on_error: Callable[[Exception], None]) -> None:
    """Run a handler until it ends or has to wait; whoever resolves what it waits for runs it further.

    The first step happens before this returns. The coroutine may await nothing but Waitings. An exception
    that it lets out goes to `on_error`, which must not raise: one message that breaks our code disturbs
    nothing else.
    """
    try:
        waiting = coroutine.send(None)
        while waiting.done:
            waiting = coroutine.send(None)
    except StopIteration:
        return
    except Exception as error:  # noqa: BLE001  the boundary at which one message's failure stays its own
        on_error(error)
        return
    waiting.add_wake_up(lambda: start(coroutine, on_error))
