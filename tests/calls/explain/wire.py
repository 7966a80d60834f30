"""An edge in memory on the real store, and everybody around it, who fail as they are told: what is put on the wire.

Nobody answers: each phone rings on or refuses, each gateway refuses, and what the edge tries next is noted, until the
caller has heard the end.
"""

from __future__ import annotations

import asyncio
import time
from itertools import count
from pathlib import Path
from typing import NamedTuple

from sipedge.config import Address, EdgeConfig, plain_listeners
from sipedge.engine import Engine, Outside
from sipedge.sip.flow import Flow
from sipedge.sip.message import Request, Response, make_response, parse, serialise
from sipedge.store.postgres import PostgresStore
from sipedge.telemetry import Telemetry
from tests.calls.explain.cases import PASSWORD, Case
from tests.sipedge.handlers.world import Phone, World

PATIENCE = 0.03  # seconds for PostgreSQL
LONGEST = 1000.0  # seconds of the edge's clock: Timer C a few times over
REFUSALS = {"busy": 486, "no_answer": 480, "not_registered": 480, "other": 603}


class Sent(NamedTuple):
    """One INVITE (or MESSAGE) as it left."""

    request: Request
    flow: Flow


class Heard(NamedTuple):
    """What a case put on the wire, and how it ended for the caller."""

    sent: list[Sent]
    status_code: int
    reason: str


class Wire(World):
    """World, on PostgreSQL. down: gateways that are known to be down."""

    def __init__(self, store: PostgresStore, down: set[int]) -> None:
        self.now, self.wall = 1000.0, time.time()
        self.wire = []
        self.callers: dict[str, Phone] = {}
        self.ringing: dict[str, Request] = {}
        self._numbers = count(1)
        self.store = store  # type: ignore[assignment]
        self.chance = 0.0
        self.peer_names, self.reused = {}, []
        here = Address("192.0.2.1", 5060)
        config = EdgeConfig("edge1", plain_listeners((here,)), here, "", (), b"k" * 32, Path("var"), session_expires=0)
        outside = Outside(
            lambda: self.now, lambda: self.wall, self._entropy, self._send, lambda _flow: (), lambda *_reuse: None
        )
        self.telemetry = Telemetry()
        self.engine = Engine(config, store, self.telemetry, outside)
        self.engine.services.network.is_up = lambda key: key not in down

    def _entropy(self, size: int) -> bytes:
        """Four bytes are what chance is made of (handlers/thinking.py)."""
        return int(self.chance * (1 << 32)).to_bytes(4, "big") if size == 4 else super()._entropy(size)

    async def comes(self) -> bool:
        """Whether something is put on the wire while time stands still: what PostgreSQL is asked may take so long."""
        until = time.monotonic() + PATIENCE
        while not self.wire and time.monotonic() < until:  # noqa: ASYNC110  it happens in another process
            await asyncio.sleep(0.002)
        return bool(self.wire)


async def run(world: Wire, case: Case) -> Heard:
    """Make the call, and let everybody fail."""
    world.chance, world.wire, world.ringing = case.chance, [], {}
    world.now += 60.0
    caller = world.callers.setdefault(case.source, world.phone(case.source))
    request = _request(caller, case)
    if case.username:
        caller.send(request)
        while not await world.comes():
            pass
        (challenge,) = caller.received()
        assert isinstance(challenge, Response)
        if challenge.status_code != 407:
            return Heard([], challenge.status_code, challenge.reason)
        request = caller.authorised(challenge, request, case.username, case.domain, PASSWORD)
    caller.send(request)
    heard, ends = Heard([], 0, ""), world.now + LONGEST
    while not heard.status_code:
        if await world.comes():
            heard = _react(world, case, caller, request.call_id, heard)
        else:
            assert world.now < ends, f"{case.question}: the caller never heard the end"
            world.pass_time(3.0, step=0.5)
    return heard


def _request(caller: Phone, case: Case) -> Request:
    headers = [("Privacy", "id")] if case.is_anonymous else []
    headers += [("P-Preferred-Identity", f"<sip:{case.shows}@{case.domain}>")] if case.shows else []
    return caller.request(case.method, case.request_uri, sender=case.sender, headers=headers)


def _react(world: Wire, case: Case, caller: Phone, call_id: str, heard: Heard) -> Heard:
    """Take what is on the wire, and answer it."""
    waiting, world.wire = world.wire, []
    for data, flow in waiting:
        message = parse(data)
        if isinstance(message, Response):
            if flow[:3] == caller.flow[:3] and message.status_code >= 200 and message.call_id == call_id:
                heard = heard._replace(status_code=message.status_code, reason=message.reason)
        elif message.method == case.method:
            heard.sent.append(Sent(message, flow))
            if case.failure == "no_answer" and flow.host not in case.gateways and case.method == "INVITE":
                world.ringing[message.get("Via") or ""] = message
                _answer(world, message, 180, flow)
            else:
                _answer(world, message, 503 if flow.host in case.gateways else REFUSALS[case.failure], flow)
        elif message.method == "CANCEL":
            _answer(world, message, 200, flow)
            rang = world.ringing.pop(message.get("Via") or "", None)
            if rang is not None:
                _answer(world, rang, 487, flow)
    return heard


def _answer(world: Wire, request: Request, status_code: int, flow: Flow) -> None:
    world.engine.receive(serialise(make_response(request, status_code, to_tag="x")), flow)
