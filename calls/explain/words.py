"""An explanation in words: what the page and the command say beside the values."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from calls.explain.explanation import Explanation, GatewayState, Share, Stage, Target
from calls.steps import said
from trunking.health import last_said

CONDITIONS: Final = {
    "busy": gettext_lazy("busy"),
    "no_answer": gettext_lazy("no answer"),
    "not_registered": gettext_lazy("not reached"),
    "other": gettext_lazy("any other failure"),
}
PLACES: Final = {
    "instead": "",
    "above": gettext_lazy("above any other"),
    "below": gettext_lazy("below any other"),
    "kept": gettext_lazy("from the caller"),
}
STATES: Final = {
    "up": gettext_lazy("answers"),
    "partly": gettext_lazy("answers some edges"),
    "down": gettext_lazy("does not answer"),
    "unknown": gettext_lazy("not probed"),
}
_NAME_WIDTH: Final = 15


def verdict(stage: Stage) -> str:
    """What a stage comes to, in one sentence."""
    match stage.verdict:
        case "refused":
            return _("The call ends: %(status)s %(reason)s.") % {"status": stage.status_code, "reason": stage.reason}
        case "nothing":
            return _("Nothing else is tried: the caller hears how what was tried before has failed.")
        case "elsewhere":
            return _("The call goes on to somebody whose settings are not yours to see.")
        case "phones":
            sentence = _("The phones of %(whose)s ring") % {"whose": stage.whose}
        case "gateways":
            sentence = _("The call leaves by a gateway, as a call of %(whose)s") % {"whose": stage.whose}
        case _:
            return _("The call goes on further than is explained.")
    if stage.rings_for is None:
        return f"{sentence}."
    return _("%(sentence)s, for %(seconds)d seconds.") % {"sentence": sentence, "seconds": stage.rings_for}


def after(conditions: tuple[str, ...]) -> str:
    """In which cases a stage follows."""
    return _("If that fails (%(how)s):") % {"how": ", ".join(str(CONDITIONS[name]) for name in conditions)}


def limits(target: Target) -> str:
    """How long a target may take until it rings; '' where nothing limits it."""
    if target.rings_within is None:
        return ""
    return _("has to ring within %(seconds)d seconds") % {"seconds": target.rings_within}


def share(one: Share) -> str:
    """A gateway's part of the calls."""
    return _("%(gateway)s is the first for %(percent)s %% of the calls (weight %(weight)d)") % one._asdict()


def state(one: GatewayState) -> str:
    """What an edge says of a gateway."""
    word = STATES["up" if one.is_up else "down"]
    since = f" ({moment(one.since)})" if one.since is not None else ""
    why = last_said(one.last_status, one.last_error)
    return f"{one.gateway}, {one.edge}: {word}{since}{f' - {why}' if why else ''}"


def moment(seconds: float) -> str:
    """A time for people, in UTC."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"


def title(explanation: Explanation) -> str:
    """Who calls whom, and when."""
    caller = _party(explanation.caller, explanation.caller_number)
    callee = _party(explanation.callee, explanation.callee_number)
    return f"{caller} → {callee}, {moment(explanation.at)}"


def text(explanation: Explanation) -> str:
    """The whole of it for a terminal."""
    lines = [title(explanation), "", *_stage(explanation.stage)]
    if explanation.states:
        lines += ["", _("Gateways as the edges see them:"), *(f"  {state(one)}" for one in explanation.states)]
    return "\n".join(lines)


def _party(name: str, number: str) -> str:
    return f"{name} ({number})" if number and number not in name else name


def _stage(stage: Stage) -> Iterator[str]:
    for step in map(said, stage.steps):
        yield f"{step.name:<{_NAME_WIDTH}} {step.text}"
    yield f"→ {verdict(stage)}"
    for n, group in enumerate(stage.groups, 1):
        if len(group) > 1:
            yield "  " + _("%(n)d. together:") % {"n": n}
        for target in group:
            yield from _target(target, "   " if len(group) > 1 else f"{n}.")
            for other in target.others:
                yield from _target(other, "    " + _("then"))
    for shares in stage.shares:
        yield from (f"  {share(one)}" for one in shares)
    for follow in stage.follows:
        yield after(follow.conditions)
        yield from (f"    {line}" for line in _stage(follow.stage))


def _target(target: Target, mark: str) -> Iterator[str]:
    about = [str(STATES[target.state])] if target.state else []
    about += [limits(target)] if target.rings_within is not None else []
    remark = f" ({', '.join(about)})" if about else ""
    yield f"  {mark} {target.name}{remark}"
    rows = [(target.request_uri, ""), (f"From: {target.from_}", "")]
    rows += [(f"{field.name}: {field.value}", str(PLACES[field.place])) for field in target.fields]
    rows += [(f"Route: {route}", "") for route in target.route]
    for row, place in rows:
        yield f"       {row}{f'  ({place})' if place else ''}"
    for name in target.removed:
        yield "       " + _("without %(name)s") % {"name": name}
    yield "       " + _("to %(way)s") % {"way": target.way}
