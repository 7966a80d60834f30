"""What holds after any series of REGISTERs, whatever they say and from wherever they come."""

from dataclasses import dataclass
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sipedge.registrar.binding import Binding
from sipedge.registrar.limits import RegistrarLimits
from sipedge.registrar.lookup import target_set
from sipedge.registrar.register import RegisterDecision
from sipedge.sip.flow import Flow
from sipedge.sip.uri import parse_uri, uris_equal
from tests.sipedge.registrar.requests import NOW, a_register, decide

URIS = ["sip:a@192.0.2.7", "sip:%61@192.0.2.7", "sip:a@192.0.2.7;x=1", "sip:a@10.0.0.2", "sip:b@10.0.0.2;transport=tcp"]
SOURCES = [
    Flow("udp", "192.0.2.7", 5060),
    Flow("udp", "203.0.113.1", 1024, 2),
    Flow("tls", "203.0.113.1", 40000, 3, 7),
    Flow("ws", "203.0.113.1", 40001, 4, 8),
]
LIMITS = RegistrarLimits(max_bindings=4)


@dataclass(frozen=True)
class Step:
    """One REGISTER, so many seconds after the one before."""

    contacts: list[str]
    cseq: int
    call_id: str
    source: Flow
    supported: str
    seconds: int


def _contact(uri: str, instance: str, reg_id: str, expires: str, q: str) -> str:
    return f"<{uri}>{instance}{reg_id}{expires}{q}"


contacts = st.builds(
    _contact,
    st.sampled_from(URIS),
    st.sampled_from(["", ';+sip.instance="<urn:1>"', ';+sip.instance="<urn:2>"']),
    st.sampled_from(["", ";reg-id=1", ";reg-id=2"]),
    st.sampled_from(["", ";expires=0", ";expires=60", ";expires=5"]),
    st.sampled_from(["", ";q=0.5"]),
)
steps = st.builds(
    Step,
    st.one_of(st.lists(contacts, max_size=3), st.just(["*"])),
    st.integers(1, 6),
    st.sampled_from(["one", "two"]),
    st.sampled_from(SOURCES),
    st.sampled_from(["path", "path, outbound"]),
    st.sampled_from([0, 1, 61]),
)


@pytest.mark.parametrize("strict", [False, True])
@settings(max_examples=200, deadline=None)
@given(series=st.lists(steps, max_size=8))
def test_rows_and_answers_agree_and_no_two_bindings_are_the_same(strict: bool, series: list[Step]) -> None:
    rows: dict[str, Binding] = {}
    now = NOW
    for step in series:
        now += step.seconds
        headers = {"Supported": step.supported, **({"Expires": "0"} if step.contacts == ["*"] else {})}
        request = a_register(*step.contacts, cseq=step.cseq, call_id=step.call_id, **headers)  # type: ignore[arg-type]
        decision = decide(request, tuple(rows.values()), now, step.source, LIMITS, strict_call_id=strict)
        if isinstance(decision, RegisterDecision):
            _carry_out(rows, decision)
            alive = {key: row for key, row in rows.items() if row.expires_at > now}
            assert {binding.key: binding for binding in decision.bindings} == alive
            _hold(list(decision.bindings), now, strict)


def _carry_out(rows: dict[str, Binding], decision: RegisterDecision) -> None:
    """As the store does it: what is replaced or removed must be what stands there."""
    for known, new in decision.upserts:
        assert rows.get(new.key) == known
        assert known is None or known.key == new.key
        rows[new.key] = new
    for gone in decision.removals:
        assert rows.pop(gone.key) == gone


def _hold(bindings: list[Binding], now: float, strict: bool) -> None:
    assert len(bindings) <= LIMITS.max_bindings
    for one, other in combinations(bindings, 2):
        if one.reg_id is not None and other.reg_id is not None:
            assert (one.instance_id, one.reg_id) != (other.instance_id, other.reg_id)
        elif one.reg_id is None and other.reg_id is None and not (strict and one.call_id != other.call_id):
            assert not uris_equal(parse_uri(one.contact), parse_uri(other.contact))
    targets = target_set(bindings, now)
    devices = [binding.instance_id for binding in bindings if binding.instance_id]
    assert len(targets) == len(bindings) - len(devices) + len(set(devices)) or strict
    for binding in bindings:
        assert binding.flow is None or ("#" in binding.flow) == (binding.transport == "ws" or _is_flow(binding))


def _is_flow(binding: Binding) -> bool:
    return binding.reg_id is not None and binding.transport != "udp"
