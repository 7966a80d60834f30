"""Where an AoR can be reached now: the target set of RFC 3261 §16.5 from its bindings."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

from sipedge.registrar.binding import Binding
from sipedge.sip.flow import Flow, parse_flow
from sipedge.sip.uri import parse_uri


class Target(NamedTuple):
    """One device to try."""

    uri: str
    """The new request URI: the contact without its headers part, which no request URI may have (§19.1.1)."""
    flow: Flow | None
    """Where the request goes; None: where the URI, or the path, says."""
    q: int
    """Preference in thousandths."""
    binding_key: str
    path: str
    """Route values to put in (RFC 3327), '' for none."""
    edge: str
    """The edge at which the flow ends."""
    others: tuple[Target, ...] = ()
    """Further ways to the same device, best first, none of them with others. One device never gets two copies of a
    request at a time (RFC 5626 §5.3): the next way is tried when this one brought 430 or 408, or could not be sent."""


def target_set(bindings: Sequence[Binding], now: float) -> list[Target]:
    """The devices whose bindings have not expired: best q first, among equals the one refreshed last.

    Bindings of one instance are one device. now: seconds since the epoch.
    """
    alive = [binding for binding in bindings if binding.expires_at > now]
    if len(alive) == 1:
        return [_target(alive)]
    if alive:
        alive.sort(key=lambda binding: (-binding.q, -binding.expires_at))
    devices: dict[Hashable, dict[Hashable, Binding]] = {}
    for binding in alive:
        way = (binding.contact, binding.flow, binding.path)
        devices.setdefault(binding.instance_id or way, {}).setdefault(way, binding)
    return [_target(list(ways.values())) for ways in devices.values()]


def _target(ways: Sequence[Binding]) -> Target:
    targets = [target for binding in ways for target in _targets(binding)]
    return targets[0]._replace(others=tuple(targets[1:])) if len(targets) > 1 else targets[0]


def _targets(binding: Binding) -> list[Target]:
    uri = binding.contact.partition("?")[0]
    flow = None if binding.flow is None else parse_flow(binding.flow)
    target = Target(uri, flow, binding.q, binding.key, binding.path, binding.edge)
    return [target, target._replace(flow=None)] if flow is not None and _listens(uri, flow) else [target]


def _listens(uri: str, flow: Flow) -> bool:
    """Whether a phone on a stream may be connected to anew at its contact, once its connection is gone.

    It may where there is no NAT between: it is the same host. What ends with its connection is never connected to.
    """
    if not flow.reliable or flow.connection:
        return False
    contact = parse_uri(uri)
    return contact.host == flow.host and contact.port != flow.port
