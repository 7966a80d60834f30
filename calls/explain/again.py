"""The question that a call which was would be today."""

from __future__ import annotations

from calls.models import Call
from calls.parties import name_of_side
from sipedge.proxy.identity import ANONYMOUS

_YES = "on"


def question_of(call: Call) -> dict[str, str]:
    """The fields of Question, as texts of a link; what is empty is left out. {} for a leg, which nobody dialled.

    A call in is asked about by its gateway and digits: the host that it was sent to says nothing of today.
    """
    if call.parent_id is not None:
        return {}
    asked = {"is_anonymous": _YES if call.caller == ANONYMOUS else ""}
    if call.gateway_in is not None:
        number = call.caller_number or name_of_side(call.caller, "").partition("@")[0]
        asked |= {"caller": number, "gateway": call.gateway_in.name}
        asked["callee"] = name_of_side(call.callee, "").partition("@")[0]
    elif call.caller_subscriber is not None:
        asked |= {"caller": call.caller_subscriber.aor, "callee": call.callee}
    else:
        return {}
    return {name: value for name, value in asked.items() if value}
