"""The REGISTER that comes most often, decided without its message: a phone renews the one contact that it has.

Everything else is None, and is decided by `apply_register`; what is decided here, that one decides in the same way.
"""

from __future__ import annotations

from collections.abc import Sequence

from sipedge.registrar.binding import Binding
from sipedge.registrar.contacts import clean_user_agent
from sipedge.registrar.limits import RegistrarLimits
from sipedge.registrar.register import RegisterDecision
from sipedge.sip.flow import Flow
from sipedge.sip.plain_register import PlainRegister


def renew(
    plain: PlainRegister, current: Sequence[Binding], source: Flow, now: float, limits: RegistrarLimits, edge: str
) -> RegisterDecision | None:
    """Decide a REGISTER whose contact is bound already, from the same place, by all that stands in `current`.

    source: an IPv4 datagram's. now: seconds since the epoch. edge: our name.
    """
    known = _same_contact(plain.contact, current, now)
    if known is None or known.received_from != f"udp:{source.host}:{source.port}" or known.reg_id is not None:
        return None
    cseq = int(plain.cseq)
    if known.call_id == plain.call_id and cseq <= known.cseq:
        return None
    wanted = plain.contact_expires or plain.expires
    seconds = limits.default_expires if wanted is None else int(wanted)
    if seconds < limits.min_expires or (plain.contact_params and "transport" in plain.contact_params.lower()):
        return None
    # What has not changed is kept as it is in memory: no second copy of it for each phone.
    values = (
        known.key,
        known.contact,
        plain.call_id,
        cseq,
        1000,
        now + min(seconds, limits.max_expires),
        known.received_from,
        _flow(plain, source, known),
        "udp",
        "" if plain.user_agent is None else clean_user_agent(plain.user_agent.rstrip(" ")),
        "",
        "",
        None,
        edge,
    )
    new: Binding = tuple.__new__(Binding, values)  # as Binding(…), but for the call
    bindings = (new,) if len(current) == 1 else tuple([new if one is known else one for one in current])
    return tuple.__new__(RegisterDecision, (bindings, ((known, new),), (), ()))


def _same_contact(contact: str, current: Sequence[Binding], now: float) -> Binding | None:
    """The binding with this very text, if none has expired."""
    found = None
    for binding in current:
        if binding.expires_at <= now:
            return None
        if found is None and binding.contact == contact:
            found = binding
    return found


def _flow(plain: PlainRegister, source: Flow, known: Binding) -> str | None:
    """As `register._Registration._flow` for a contact without a transport: None where there is no NAT between."""
    asks_for_port = plain.rport_before or plain.rport_behind
    if plain.contact_host == source.host == plain.via_host and not asks_for_port:
        return None
    return f"{known.received_from}/{source.local}" if source.local else known.received_from
