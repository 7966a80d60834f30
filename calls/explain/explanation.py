"""What an explanation says: plain values, for the panel's page, the API and the command alike."""

from __future__ import annotations

from typing import NamedTuple

from sipedge.routing.decision import Step


class Field(NamedTuple):
    """A header field that a target gets. place: instead (of any of its name), above, below (those that are there), or
    kept, where it is the caller's own."""

    name: str
    value: str
    place: str


class Target(NamedTuple):
    """One phone, or one gateway, and what it is sent.

    kind: phone or gateway. name: whose phone it is (user@domain), or the gateway's. request_uri, from_: as they go out;
    fields: what else of the request says who calls and by which way, in its order; removed: names of what the caller
    said and the target does not learn. route: the values of Route. way: the address or flow that it is sent to. state:
    up, down, partly (as different edges see it), unknown; '' for a phone. rings_within: seconds until it has to ring,
    None: no such limit. others: of a gateway that is rung together with phones those that are tried when it fails.
    """

    kind: str
    name: str
    request_uri: str
    from_: str
    fields: tuple[Field, ...] = ()
    removed: tuple[str, ...] = ()
    route: tuple[str, ...] = ()
    way: str = ""
    state: str = ""
    rings_within: float | None = None
    is_emergency: bool = False
    others: tuple[Target, ...] = ()


class Share(NamedTuple):
    """A gateway's part of the calls that go by one of several equally good routes. percent: of the calls."""

    gateway: str
    weight: int
    percent: float


class Follow(NamedTuple):
    """What is done when a stage fails in one of these ways: busy, no_answer, not_registered, other."""

    conditions: tuple[str, ...]
    stage: Stage


class Stage(NamedTuple):
    """One decision, and what follows from its failures.

    verdict: phones (registered phones ring), gateways (the call leaves), refused (it ends with a status), nothing (the
    caller hears how the stage before has failed), elsewhere (it goes on where whoever asks may not look), more (it goes
    on, further than is explained). whose: the subscriber that rings, or whose call it is, as user@domain. groups:
    targets that are tried together, one group after the other. rings_for: seconds, None: as long as the caller waits.
    """

    steps: tuple[Step, ...] = ()
    verdict: str = "more"
    status_code: int | None = None
    reason: str = ""
    whose: str = ""
    groups: tuple[tuple[Target, ...], ...] = ()
    rings_for: int | None = None
    shares: tuple[tuple[Share, ...], ...] = ()
    follows: tuple[Follow, ...] = ()


class GatewayState(NamedTuple):
    """What one edge said lately of a gateway that it probes. since: seconds since the epoch."""

    gateway: str
    edge: str
    is_up: bool
    since: float | None
    last_status: int | None
    last_error: str


class Explanation(NamedTuple):
    """The whole of it.

    caller: user@domain, or the gateway. caller_number, callee_number: in E.164, '' where there is none or it is not for
    whoever asks. at: seconds since the epoch. states: of the gateways that occur.
    """

    caller: str
    caller_number: str
    callee: str
    callee_number: str
    method: str
    at: float
    stage: Stage
    states: tuple[GatewayState, ...] = ()
