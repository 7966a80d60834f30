"""The rows of calls, as PostgreSQL's COPY reads them: half a year of them, of all directions and outcomes.

Nine of ten calls are the big resellers'. Of the last three resellers one has twenty calls all over the time, one
twenty long ago, one none; the last customer of the first reseller has ten long ago.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from bench.web.rows import GATEWAYS, domain_name, e164, is_assigned, line, username
from bench.web.shape import BIG, SPARSE, Part, Shape

SPAN: Final = timedelta(days=180)
FEW: Final = 20
COLUMNS: Final = (
    "id, direction, state, sip_call_id, from_tag, to_tag, caller, callee, caller_number, callee_number, "
    "caller_subscriber_id, callee_subscriber_id, caller_customer_id, callee_customer_id, caller_reseller_id, "
    "callee_reseller_id, gateway_in_id, gateway_out_id, edge, started_at, ringing_at, answered_at, ended_at, "
    "status_code, reason, ended_by"
)
HOT_NUMBER: Final = "+43800100200"
"""One of a hundred calls out goes there."""

RARE_GATEWAY: Final = GATEWAYS - 1
"""A gateway with a few calls; the one after it has none."""

LIVE: Final = 300
"""Calls that stand when the rows are written."""

_ENDINGS: Final = (  # status, reason, ended by; of those that nobody answered
    (486, "Busy Here", "callee"), (487, "Request Terminated", "caller"), (480, "Temporarily Unavailable", "gateway"),
    (404, "Not Found", "edge"), (503, "Service Unavailable", "gateway"),
)  # fmt: skip


class Side:
    """What a record says about one end of a call that is ours."""

    __slots__ = ("customer", "number", "reseller", "subscriber", "uri")

    def __init__(self, shape: Shape, subscriber: int) -> None:
        part = shape.part_of(subscriber)
        own = part.numbers.start + subscriber - part.subscribers.start
        self.subscriber: int | None = subscriber
        self.customer: int | None = part.customer_of(subscriber)
        self.reseller: int | None = part.reseller
        self.number = e164(own) if is_assigned(shape, part, own) else ""
        self.uri = f"sip:{username(shape, subscriber)}@{domain_name(part.domain_of(subscriber))}"


class Outside:
    """The end that is in the telephone network."""

    subscriber: int | None = None
    customer: int | None = None
    reseller: int | None = None

    def __init__(self, number: str, *, anonymous: bool = False) -> None:
        self.number = number
        self.uri = "sip:anonymous@anonymous.invalid" if anonymous else f"sip:{number}@192.0.2.10;user=phone"


def call_rows(shape: Shape, begin: datetime, end: datetime, count: int, *, live: int = 0) -> Iterator[str]:
    """`count` calls from `begin` to `end`, the oldest first; the last `live` of them have not ended."""
    chance = random.Random(f"{begin.timestamp():.0f}")
    step = (end - begin).total_seconds() / count
    few = _few(shape, count)
    for order in range(count):
        started = begin.timestamp() + order * step
        own = few.get(order) or _anybody(shape, chance)
        yield _call(shape, chance, order, started, own, is_live=order >= count - live)


def _few(shape: Shape, count: int) -> dict[int, int]:
    """Which calls are of those who hardly call: order of the call → subscriber."""
    spread, old = shape.parts[-SPARSE].subscribers, shape.parts[-SPARSE + 1].subscribers
    quiet = shape.parts[0].quiet
    found = {one * (count // FEW): spread[one % len(spread)] for one in range(FEW)}
    found |= {10 + one * 7: old[one % len(old)] for one in range(FEW)}
    return found | {11 + one * 14: quiet[one % len(quiet)] for one in range(FEW // 2)}


def _anybody(shape: Shape, chance: random.Random) -> int:
    big = chance.random() < 0.9
    parts = shape.parts[:BIG] if big else shape.parts[BIG:-SPARSE]
    part: Part = parts[int(chance.random() * len(parts))]
    return part.talking[int(chance.random() * len(part.talking))]


def _call(shape: Shape, chance: random.Random, order: int, started: float, own: int, *, is_live: bool) -> str:
    kind, gateway, side = order % 10, _gateway(chance, order), Side(shape, own)
    caller: Side | Outside
    callee: Side | Outside
    if kind < 5:
        direction, caller, callee = "inbound", _stranger(chance), side
    elif kind < 9:
        caller, callee, direction = side, _dialled(chance), "outbound"
    else:
        caller, callee, direction = side, Side(shape, _other(shape, chance, own)), "internal"
    state, *rest = _state(chance, started, is_live)
    bits = chance.getrandbits(74)
    # UUID of version 7 (RFC 9562 §5.7): milliseconds, then random.
    key = (int(started * 1000) << 80) | 0x7 << 76 | (bits >> 62) << 64 | 0b10 << 62 | bits & (1 << 62) - 1
    return line(
        UUID(int=key), direction, state, f"{bits:019x}@192.0.2.{order % 250}",
        f"{bits & 0xFFFFFFFF:08x}", f"{bits >> 40:08x}", caller.uri, callee.uri, caller.number, callee.number,
        caller.subscriber, callee.subscriber, caller.customer, callee.customer, caller.reseller, callee.reseller,
        gateway if direction == "inbound" else None, gateway if direction == "outbound" else None,
        f"edge-{1 + order % 3}", *rest,
    )  # fmt: skip


def _gateway(chance: random.Random, order: int) -> int:
    """Half by the first, the rest by the others but the last two; now and then one by the rare gateway."""
    if order % 500_000 in (4, 8):
        return RARE_GATEWAY
    return 1 if chance.random() < 0.5 else 2 + int(chance.random() * (GATEWAYS - 3))


def _stranger(chance: random.Random) -> Outside:
    return Outside(f"+43660{int(chance.random() * 200_000):07}", anonymous=chance.random() < 0.03)


def _dialled(chance: random.Random) -> Outside:
    return Outside(HOT_NUMBER if chance.random() < 0.01 else f"+43676{int(chance.random() * 200_000):07}")


def _other(shape: Shape, chance: random.Random, own: int) -> int:
    """Of internal calls one in ten goes to another reseller's subscriber."""
    if chance.random() < 0.1:
        return _anybody(shape, chance)
    part = shape.part_of(own)
    return part.subscribers[int(chance.random() * len(part.subscribers))]


def _state(chance: random.Random, started: float, is_live: bool) -> tuple[object, ...]:
    """State, times, status, reason, ended by."""
    began, rang = _time(started), _time(started + 0.5 + chance.random())
    luck = chance.random()
    answered = started + 4 + 10 * chance.random()
    if is_live:
        if luck < 0.2:
            return "trying", began, None, None, None, None, "", ""
        if luck < 0.4:
            return "ringing", began, rang, None, None, None, "", ""
        return "answered", began, rang, _time(answered), None, 200, "OK", ""
    if luck < 0.6:
        over = _time(answered + chance.expovariate(1 / 120))
        return "ended", began, rang, _time(answered), over, 200, "OK", "caller" if luck < 0.35 else "callee"
    return "ended", began, rang, None, _time(started + 20), *_ENDINGS[int(luck * 1000) % len(_ENDINGS)]


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
