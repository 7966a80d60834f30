"""What comes back by itself for gateways: what edges that are gone knew of them is removed."""

from __future__ import annotations

import logging

from celery import shared_task

from provider.clock import even_for
from trunking.models import GatewayState
from trunking.querysets import FORGOTTEN_AFTER

log = logging.getLogger(__name__)

SCHEDULE = {"trunking.tasks.sweep_gateway_states": 300.0}


@shared_task  # type: ignore[untyped-decorator]  # Celery brings no types
def sweep_gateway_states() -> int:
    """Remove what no edge says any more; return how many rows. A clock that was set says nothing of their age."""
    if even_for() < FORGOTTEN_AFTER:
        return 0
    removed, _ = GatewayState.objects.forgotten().delete()
    if removed:
        log.info("removed %d rows of what edges that are gone knew of gateways", removed)
    return removed
