"""The edge's decision on a call that nobody has made, and all that may follow from it, as an Explanation."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import User
from calls.explain import laid_out
from calls.explain.explanation import Explanation, Follow, GatewayState, Stage, Target
from calls.explain.facts import Chance, Facts, one_moment
from calls.explain.question import Asked, Question, read
from calls.explain.viewer import Viewer
from numbering.models import PhoneNumber
from sipedge.facts import GatewayFacts, RouteFacts, SubscriberFacts
from sipedge.routing.decide import decide, following, proceed
from sipedge.routing.decision import Decision, Refused, ToGateways, ToSubscriber
from sipedge.routing.needs import ChanceNeed, Need, SubscriberNeed
from sipedge.routing.notes import Notes
from sipedge.routing.query import Failure
from sipedge.sip.validate import validate_request

MOST_STAGES: Final = 40
"""Decisions that one explanation follows: a list of forwards has at most ten, a call is forwarded five times."""

FAILURES: Final = (
    ("busy", Failure(486)),
    ("no_answer", Failure(408, has_rung=True, is_timed_out=True)),
    ("not_registered", Failure(480)),
    ("other", Failure(603)),
)
"""How a target fails, and what stands for it: declined is no condition of forwarding, and moves on in a list alone."""


def explain(question: Question, user: User | None, chance: Chance | None = None) -> Explanation:
    """Explain a call to somebody; user None: to the operator. chance: see Facts.

    Raises ValidationError, by the fields of Question, for a call that cannot be, or that is not theirs to ask about.
    """
    with one_moment():
        return _Explaining(question, Facts(chance), Viewer(user)).whole()


class _Explaining:
    """One explanation in the making."""

    def __init__(self, question: Question, facts: Facts, viewer: Viewer) -> None:
        self.question = question
        self.facts = facts
        self.viewer = viewer
        self.asked: Asked = read(question, facts, viewer)
        self._left = MOST_STAGES
        self._met: list[SubscriberFacts] = []
        self._gateways: dict[str, None] = {}

    def whole(self) -> Explanation:
        """From the first decision to the last failure."""
        rejection = validate_request(self.asked.request)
        if rejection is not None:
            stage = Stage(verdict="refused", status_code=rejection.status_code, reason=rejection.reason)
            return self._explanation("", "", stage)
        notes = Notes(is_explained=True)
        thoughts = decide(self.asked.query, self.facts.network, notes=notes)
        decision, stage = self._decide(thoughts, notes)
        self._check_it_is_theirs(decision)
        is_theirs = self.viewer.may_follow(decision.outcome) and all(map(self.viewer.owns, self._met))
        callee_number = decision.callee_number if self.viewer.sees_all or is_theirs else ""
        return self._explanation(decision.caller_number, callee_number, stage._replace(follows=self._follows(decision)))

    def _explanation(self, caller_number: str, callee_number: str, stage: Stage) -> Explanation:
        query, caller = self.asked.query, self.asked.caller
        return Explanation(
            caller=caller.name if isinstance(caller, GatewayFacts) else self.facts.address(caller),
            caller_number=caller_number,
            callee=self.asked.request.request_uri,
            callee_number=callee_number,
            method=query.method,
            at=query.now,
            stage=stage,
            states=self._states(),
        )

    def _check_it_is_theirs(self, decision: Decision) -> None:
        """Calls from outside can be asked about by those whose number or subscriber is called."""
        user = self.viewer.user
        if user is None or self.viewer.sees_all or isinstance(self.asked.caller, SubscriberFacts):
            return
        if self._met:
            is_theirs = self.viewer.owns(self._met[0])
        else:
            is_theirs = PhoneNumber.objects.visible_to(user).filter(e164=decision.callee_number).exists()
        if not is_theirs:
            raise ValidationError({"callee": _("A call from outside can be explained to your own numbers alone.")})

    def _decide(self, thoughts: Generator[Need, Any, Any], notes: Notes) -> tuple[Any, Stage]:
        """Drive routing to its decision. Gives that, and what is to be seen of it, without what follows."""
        self._left -= 1
        answer: Any = None
        stranger_at: int | None = None
        choices: list[tuple[RouteFacts, ...]] = []
        while True:
            try:
                need = thoughts.send(answer)
            except StopIteration as end:
                decision: Decision = end.value
                break
            answer = self.facts.answer(need)
            if isinstance(need, ChanceNeed):
                choices.append(need.routes)
            if isinstance(need, SubscriberNeed) and answer is not None:
                self._met.append(answer)
                if stranger_at is None and not self.viewer.owns(answer):
                    stranger_at = len(notes.steps or ())
        stage = self._stage(decision, choices)
        return decision, stage._replace(steps=self.viewer.seen(list(decision.steps), stranger_at))

    def _stage(self, decision: Decision, choices: Sequence[tuple[RouteFacts, ...]]) -> Stage:
        outcome = decision.outcome
        if isinstance(outcome, Refused):
            return Stage(verdict="refused", status_code=outcome.status_code, reason=outcome.reason)
        if not self.viewer.may_follow(outcome):
            return Stage(verdict="elsewhere")
        whose = outcome.payer if isinstance(outcome, ToGateways) else outcome.subscriber
        stage = Stage(whose=self.facts.address(whose), rings_for=decision.rings_for)
        if isinstance(outcome, ToSubscriber):
            outcome = outcome._replace(beside=tuple(one for one in outcome.beside if self.viewer.may_follow(one)))
        groups = laid_out.groups(outcome, self.asked, self.facts)
        if not groups:
            return Stage(verdict="refused", status_code=480, reason="Temporarily Unavailable", whose=stage.whose)
        stage = stage._replace(verdict="gateways" if isinstance(outcome, ToGateways) else "phones")
        if not self.viewer.sees_all:
            return stage._replace(groups=_phones(groups))
        self._gateways |= dict.fromkeys(target.name for target in _all(groups) if target.state)
        return stage._replace(groups=groups, shares=tuple(laid_out.shares(routes, self.facts) for routes in choices))

    def _follows(self, decision: Decision) -> tuple[Follow, ...]:
        """What each way to fail leads to; ways that lead to the same together."""
        if isinstance(decision.outcome, Refused) or not self.viewer.may_follow(decision.outcome):
            return ()
        ways: dict[int, list[tuple[str, Failure]]] = {}
        for name, failure in FAILURES:
            picked = following(decision, failure.condition)
            if picked is not None:
                ways.setdefault(picked, []).append((name, failure))
        follows = []
        for found in ways.values():
            stage = self._follow(decision, found[0][1]) if self._left > 0 else Stage()
            follows.append(Follow(tuple(name for name, _failure in found), stage))
        return tuple(follows)

    def _follow(self, before: Decision, failure: Failure) -> Stage:
        notes = Notes(is_explained=True)
        thoughts = proceed(self.asked.query, before, failure, self.facts.network, notes=notes)
        decision, stage = self._decide(thoughts, notes)
        if stage.verdict == "refused":  # the caller hears how what was tried has failed
            return stage._replace(verdict="nothing")
        return stage._replace(follows=self._follows(decision))

    def _states(self) -> tuple[GatewayState, ...]:
        gateways = filter(None, map(self.facts.gateway_named, self._gateways))
        return tuple(
            GatewayState(gateway.name, row["edge"], row["is_up"], row["since"], row["last_status"], row["last_error"])
            for gateway in gateways
            for row in self.facts.states.get(gateway.id, ())
        )


def _all(groups: tuple[tuple[Target, ...], ...]) -> Iterator[Target]:
    for group in groups:
        for target in group:
            yield from (target, *target.others)


def _phones(groups: tuple[tuple[Target, ...], ...]) -> tuple[tuple[Target, ...], ...]:
    """The targets that are no gateways."""
    left = (tuple(target for target in group if target.kind == "phone") for group in groups)
    return tuple(group for group in left if group)
