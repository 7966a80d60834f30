"""Who asks for an explanation, and what of it is not for them."""

from __future__ import annotations

from typing import NamedTuple

from accounts.choices import Role
from accounts.models import User
from calls.parties import may_see
from sipedge.facts import SubscriberFacts
from sipedge.routing.decision import Outcome, Refused, Step, ToGateways


class Viewer(NamedTuple):
    """user: None for the operator at the command line, who may see everything."""

    user: User | None

    @property
    def sees_all(self) -> bool:
        """Whether nothing is left out: gateways, routes and everybody's subscribers are the provider's."""
        return self.user is None or self.user.role == Role.ADMIN

    def owns(self, subscriber: SubscriberFacts) -> bool:
        """Whether a subscriber is the viewer's to see."""
        return self.user is None or may_see(self.user, subscriber.reseller_id, subscriber.customer_id)

    def may_follow(self, outcome: Outcome) -> bool:
        """Whether all who have a part in an outcome are the viewer's: whom it is for, and who forwarded it there."""
        if self.sees_all:
            return True
        whose = outcome.payer if isinstance(outcome, ToGateways) else outcome.subscriber
        forwarders = () if isinstance(outcome, Refused) else [one.subscriber for one in outcome.diversions]
        return all(self.owns(one) for one in (whose, *forwarders) if one is not None)

    def seen(self, steps: list[Step], stranger_at: int | None) -> tuple[Step, ...]:
        """The steps that are for the viewer. stranger_at: how many there were when the first stranger was met: what
        was found out after that is not the viewer's."""
        if self.sees_all:
            return tuple(steps)
        return tuple(step for step in steps[:stranger_at] if self._is_for_owners(step))

    def _is_for_owners(self, step: Step) -> bool:
        if step.rule in _OF_THE_PROVIDER or step.template in _NOT_FOR_OWNERS:
            return False
        is_resellers = step.rule == "limit" and step.found[:1] == ("reseller",)
        return not is_resellers or (self.user is not None and self.user.role == Role.RESELLER)


_OF_THE_PROVIDER = frozenset({"gateway"})
_NOT_FOR_OWNERS = frozenset(
    {
        "by gateway {}, which is sent {}",
        "all {} channels of gateway {} are in use",
        "numbers that begin with +{} are blocked: {}",
        "service numbers that begin with {} are blocked: {}",
        "it was ours, and is another provider's now",
    }
)
"""What these say of gateways and of the provider's own rules; the status and its reason say what any caller learns."""
