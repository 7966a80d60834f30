"""How often each room's functions are called for one piece of work: the whole edge in memory, under cProfile.

These counts are exact and the same on every machine, however busy it is: what a change saves shows here first.
"""

from __future__ import annotations

import cProfile
import pstats
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from provider.run.environment import ROOT
from sipedge.sip.message import Response
from tests.sipedge.handlers.world import GATEWAY, Phone, World

ROUNDS: Final = 50
_NORTH: Final = "north.example"


@dataclass(frozen=True, slots=True)
class Calls:
    """Of one piece of work: function calls in all, and by room (of C functions, by who called them: `built in`)."""

    total: float
    by_room: dict[str, float]


def of_registrations() -> Calls:
    """A phone that registers again and again: challenge, and the answer to it."""
    world = World()
    phone = world.phone("192.0.2.50")
    _registered(world, phone)
    return _counted(lambda: _registered(world, phone), world)


def of_calls() -> Calls:
    """A call in by number that is answered, and hung up by the caller."""
    world = World()
    gateway, phone = world.phone(GATEWAY), world.phone("192.0.2.60")
    phone.register("bob", expires=3600)
    _called(world, gateway, phone)
    return _counted(lambda: _called(world, gateway, phone), world)


def _counted(piece: Callable[[], None], world: World) -> Calls:
    """The edge's part of the work: phones work too, but outside of the profile."""
    profile = cProfile.Profile()
    receive = world.engine.receive

    def profiled(data: bytes, flow: object) -> None:
        profile.enable()
        receive(data, flow)
        profile.disable()

    world.engine.receive = profiled
    for _ in range(ROUNDS):
        piece()
    rooms: dict[str, float] = {}
    for (file, _line, _name), (_primitive, calls, *_times) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        room = _room(file)
        rooms[room] = rooms.get(room, 0.0) + calls / ROUNDS
    return Calls(sum(rooms.values()), rooms)


def _room(file: str) -> str:
    if file == "~":
        return "built in"
    path = file.removeprefix(f"{ROOT}/")
    return path.removeprefix("sipedge/").removesuffix(".py") if path.startswith("sipedge/") else "standard library"


def _registered(world: World, phone: Phone) -> None:
    uri = f"sip:alice@{_NORTH}"
    message = phone.request("REGISTER", f"sip:{_NORTH}", sender=uri, to=uri, headers=[("Expires", "600")])
    (response,) = phone.ask_as("alice", message)
    assert response.status_code == 200, response
    world.pass_time(0.1)


def _called(world: World, gateway: Phone, phone: Phone) -> None:
    invite = gateway.request("INVITE", f"sip:+4311002@{_NORTH}", sender="sip:+431234@gw.example")
    gateway.send(invite)
    (ringing,) = phone.received()
    phone.answer(ringing, 180)
    phone.answer(ringing, 200)
    answered = [one for one in gateway.received() if isinstance(one, Response) and one.status_code == 200]
    gateway.send(gateway.in_dialog("ACK", answered[0], cseq=1))
    phone.received()
    gateway.send(gateway.in_dialog("BYE", answered[0]))
    (bye,) = phone.received()
    phone.answer(bye, 200)
    assert [one.status_code for one in gateway.received()] == [200]
    world.pass_time(40.0, step=8.0)
