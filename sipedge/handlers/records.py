"""The call's record, written as the call goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from sipedge.dialog import call as calls
from sipedge.dialog import leg as legs
from sipedge.facts import CallRecord
from sipedge.proxy import session_timer
from sipedge.sip.message import HeaderError, Response

if TYPE_CHECKING:
    from sipedge.handlers.hops import NextHop
    from sipedge.handlers.services import Services
    from sipedge.routing.decision import Decision, ToGateways, ToSubscriber


class CallWatch:
    """Keeps one call's record up to date in the store and in the log.

    As a context manager it ends the record when what was to start the call fails: its sender gets an answer then, and
    nobody else would ever come back to the record.
    """

    def __init__(self, services: Services, record: CallRecord) -> None:
        self._services = services
        self.record = record
        self.ended_by = ""
        """Who ends it now, where that is neither of its sides."""
        self._save()
        services.telemetry.call(record)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is not None:
            self.refused(error.status if isinstance(error, HeaderError) else 500, "")

    @property
    def is_open(self) -> bool:
        """Whether nobody has answered yet, and nobody refused."""
        return self.record.answered_at is None and self.record.ended_at is None

    def went_on(self, decision: Decision) -> None:
        """What was tried has failed, and this follows."""
        self._write(calls.went_on(self.record, decision))

    def tries(self, hop: NextHop) -> None:
        """The call goes to this gateway now."""
        if hop.attempt is not None:
            self._write(calls.tries(self.record, hop.attempt.gateway.id))

    def tried(self, hop: NextHop, status_code: int, reason: str, seconds: float) -> None:
        """This gateway has answered, after so many seconds, or will not any more."""
        if hop.attempt is None:
            return
        if status_code >= 300 or self.record.attempts:
            name = hop.attempt.gateway.name
            self._services.telemetry.gateway_tried(self.record, name, status_code, reason, seconds)
        self._write(calls.tried(self.record, hop.attempt.gateway, status_code, reason, seconds))

    def provisional(self, response: Response) -> None:
        """The callee's phone rings, or the gateway sends early media."""
        if response.status_code in (180, 183):
            self._write(calls.ringing(self.record, self._now()))

    def success(self, response: Response) -> None:
        """Somebody answered. `response`: as it went to the caller."""
        interval = session_timer.agreed(response)
        self._services.standing.answered(self.record.id, response.to_tag, interval)
        expires_at = None if interval is None else self._services.clock.look() + interval
        self._write(calls.answered(self.record, response, self._now(), expires_at))

    def failure(self, status_code: int, response: Response | None) -> None:
        """Nobody did."""
        failed = calls.failed(self.record, status_code, response, self._now())
        self._write(failed._replace(ended_by=self.ended_by) if self.ended_by and failed is not self.record else failed)

    def refused(self, status_code: int, reason: str) -> None:
        """The edge itself said no."""
        self._write(calls.refused(self.record, status_code, reason, self._now()))

    def _now(self) -> float:
        """By the clock as it stood when the call began: a duration is the time that has passed."""
        return self._services.clock.by(self.record.started_at)

    def _write(self, record: CallRecord) -> None:
        if record is self.record:
            return
        is_new_state = record.state != self.record.state
        self.record = record
        self._save()
        if is_new_state:
            self._services.telemetry.call(record)

    def _save(self) -> None:
        self._services.store.calls.save(self.record)


class Leg(CallWatch):
    """The record of a call that a subscriber's forwarding makes: its own, to whom it is forwarded. It stands and ends
    with the call that was forwarded."""

    def __init__(self, parent: CallWatch, outcome: ToSubscriber | ToGateways, services: Services) -> None:
        now = services.clock.by(parent.record.started_at)
        key = calls.call_key(now, services.entropy(10))
        domain = services.network.domain(outcome.diversions[-1].subscriber.domain_id)
        super().__init__(services, legs.begin(key, parent.record, outcome, domain.name if domain else "", now))

    def success(self, response: Response) -> None:
        """Somebody answered; the dialog is that of the call that was forwarded."""
        self._write(calls.answered(self.record, response, self._now()))

    def failure(self, status_code: int, response: Response | None) -> None:
        """Nobody answered. Once somebody has, this is another target that stopped ringing, which ends nothing."""
        if self.is_open:
            super().failure(status_code, response)
