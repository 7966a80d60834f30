"""What a renewal decides, `apply_register` decides in the same way."""

from hypothesis import given
from hypothesis import strategies as st

from sipedge.registrar.binding import Binding
from sipedge.registrar.limits import RegistrarLimits
from sipedge.registrar.register import RegisterDecision, apply_register
from sipedge.registrar.renewal import renew
from sipedge.sip.flow import Flow
from sipedge.sip.message import Request, parse
from sipedge.sip.plain_register import read_plain_register

NOW = 1_800_000_000.0
SOURCE = Flow("udp", "192.0.2.7", 5060)
LIMITS = RegistrarLimits()


def a_register(via: str, contact: str, expires: str, call_id: str, cseq: int) -> bytes:
    """A REGISTER as the fast path takes it."""
    return (
        f"REGISTER sip:example.org SIP/2.0\r\nVia: SIP/2.0/UDP {via}\r\nFrom: <sip:alice@example.org>;tag=a\r\n"
        f"To: <sip:alice@example.org>\r\nCall-ID: {call_id}\r\nCSeq: {cseq} REGISTER\r\nContact: {contact}\r\n"
        f"{expires}User-Agent: Phone\r\n\r\n"
    ).encode()


def a_binding(contact: str, received_from: str, seconds: float, call_id: str, reg_id: int | None) -> Binding:
    """A row that may be there."""
    key = f"{contact}{reg_id}"
    end = NOW + seconds
    return Binding(key, contact, call_id, 5, 500, end, received_from, None, "udp", "", "", "<urn:x>", reg_id, "edge9")


VIAS = st.sampled_from(
    ["192.0.2.7:5060;branch=z9hG4bK1", "192.0.2.7:5060;branch=z9hG4bK1;rport", "10.0.0.1;branch=z9hG4bK1"]
)
CONTACTS = ("<sip:alice@192.0.2.7:5060>", "<sip:alice@10.0.0.1>", "<sip:alice@192.0.2.7:5060;transport=tcp>")
BINDINGS = st.builds(
    a_binding,
    st.sampled_from([contact.strip("<>") for contact in CONTACTS]),
    st.sampled_from(["udp:192.0.2.7:5060", "udp:192.0.2.7:5060", "tcp:192.0.2.7:5060", "udp:192.0.2.8:5060"]),
    st.sampled_from([300.0, 300.0, -1.0]),
    st.sampled_from(["c1", "c2"]),
    st.sampled_from([None, None, 1]),
)


@given(
    VIAS,
    st.sampled_from(CONTACTS),
    st.sampled_from(["", "", ";expires=90", ";expires=0"]),
    st.sampled_from(["", "Expires: 600\r\n", "Expires: 99999\r\n", "Expires: 5\r\n"]),
    st.sampled_from(["c1", "c2"]),
    st.integers(4, 7),
    st.lists(BINDINGS, max_size=3, unique_by=lambda binding: binding.key),
    st.sampled_from([0, 2]),
)
def test_a_renewal_is_what_the_registrar_makes_of_it(
    via: str, contact: str, own: str, expires: str, call_id: str, cseq: int, current: list[Binding], local: int
) -> None:
    data = a_register(via, contact + own, expires, call_id, cseq)
    plain = read_plain_register(data)
    assert plain is not None
    source = SOURCE._replace(local=local)
    decided = renew(plain, current, source, NOW, LIMITS, "edge1")
    if decided is None:
        return
    request = parse(data)
    assert isinstance(request, Request)
    request.note_source(source.host, source.port)
    assert decided == apply_register(current, request, source, NOW, LIMITS, "edge1", lambda _uri: False)


def test_a_phone_that_comes_again_is_renewed() -> None:
    data = a_register("192.0.2.7:5060;branch=z9hG4bK1", CONTACTS[0], "Expires: 600\r\n", "c1", 6)
    plain = read_plain_register(data)
    assert plain is not None
    known = a_binding("sip:alice@192.0.2.7:5060", "udp:192.0.2.7:5060", 300.0, "c1", None)
    other = a_binding("sip:alice@10.0.0.1", "udp:192.0.2.8:5060", 300.0, "c9", 1)
    decision = renew(plain, (other, known), SOURCE, NOW, LIMITS, "edge1")
    assert isinstance(decision, RegisterDecision)
    [(replaced, new)] = decision.upserts
    assert (replaced, decision.bindings) == (known, (other, new))
    assert (new.key, new.cseq, new.expires_at, new.edge) == (known.key, 6, NOW + 600, "edge1")
    assert renew(plain, (), SOURCE, NOW, LIMITS, "edge1") is None
