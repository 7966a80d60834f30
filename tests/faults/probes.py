"""How the edge is while something is wrong: how fast it answers, and what it holds."""

import asyncio
import math
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.faults.wire import Peer
from tests.scenarios.sip_message import token, write

_PACE: Final = 0.01
_PATIENCE: Final = 0.45  # less than T1: each OPTIONS is sent once


@dataclass(frozen=True, slots=True)
class Pulse:
    """How OPTIONS were answered. p99: seconds, of the best window, for the machine has other work too; lost: in all."""

    p99: float
    lost: int
    asked: int

    @classmethod
    async def taken(cls, edge: tuple[str, int], seconds: float, windows: int = 1) -> "Pulse":
        """Asks a hundred times a second for so long."""
        peer = await Peer.open(edge)
        try:
            times = [await _window(peer, seconds / windows) for _ in range(windows)]
        finally:
            await peer.close()
        everything = [one for window in times for one in window]
        return cls(min(map(p99, times)), sum(map(math.isinf, everything)), len(everything))


def p99(times: Sequence[float]) -> float:
    """The time that one in a hundred exceeds."""
    return sorted(times)[math.ceil(0.99 * len(times)) - 1]


def open_files(pid: int) -> int:
    """How many file descriptors a process has."""
    return len(os.listdir(f"/proc/{pid}/fd"))


def resident_bytes(pid: int) -> int:
    """How much memory a process uses."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def _window(peer: Peer, seconds: float) -> list[float]:
    until = time.monotonic() + seconds
    asked = []
    while time.monotonic() < until:
        asked.append(asyncio.create_task(_ask(peer)))
        await asyncio.sleep(_PACE)
    return await asyncio.gather(*asked)


def options(peer: Peer) -> bytes:
    """An OPTIONS to the edge itself."""
    host, port = peer.target
    uri = f"sip:{host}:{port}"
    common = [("Via", peer.via()), ("Max-Forwards", "70"), ("From", f"<sip:pulse@{peer.sent_by}>;tag={token()}")]
    keys = [("To", f"<{uri}>"), ("Call-ID", token()), ("CSeq", "1 OPTIONS")]
    return write(f"OPTIONS {uri} SIP/2.0", [*common, *keys])


async def _ask(peer: Peer) -> float:
    """Seconds until the 200; infinity when there is none."""
    began = time.monotonic()
    answer = await peer.transact(options(peer), _PATIENCE)
    return time.monotonic() - began if answer is not None and answer.status == 200 else math.inf
