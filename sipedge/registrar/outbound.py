"""Flows that a phone keeps open (RFC 5626 §6): which registrations are of that kind, and what their 200 says.

Over UDP such a flow is kept open by STUN, which nobody answers here. A phone on UDP that gives instance and reg-id has
its binding known by these, but is not told that outbound is in force: it would take its flow for dead.
"""

from __future__ import annotations

from typing import Final

from sipedge.registrar.path import path_values, supports
from sipedge.sip.flow import Flow
from sipedge.sip.message import HeaderError, Request

OPTION: Final = "outbound"


def registers_a_flow(request: Request, instance_id: str) -> bool:
    """Whether the reg-id of a Contact counts: it has an instance, and the first hop knows of flows (§6).

    That hop is ourselves, or the proxy nearest to the phone, which then has put `ob` into its Path value. Raises
    HeaderError 439 where the phone says that it wants outbound and that proxy does not know it.
    """
    if not instance_id:
        return False  # §6: a reg-id without an instance is ignored
    if len(request.vias) == 1 or _first_hop_knows(request):
        return True
    if supports(request, OPTION):
        raise HeaderError("First Hop Lacks Outbound Support", 439)
    return False


def flow_headers(request: Request, source: Flow, path: str, flow_timer: int) -> tuple[tuple[str, str], ...]:
    """What the 200 to a registered flow says besides (§6): that outbound is in force, and how often to keep it alive.

    flow_timer: seconds. Flow-Timer is for whom we are the first hop; a proxy on the path has its own.
    """
    if not supports(request, OPTION) or not (path or source.reliable):
        return ()
    required = ("Require", OPTION)
    return (required,) if path else (required, ("Flow-Timer", str(flow_timer)))


def _first_hop_knows(request: Request) -> bool:
    values = path_values(request)
    return bool(values) and values[-1].uri.has_param("ob")
