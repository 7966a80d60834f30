"""What the panel says of a gateway: whether it answers, and whether we are registered there, as all edges see it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from trunking.models import Gateway, GatewayState

# An edge says at least every 30 s what it knows of a gateway that it probes. What is older is of an edge that is gone.
FRESH = timedelta(seconds=120)

TONES = {"up": "success", "partly": "warning", "down": "danger", "off": "danger", "unknown": None, "plain": "info"}


# What edges say is wrong (sipedge/handlers/gateway_health.py, gateway_registrations.py), beside carriers' own words.
WRONG = {
    "no answer": _("no answer"),
    "no server of it answers": _("no server of it answers"),
    "it cannot be reached": _("it cannot be reached"),
    "it has no address that can be sent to": _("it has no address that can be sent to"),
    "its answer makes no sense": _("its answer makes no sense"),
    "the edge failed": _("the edge failed, its log says why"),
    "user name, password or realm are wrong": _("user name, password or realm are wrong"),
    "no account is given": _("it wants an account, and none is given"),
}


def last_said(status: int | None, error: str) -> str | None:
    """Return the status of the last answer and what is wrong, in words; None where nothing was said."""
    words = ": ".join(str(WRONG.get(part, part)) for part in error.split(": "))
    if status is None or error.startswith(str(status)):
        return words or None
    return f"{status} {words}".rstrip()


def answers(gateway: Gateway, states: Iterable[GatewayState]) -> tuple[str, Any]:
    """Return a key of TONES and in words whether a gateway is in use and answers. states: all that edges said of it."""
    if not gateway.is_active:
        return "off", _("suspended")
    if not gateway.probe_interval:
        return "plain", _("active")
    oldest = timezone.now() - FRESH
    known = [state.is_up for state in states if state.is_up is not None and state.saved_at >= oldest]
    if not known:
        return "unknown", _("not asked yet")
    if all(known):
        return "up", _("answers")
    if not any(known):
        return "down", _("does not answer")
    return "partly", _("answers some edges")


def registration(gateway: Gateway, states: Iterable[GatewayState]) -> tuple[str, Any] | None:
    """Return a key of TONES and in words whether we are registered at a gateway; None where nobody wants to be."""
    if not gateway.is_active or not gateway.registers:
        return None
    now = timezone.now()
    known = [state for state in states if state.registered_until or state.registration_status]
    standing = [state for state in known if state.registered_until is not None and state.registered_until > now]
    if standing:
        return "up", _("registered")
    return ("down", _("not registered")) if known else ("unknown", _("not asked yet"))
