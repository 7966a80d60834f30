"""PJSIP as a real phone: tests/interop/pjsip_phone.py in a process of its own, told what to do, asked what happened."""

import importlib.util
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import pytest

from tests.scenarios.phone import How
from tests.scenarios.sip_message import Account
from tests.scenarios.tones import Ear
from tests.scenarios.waiting import DEADLINE
from tests.tools import is_ci

_PROGRAM: Final = Path(__file__).with_name("pjsip_phone.py")
_FIRST_PYTHON_WITHOUT: Final = (3, 13)
_MISSING: Final = "PJSIP (pjsua2-python) is not installed: it has no wheel for this Python or machine"
_EXPIRES: Final = 300
Event = dict[str, Any]


def require_pjsip() -> None:
    """Skips the test where there is no PJSIP; a build server with a Python that has one must have it."""
    if importlib.util.find_spec("pjsua2") is not None:
        return
    must_be_there = is_ci() and sys.version_info < _FIRST_PYTHON_WITHOUT
    (pytest.fail if must_be_there else pytest.skip)(_MISSING)


class Pjsip:
    """One PJSIP phone. Use `pjsip_phone`, which ends it."""

    def __init__(self, folder: Path, account: Account, edge: tuple[str, int], hertz: int, how: How) -> None:
        self.account = account
        self.hertz = hertz
        self._ear = Ear(folder / "heard", account.username)
        self._log = folder / "errors"
        self._events: queue.Queue[Event | None] = queue.Queue()
        self._backlog: list[Event] = []
        self._known: list[Event] = []
        (folder / "heard").mkdir(parents=True)
        settings = {
            "folder": str(folder / "heard"),
            "username": account.username,
            "password": account.password,
            "domain": account.domain,
            "scheme": how.scheme,
            "edge": f"{how.scheme}:{edge[0]}:{edge[1]};transport={how.transport};lr",
            "transport": how.transport,
            "hertz": hertz,
            "ca": str(how.authority or ""),
            "expires": _EXPIRES,
            "refresh": how.refresh_after,
            "required": list(how.required),
        }
        self.process = _start(settings, self._log)
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def dial(self, uri: str) -> None:
        """Begins a call."""
        self._command("dial", uri=uri)

    def rings(self) -> str:
        """Waits for a call; returns its Call-ID."""
        call_id: str = self.hears_event(lambda event: event["event"] == "incoming", "a call")["call"]
        return call_id

    def hears_ringing(self) -> None:
        """Waits until the other side rings."""
        self.hears_event(lambda event: event.get("state") == "EARLY", "ringing")

    def accept(self) -> None:
        """Answers the call that rings."""
        self._command("answer", status=200)

    def talks(self) -> str:
        """Waits until a call stands; returns its Call-ID."""
        call_id: str = self.hears_event(lambda event: event.get("state") == "CONFIRMED", "a call that stands")["call"]
        return call_id

    def is_busy(self) -> None:
        """Refuses the call that rings with 486."""
        self._command("answer", status=486)

    def declines(self) -> None:
        """Refuses the call that rings with 603."""
        self._command("answer", status=603)

    def hang_up(self) -> None:
        """Ends the call, or gives it up."""
        self._command("hang_up")

    def ended(self) -> str:
        """Waits until a call has ended; returns what it was told as the reason."""
        event = self.hears_event(lambda event: event.get("state") == "DISCONNECTED", "a call that has ended")
        return f"{event['status']} {event['reason']}"

    def hears(self, hertz: int) -> None:
        """Waits until it hears this tone."""
        self._ear.hears(hertz)

    def hears_again(self, hertz: int) -> None:
        """Waits until it hears this tone; a hold changes nothing in how it hears."""
        self._ear.hears(hertz)

    def hold(self) -> None:
        """Puts the call on hold (a re-INVITE with a=sendonly); returns when the other side has agreed."""
        self._command("hold")
        self._has_sound("held by us")

    def resume(self) -> None:
        """Takes it back; returns when the other side has agreed."""
        self._command("resume")
        self._has_sound("active")

    def is_held(self) -> None:
        """Waits until the other side has put it on hold, and is heard no more."""
        self._has_sound("held by them")
        self._ear.hears_nothing()

    def is_taken_back(self) -> None:
        """Waits until the other side has taken it back."""
        self._has_sound("active")

    def transfer(self, uri: str) -> None:
        """Asks the other side to call `uri` instead (REFER)."""
        self._command("transfer", uri=uri)

    def join(self) -> None:
        """Asks the other side of its first call to take its place in the second (REFER with Replaces)."""
        self._command("join")

    def sends_digit(self, digit: str) -> None:
        """Sends a key that was pressed, by INFO."""
        self._command("send_digit", digit=digit)

    def gets_digit(self) -> str:
        """Waits for a key that the other side pressed."""
        digit: str = self.hears_event(lambda event: event["event"] == "digit", "a digit")["digit"]
        return digit

    def writes(self, text: str) -> None:
        """Sends a text to the other side of the call (MESSAGE in the dialog)."""
        self._command("write", text=text)

    def reads(self) -> str:
        """Waits for a text of the other side."""
        text: str = self.hears_event(lambda event: event["event"] == "message", "a text")["text"]
        return text

    def settles(self) -> None:
        """It records calls apart whenever they begin."""

    def is_rid_of_it(self) -> None:
        """Waits until the other side says that the transfer went well, and leaves the call."""
        event = self.hears_event(lambda event: event.get("final") is True, "the end of the transfer")
        assert event["status"] == 200, event
        self._command("hang_up_first")

    def clear(self) -> None:
        """Ends what calls it has, and forgets what happened."""
        self._command("clear")
        self._backlog.clear()
        while not self._events.empty():
            self._events.get()

    def registers(self) -> None:
        """Waits until the edge has taken a registration."""
        self.hears_event(
            lambda event: event["event"] == "registered" and event["status"] == 200, "a registration", 6 * DEADLINE
        )

    def hears_event(self, wanted: Callable[[Event], bool], what: str, seconds: float = 2 * DEADLINE) -> Event:
        """Waits for an event; events before it are forgotten."""
        deadline = time.monotonic() + seconds
        while not wanted(event := self._next(deadline, what)):
            continue
        return event

    def close(self) -> None:
        """Ends it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        try:
            self.process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._reader.join()
        self.process.stdout.close()

    def _has_sound(self, how: str) -> None:
        self.hears_event(lambda event: event.get("sound") == how, f"a call that is {how}")

    def _command(self, name: str, **parameters: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": name} | parameters).encode() + b"\n")
        self.process.stdin.flush()
        deadline = time.monotonic() + 2 * DEADLINE
        passed = []
        while (answer := self._next(deadline, f"the answer to {name}")).get("command") != name:
            passed.append(answer)
        self._backlog = passed + self._backlog
        assert answer["event"] == "done", answer

    def _next(self, deadline: float, what: str) -> Event:
        if self._backlog:
            return self._backlog.pop(0)
        with suppress(queue.Empty):
            event = self._events.get(timeout=max(0.001, deadline - time.monotonic()))
            if event is not None:
                self._known.append(event)
                return event
        errors = self._log.read_text(errors="replace")[-1500:]
        raise AssertionError(f"{self.account.username}: {what} did not come; last: {self._known[-8:]} {errors}")

    def _read(self) -> None:
        """Takes events as they come (in a thread); None says that there will be no more."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._events.put(json.loads(line))
        self._events.put(None)


def _start(settings: dict[str, Any], log: Path) -> "subprocess.Popen[bytes]":
    with log.open("wb") as errors:
        return subprocess.Popen(
            [sys.executable, str(_PROGRAM), json.dumps(settings)],
            env={"PATH": os.environ["PATH"]},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
        )


@contextmanager
def pjsip_phone(folder: Path, account: Account, edge: tuple[str, int], hertz: int, how: How) -> Iterator[Pjsip]:
    """A phone that plays a tone of so many hertz to whom it talks with."""
    require_pjsip()
    phone = Pjsip(folder / account.username, account, edge, hertz, how)
    try:
        yield phone
    finally:
        phone.close()
