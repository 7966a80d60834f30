"""Where an AoR can be reached now: the target set of RFC 3261 §16.5 from its bindings."""

from collections.abc import Sequence
from typing import NamedTuple

from sipedge.registrar.binding import Binding
from sipedge.sip.flow import Flow, parse_flow


class Target(NamedTuple):
    """One place to try."""

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


def target_set(bindings: Sequence[Binding], now: float) -> list[Target]:
    """Targets of all bindings that have not expired: best q first, among equals the one refreshed last.

    now: seconds since the epoch.
    """
    alive = [binding for binding in bindings if binding.expires_at > now]
    alive.sort(key=lambda binding: (-binding.q, -binding.expires_at))
    return [_target(binding) for binding in alive]


def _target(binding: Binding) -> Target:
    uri = binding.contact.partition("?")[0]
    flow = None if binding.flow is None else parse_flow(binding.flow)
    return Target(uri, flow, binding.q, binding.key, binding.path, binding.edge)
