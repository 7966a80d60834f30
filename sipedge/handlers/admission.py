"""Whether a gateway takes one more call at this moment: its channels, and its calls a second.

Asked when its turn has come, which for the second of several is long after the call was routed. The call is counted
already then: its record names the gateway.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sipedge.routing.decision import Attempt

if TYPE_CHECKING:
    from sipedge.handlers.services import Services


def admits(services: Services, attempt: Attempt) -> bool:
    """Whether the call may go to this gateway now; where it may, it has taken its place among those of this second.
    Emergency calls always may."""
    gateway = attempt.gateway
    if attempt.is_emergency:
        return True
    if gateway.max_calls is not None and services.counts.count("gateway", gateway.id) > gateway.max_calls:
        return False
    rate = gateway.max_calls_per_second
    return rate is None or services.rates.may_begin(gateway.id, rate, services.now())
