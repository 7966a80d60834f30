"""What this edge knows of gateways, told to the panel by way of the store.

A change is told at once; that nothing has changed is told every SAVE_EVERY seconds, so that what an edge says that is
gone can be known by its age.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sipedge.facts import GatewayStateRecord
from sipedge.trunks.health import Health

if TYPE_CHECKING:
    from sipedge.handlers.services import Services

SAVE_EVERY: Final = 30.0  # seconds


class GatewayStates:
    """The newest record of each gateway that is probed or registered at."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._records: dict[int, GatewayStateRecord] = {}
        self._told_at: dict[int, float] = {}  # by the monotonic clock

    def probed(self, gateway_id: int, health: Health) -> None:
        """One look at a gateway has ended."""
        before = self._of(gateway_id)
        record = before._replace(
            is_up=health.is_up,
            since=health.since,
            last_status=health.status_code,
            last_error=health.error,
            round_trip_ms=None if health.round_trip is None else round(1000 * health.round_trip),
            checked_at=self._services.wall(),
        )
        self._keep(record, is_news=record.is_up is not before.is_up or record.last_error != before.last_error)

    def not_probed(self, gateway_id: int) -> None:
        """Nobody looks at it any more."""
        if gateway_id in self._records:
            self._keep(
                self._of(gateway_id)._replace(
                    is_up=None, since=None, last_status=None, last_error="", round_trip_ms=None, checked_at=None
                )
            )

    def registered(self, gateway_id: int, until: float | None, status_code: int | None, error: str) -> None:
        """An attempt to register there has ended. until: seconds since the epoch, None: there is no registration."""
        self._keep(
            self._of(gateway_id)._replace(
                registered_until=until, registration_status=status_code, registration_error=error
            )
        )

    def _of(self, gateway_id: int) -> GatewayStateRecord:
        known = self._records.get(gateway_id)
        return known or GatewayStateRecord(gateway_id, self._services.config.name, 0.0)

    def _keep(self, record: GatewayStateRecord, *, is_news: bool = True) -> None:
        services, gateway_id = self._services, record.gateway_id
        record = self._records[gateway_id] = record._replace(saved_at=services.wall())
        now = services.now()
        if is_news or now - self._told_at.get(gateway_id, -SAVE_EVERY) >= SAVE_EVERY:
            self._told_at[gateway_id] = now
            services.store.gateway_states.save(record)
        if record == GatewayStateRecord(gateway_id, record.edge, record.saved_at):
            self._records.pop(gateway_id, None)  # nothing is known of it any more
            self._told_at.pop(gateway_id, None)
