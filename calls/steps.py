"""The steps of a decision in the reader's language.

The edge notes a step as a rule, a template and what it found (sipedge/routing/decision.py), and keeps them so with a
call: [[rule, template, found, …], …]. The edge knows no languages; the templates are listed here to be translated, and
a test sees to it that none is missing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_noop as _

from numbering.rules import in_words
from sipedge.routing.decision import Step


class Said(NamedTuple):
    """A step in words. rule: the word that programs rely on; name: it for people."""

    rule: str
    name: str
    text: str


RULES: Final = {
    "caller": gettext_lazy("Caller"),
    "number": gettext_lazy("Number"),
    "address": gettext_lazy("Address"),
    "domain": gettext_lazy("Domain"),
    "subscriber": gettext_lazy("Subscriber"),
    "screening": gettext_lazy("Screening"),
    "bindings": gettext_lazy("Phones"),
    "forwarding": gettext_lazy("Forwarding"),
    "emergency": gettext_lazy("Emergency call"),
    "barred": gettext_lazy("Barred"),
    "route": gettext_lazy("Route"),
    "gateway": gettext_lazy("Gateway"),
    "limit": gettext_lazy("Limit"),
}

TEMPLATES: Final = (
    _("the call is from gateway {}; its caller: {}"),
    _("the call is from subscriber {} ({})"),
    _("the caller is not shown"),
    _("{} would like to show {}, which is not its own"),
    _("{} is suspended, and may only call for help"),
    _("{} is {}: {}"),
    _("{} is a service number: {}"),
    _("{} is no subscriber of {} and no number: {}"),
    _("{} is no number: {}"),
    _("{} is no service that is known here"),
    _("{} is called by {} here"),
    _("it was ours, and is another provider's now"),
    _("it is none of ours, and a call that came in by a gateway does not leave by one"),
    _("it is ours, and nobody has it"),
    _("it is extension {} behind {}"),
    _("it belongs to subscriber {}"),
    _("{} is a subscriber of {}"),
    _("{} is nobody"),
    _("{} is none of our domains, and calls to others are not relayed"),
    _("{} is at none of our domains, and calls to others are not relayed"),
    _("{} is suspended"),
    _("{} takes no anonymous calls"),
    _("{} does not want calls of this caller"),
    _("{} does not want to be disturbed"),
    _("{} has {} registered phone(s)"),
    _("no phone of {} is registered"),
    _("the call was at {} before"),
    _("the call was forwarded {} times before"),
    _("{} forwards ({}) to {}"),
    _("{} has {} rung as well"),
    _("{} may ring for {} seconds"),
    _("that goes nowhere: {} {}"),
    _("{} is an emergency number: nothing bars it"),
    _("there is no route for emergency calls: those for all numbers are tried"),
    _("there is none for all numbers either: those for +{} are tried"),
    _("no gateway takes it"),
    _("{} calls are not enabled for {} ({})"),
    _("numbers that begin with +{} are blocked: {}"),
    _("service numbers that begin with {} are blocked: {}"),
    _("only calls leave by a gateway, not {}"),
    _("no route for {}"),
    _("by gateway {}, which is sent {}"),
    _("{} does not answer and is {}"),
    _("all {} channels of gateway {} are in use"),
    _("the {} of {} has {} calls already, as many as it may"),
)
"""Every template of sipedge/routing."""

FOUND: Final = (
    _("no number"),
    _("left out"),
    _("tried anyway"),
    _("no reason given"),
    _("an unknown country"),
    _("subscriber"),
    _("customer"),
    _("reseller"),
    _("always"),
    _("busy"),
    _("parallel"),
    _("International"),
    _("Premium rate"),
    _("Satellite"),
    _("the telephone network"),
)
"""Words of ours among what is found."""

CONDITIONS: Final = {"no_answer": _("no answer"), "not_registered": _("not registered")}
"""Words for programs among what is found, and what people say."""


def said(step: Step) -> Said:
    """A step of a decision in words."""
    return _said(step.rule, step.template, step.found)


def said_of_call(steps: Any) -> list[Said]:
    """The steps that stand with a call (Call.steps, see dialog/call.py), in words; what is no step is left out."""
    rows = steps if isinstance(steps, list) else ()
    return [_said(str(row[0]), str(row[1]), row[2:]) for row in rows if isinstance(row, list) and len(row) > 1]


def _said(rule: str, template: str, found: Iterable[Any]) -> Said:
    words = [_word(str(value)) for value in found]
    try:
        text = gettext(template).format(*words)
    except (IndexError, KeyError, ValueError):  # of a call that an edge of another version noted
        text = ", ".join([template, *words])
    return Said(rule, str(RULES.get(rule, rule)), text)


def _word(found: str) -> str:
    """What was found, in words where it is words of ours: how a number was read is numbering's to say."""
    if found in CONDITIONS:
        return gettext(CONDITIONS[found])
    return gettext(found) if found in FOUND else in_words(found)
