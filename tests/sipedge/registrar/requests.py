"""REGISTER requests, and what the registrar decides on them."""

from itertools import count

from sipedge.registrar.binding import Binding
from sipedge.registrar.limits import RegistrarLimits
from sipedge.registrar.register import RegisterDecision, apply_register
from sipedge.sip.flow import Flow
from sipedge.sip.message import Request
from sipedge.sip.uri import Uri
from sipedge.sip.validate import Rejection

NOW = 1_800_000_000.0
SOURCE = Flow("udp", "192.0.2.7", 5060)
PHONE = "sip:alice@192.0.2.7:5060"
DESK = "sip:alice@192.0.2.8:5060"

_branches = count()


def a_register(*contacts: str, cseq: int = 1, call_id: str = "a@phone", via: str = "", **headers: str) -> Request:
    lines = [
        ("Via", via or f"SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK{next(_branches)}"),
        ("From", "<sip:alice@example.org>;tag=1"),
        ("To", "<sip:alice@example.org>"),
        ("Call-ID", call_id),
        ("CSeq", f"{cseq} REGISTER"),
        *(("Contact", contact) for contact in contacts),
        *((name.replace("_", "-"), value) for name, value in headers.items()),
    ]
    return Request("REGISTER", "sip:example.org", lines)


def is_self(uri: Uri) -> bool:
    return uri.host in ("example.org", "198.51.100.1") and uri.port in (None, 5060)


def decide(
    request: Request,
    current: tuple[Binding, ...] = (),
    now: float = NOW,
    source: Flow = SOURCE,
    limits: RegistrarLimits | None = None,
    *,
    strict_call_id: bool = False,
) -> RegisterDecision | Rejection:
    return apply_register(
        current, request, source, now, limits or RegistrarLimits(), "edge1", is_self, strict_call_id=strict_call_id
    )


def decided(
    request: Request,
    current: tuple[Binding, ...] = (),
    now: float = NOW,
    source: Flow = SOURCE,
    *,
    strict_call_id: bool = False,
) -> RegisterDecision:
    decision = decide(request, current, now, source, strict_call_id=strict_call_id)
    assert isinstance(decision, RegisterDecision), decision
    return decision


def rejected(request: Request, current: tuple[Binding, ...] = (), source: Flow = SOURCE) -> int:
    decision = decide(request, current, source=source)
    assert isinstance(decision, Rejection), decision
    return decision.status_code


def registered(*contacts: str, cseq: int = 1, call_id: str = "a@phone", **headers: str) -> tuple[Binding, ...]:
    return decided(a_register(*contacts, cseq=cseq, call_id=call_id, **headers)).bindings


def contacts_of(decision: RegisterDecision) -> list[str]:
    return [binding.contact for binding in decision.bindings]
