"""Sampled call stacks, as py-spy writes them with `--format raw`, and the rooms of the edge that they belong to.

A sample counts for the innermost frame that is ours or asyncpg's: what json, hashlib or logging do is the cost of
the room that called them. C code without Python frames (the event loop, asyncpg's protocol) counts where it was
called from, which for what the loop itself does is the frame that runs the loop.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final, NamedTuple

from provider.run.environment import ROOT

LOOP: Final = "event loop, C parts of asyncpg"
_FRAME: Final = re.compile(r"(.+) \((.+?)(?::(\d+))?\)")
_PLACE: Final = re.compile(r".*/(?:site-packages|lib/python3\.\d+)/")
"""Where Python and its packages are on this machine is nobody's business, in a picture that is shown."""
_IDLE: Final = ("_PollLikeSelector.select", "select", "wait")
"""Where threads wait: py-spy takes the metrics server's for work."""
_LOOP_FILES: Final = ("sipedge/__main__.py",)


class Frame(NamedTuple):
    """A function and its file, from the project's root on where it is ours."""

    function: str
    file: str


class Stack(NamedTuple):
    """Frames from the outermost one on, and how often the stack was seen."""

    frames: tuple[Frame, ...]
    samples: int


def parse(text: str) -> list[Stack]:
    """The stacks of a raw file: `frame;frame;… count` in each line. Lines of another form are left out, and waiting."""
    stacks = []
    for line in text.splitlines():
        names, _, count = line.rpartition(" ")
        frames = tuple(_frame(name) for name in names.split(";"))
        if count.isdigit() and frames and frames[-1].function not in _IDLE:
            stacks.append(Stack(frames, int(count)))
    return stacks


def room_of(stack: Stack) -> str:
    """The room whose time this is: `sip/parse`, `store/commit`, `asyncpg`, …"""
    for frame in reversed(stack.frames):
        if frame.file in _LOOP_FILES:
            return LOOP
        if frame.file.startswith("sipedge/"):
            return frame.file.removeprefix("sipedge/").removesuffix(".py")
        if frame.file.startswith("asyncpg/"):
            return "asyncpg"
    return "threads and start"


def by_room(stacks: Iterable[Stack]) -> Counter[str]:
    """Samples of each room."""
    found: Counter[str] = Counter()
    for stack in stacks:
        found[room_of(stack)] += stack.samples
    return found


def by_function(stacks: Iterable[Stack]) -> Counter[str]:
    """Samples of each innermost frame of ours or of a library, alone."""
    found: Counter[str] = Counter()
    for stack in stacks:
        last = stack.frames[-1]
        found[f"{last.function} ({last.file})"] += stack.samples
    return found


def _frame(text: str) -> Frame:
    match = _FRAME.fullmatch(text)
    if match is None:
        return Frame(text, "")
    return Frame(match[1], _PLACE.sub("", match[2].removeprefix(f"{ROOT}/")))
