"""REGISTER by RFC 3261 §10.3: what each one makes of an AoR's bindings."""

from itertools import count

import pytest

from sipedge.registrar.binding import Binding
from sipedge.registrar.limits import RegistrarLimits
from sipedge.registrar.register import RegisterDecision, apply_register, response_contacts
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
) -> RegisterDecision | Rejection:
    return apply_register(current, request, source, now, limits or RegistrarLimits(), "edge1", is_self)


def decided(
    request: Request, current: tuple[Binding, ...] = (), now: float = NOW, source: Flow = SOURCE
) -> RegisterDecision:
    decision = decide(request, current, now, source)
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


def test_first_registration_is_one_upsert_of_a_new_row() -> None:
    decision = decided(a_register(f"<{PHONE}>", Expires="600", User_Agent="Snom/10.1"))

    assert decision.upserts == ((None, decision.bindings[0]),)
    assert decision.removals == ()
    binding = decision.bindings[0]
    assert binding == Binding(
        key=binding.key,
        contact=PHONE,
        call_id="a@phone",
        cseq=1,
        q=1000,
        expires_at=NOW + 600,
        received_from="udp:192.0.2.7:5060",
        flow=None,
        transport="udp",
        user_agent="Snom/10.1",
        path="",
        instance_id="",
        reg_id=None,
        edge="edge1",
    )


def test_without_contact_it_is_a_fetch_that_changes_nothing() -> None:
    current = registered(f"<{PHONE}>")

    assert decided(a_register(cseq=2), current) == RegisterDecision(current, (), ())


def test_a_fetch_does_not_list_what_expired() -> None:
    current = registered(f"<{PHONE}>;expires=60", f"<{DESK}>;expires=3600")

    assert contacts_of(decided(a_register(cseq=2), current, NOW + 60)) == [DESK]


def test_refresh_replaces_the_row_that_is_known_and_keeps_its_key() -> None:
    (known,) = current = registered(f"<{PHONE}>")

    decision = decided(a_register(f"<{PHONE}>", cseq=2), current, NOW + 100)

    ((before, new),) = decision.upserts
    assert before is known
    assert (new.key, new.cseq, new.expires_at) == (known.key, 2, NOW + 3700)
    assert decision.bindings == (new,)


def test_a_second_device_stands_beside_the_first() -> None:
    current = registered(f"<{PHONE}>")

    decision = decided(a_register(f"<{DESK}>", call_id="b@desk"), current)

    assert contacts_of(decision) == [PHONE, DESK]
    assert [new.contact for _, new in decision.upserts] == [DESK]
    assert len({binding.key for binding in decision.bindings}) == 2


def test_equal_uris_are_one_binding_however_they_are_written() -> None:
    (known,) = current = registered("<sip:alice@HOST.example.com;transport=udp>")

    decision = decided(a_register("<sip:%61lice@host.EXAMPLE.com;Transport=UDP;ob>", cseq=2), current)

    ((before, new),) = decision.upserts
    assert before is known
    assert new.key == known.key
    assert new.contact == "sip:%61lice@host.example.com;Transport=UDP;ob"


def test_keys_differ_when_a_contact_that_was_rewritten_appears_again() -> None:
    first = registered("<sip:alice@192.0.2.7;x=1>")
    plain = decided(a_register("<sip:alice@192.0.2.7>", cseq=2), first).bindings
    other = decided(a_register("<sip:alice@192.0.2.7;x=2>", cseq=3), plain).bindings

    both = decided(a_register("<sip:alice@192.0.2.7;x=1>", cseq=4), other).bindings

    assert len(both) == 2
    assert len({binding.key for binding in both}) == 2


@pytest.mark.parametrize("cseq", [1, 2])
def test_same_call_id_needs_a_higher_cseq_or_all_is_refused(cseq: int) -> None:
    current = registered(f"<{PHONE}>", cseq=2)

    assert rejected(a_register(f"<{PHONE}>", f"<{DESK}>", cseq=cseq), current) == 500
    assert rejected(a_register(f"<{PHONE}>;expires=0", cseq=cseq), current) == 500
    assert rejected(a_register("*", cseq=cseq, Expires="0"), current) == 500


def test_another_call_id_may_have_any_cseq() -> None:
    current = registered(f"<{PHONE}>", cseq=200)

    ((_, new),) = decided(a_register(f"<{PHONE}>", cseq=1, call_id="after@reboot"), current).upserts

    assert (new.call_id, new.cseq) == ("after@reboot", 1)


def test_order_counts_for_the_binding_alone_not_for_others_of_the_call_id() -> None:
    current = registered(f"<{PHONE}>", cseq=5)

    assert contacts_of(decided(a_register(f"<{DESK}>", cseq=4), current)) == [PHONE, DESK]


def test_an_expired_binding_does_not_count_and_is_replaced() -> None:
    (expired,) = current = registered(f"<{PHONE}>;expires=60", cseq=9)

    decision = decided(a_register(f"<{PHONE}>", cseq=1), current, NOW + 61)

    assert decision.upserts == ((expired, decision.bindings[0]),)
    assert decision.bindings[0].cseq == 1


def test_expires_zero_removes_that_contact_alone() -> None:
    current = registered(f"<{PHONE}>", f"<{DESK}>")

    decision = decided(a_register(f"<{PHONE}>;expires=0", cseq=2), current)

    assert decision == RegisterDecision((current[1],), (), (current[0],))


def test_expires_header_zero_removes_the_contacts_named() -> None:
    current = registered(f"<{PHONE}>", f"<{DESK}>")

    decision = decided(a_register(f"<{DESK}>", cseq=2, Expires="0"), current)

    assert decision.removals == (current[1],)


def test_removing_what_is_not_there_changes_nothing() -> None:
    current = registered(f"<{PHONE}>")

    assert decided(a_register(f"<{DESK}>;expires=0", cseq=2), current) == RegisterDecision(current)


def test_wildcard_with_expires_zero_removes_all() -> None:
    current = registered(f"<{PHONE}>", f"<{DESK}>")

    assert decided(a_register("*", cseq=2, Expires="0"), current) == RegisterDecision((), (), current)


@pytest.mark.parametrize(
    "request_",
    [
        a_register("*", cseq=2),
        a_register("*", cseq=2, Expires="3600"),
        a_register("*", f"<{DESK}>", cseq=2, Expires="0"),
        a_register(f"<{DESK}>, *", cseq=2, Expires="0"),
        a_register("*", "*", cseq=2, Expires="0"),
        a_register("*", cseq=2, Expires="-1"),
        a_register("*", cseq=2, Expires="x"),
    ],
)
def test_any_other_wildcard_is_400(request_: Request) -> None:
    assert rejected(request_, registered(f"<{PHONE}>")) == 400


@pytest.mark.parametrize(
    ("contact", "header", "seconds"),
    [
        (f"<{PHONE}>", None, 3600),
        (f"<{PHONE}>", "120", 120),
        (f"<{PHONE}>;expires=90", "120", 90),
        (f"<{PHONE}>;expires=60", None, 60),
        (f"<{PHONE}>;expires=7201", None, 7200),
        (f"<{PHONE}>;expires=99999999999999999999", None, 7200),
        (f"<{PHONE}>", "4294967296", 7200),
        (f"<{PHONE}>;expires=soon", None, 3600),
        (f"<{PHONE}>;expires=-5", "120", 3600),
        (f'<{PHONE}>;expires="90"', None, 90),
        (f"<{PHONE}>;expires=²", None, 3600),
    ],
)
def test_lifetime(contact: str, header: str | None, seconds: int) -> None:
    request = a_register(contact, **({} if header is None else {"Expires": header}))

    (binding,) = decided(request).bindings

    assert binding.expires_at == NOW + seconds


@pytest.mark.parametrize("header", ["-1", "one hour", "1.5", ""])
def test_a_malformed_expires_header_is_400(header: str) -> None:
    assert rejected(a_register(f"<{PHONE}>", Expires=header)) == 400


@pytest.mark.parametrize("seconds", [1, 59])
def test_too_brief_is_423_with_the_least_that_is_granted(seconds: int) -> None:
    decision = decide(a_register(f"<{DESK}>", f"<{PHONE}>;expires={seconds}"))

    assert decision == Rejection(423, "Interval Too Brief", (("Min-Expires", "60"),))


@pytest.mark.parametrize(
    ("q", "thousandths"),
    [("1", 1000), ("1.0", 1000), ("1.000", 1000), ("0.5", 500), ("0.25", 250), ("0.001", 1), ("0", 0), ("0.", 0)],
)
def test_q_values(q: str, thousandths: int) -> None:
    assert registered(f"<{PHONE}>;q={q}")[0].q == thousandths


@pytest.mark.parametrize("q", ["1.1", "2", "-1", "0.5555", "high", ".5", "1e-1"])
def test_a_malformed_q_is_400(q: str) -> None:
    assert rejected(a_register(f"<{PHONE}>;q={q}")) == 400


def test_of_equal_contacts_in_one_request_the_later_counts() -> None:
    decision = decided(a_register(f"<{PHONE}>;q=0.1", f"<{PHONE}>;q=0.9"))

    assert [binding.q for binding in decision.bindings] == [900]
    assert decision.upserts == ((None, decision.bindings[0]),)


def test_added_and_removed_in_one_request_is_nothing() -> None:
    assert decided(a_register(f"<{PHONE}>", f"<{PHONE}>;expires=0")) == RegisterDecision(())


def test_removed_and_added_in_one_request_is_a_refresh() -> None:
    (known,) = current = registered(f"<{PHONE}>")

    decision = decided(a_register(f"<{PHONE}>;expires=0", f"<{PHONE}>", cseq=2), current)

    assert decision.upserts == ((known, decision.bindings[0]),)
    assert decision.removals == ()


def test_refreshed_and_removed_in_one_request_is_a_removal() -> None:
    (known,) = current = registered(f"<{PHONE}>")

    decision = decided(a_register(f"<{PHONE}>", f"<{PHONE}>;expires=0", cseq=2), current)

    assert decision == RegisterDecision((), (), (known,))


def test_ten_bindings_are_allowed_and_an_eleventh_is_refused() -> None:
    ten = registered(*(f"<sip:alice@192.0.2.{n}>" for n in range(1, 11)))

    assert len(ten) == 10
    assert rejected(a_register("<sip:alice@192.0.2.11>", cseq=2), ten) == 403
    assert len(decided(a_register("<sip:alice@192.0.2.3>", cseq=2), ten).bindings) == 10


def test_expired_bindings_take_no_place() -> None:
    ten = registered(*(f"<sip:alice@192.0.2.{n}>;expires=60" for n in range(1, 11)))

    assert len(decided(a_register("<sip:alice@192.0.2.11>", cseq=2), ten, NOW + 61).bindings) == 1


def test_full_aor_may_swap_a_contact_in_one_request() -> None:
    ten = registered(*(f"<sip:alice@192.0.2.{n}>" for n in range(1, 11)))

    decision = decided(a_register("<sip:alice@192.0.2.11>", "<sip:alice@192.0.2.1>;expires=0", cseq=2), ten)

    assert len(decision.bindings) == 10
    assert (len(decision.upserts), len(decision.removals)) == (1, 1)


def test_hundreds_of_contacts_are_refused() -> None:
    assert rejected(a_register(*(f"<sip:alice@h{n}.example.com>" for n in range(300)))) == 403


@pytest.mark.parametrize(
    ("contact", "status"),
    [
        ("mailto:alice@example.org", 400),
        ("tel:+4311001", 400),
        (f"<sip:{'a' * 1024}@192.0.2.7>", 400),
        ("<sip:alice@example.org>", 403),
        ("<sip:alice@198.51.100.1:5060>", 403),
        ("<sip:alice@127.0.0.1:5080>", 403),
        ("<sip:alice@127.1>", 403),
        ("<sip:alice@2130706433>", 403),
        ("<sip:alice@0x7f.0.0.0x1>", 403),
        ("<sip:alice@0x7f000001>", 403),
        ("<sip:alice@[::1]>", 403),
        ("<sip:alice@[::ffff:127.0.0.1]>", 403),
        ("<sip:alice@localhost>", 403),
        ("<sip:alice@phone.localhost.:5080>", 403),
        ("<sip:alice@255.255.255.255>", 403),
        ("<sip:alice@0.0.0.0>", 403),
        ("<sip:alice@[::]>", 403),
        ("<sip:alice@224.0.1.75>", 403),
        ("<sip:alice@[ff02::1]>", 403),
        ("<sip:alice@192.0.2.7:0>", 400),
        ("<sip:alice@192.0.2.7:65536>", 400),
        ("<>", 400),
        ("<sip:>", 400),
        ("sip", 400),
    ],
)
def test_contacts_that_are_refused_with_all_the_request(contact: str, status: int) -> None:
    assert rejected(a_register(f"<{PHONE}>", contact)) == status


@pytest.mark.parametrize(
    "contact", ["<sip:alice@127.0.0.1:5080>", "<sip:alice@[::1]:5080>", "<sip:alice@localhost:5080>"]
)
def test_a_phone_on_this_machine_may_have_a_loopback_contact(contact: str) -> None:
    decision = decided(a_register(contact), source=Flow("udp", "127.0.0.1", 5080))

    assert len(decision.bindings) == 1


@pytest.mark.parametrize("port", [5080, 5061])
def test_our_own_name_with_another_port_is_not_ourselves(port: int) -> None:
    assert len(registered(f"<sip:alice@example.org:{port}>")) == 1


def test_a_contact_of_1024_bytes_is_taken() -> None:
    uri = f"sip:{'a' * (1024 - len('sip:@192.0.2.7'))}@192.0.2.7"

    assert registered(f"<{uri}>")[0].contact == uri


def test_an_escaped_header_stays_part_of_the_contact() -> None:
    uri = "sip:user@192.0.2.7?Route=%3Csip:sip.example.com%3E"  # RFC 4475 §3.1.1.14

    assert registered(f"<{uri}>")[0].contact == uri


@pytest.mark.parametrize("call_id", ["\udcff@phone", "x" * 513])
def test_a_call_id_that_cannot_be_kept_is_400(call_id: str) -> None:
    assert rejected(a_register(f"<{PHONE}>", call_id=call_id)) == 400


@pytest.mark.parametrize("cseq", [2**31, 2**63, 10**30])
def test_a_huge_cseq_is_400(cseq: int) -> None:
    assert rejected(a_register(f"<{PHONE}>", cseq=cseq)) == 400


def test_user_agent_is_made_storable() -> None:
    agent = registered(f"<{PHONE}>", User_Agent="Ph\udcffone\t\U0001f4de" + "x" * 300)[0].user_agent

    assert agent.startswith("Ph�one")
    assert len(agent) <= 128
    assert agent.encode()


def test_instance_and_reg_id_are_kept() -> None:
    (binding,) = registered(f'<{PHONE}>;+sip.instance="<urn:uuid:1>";reg-id=1')

    assert (binding.instance_id, binding.reg_id) == ("<urn:uuid:1>", 1)


@pytest.mark.parametrize("reg_id", ["0", "-1", "2147483648", "x", "²"])
def test_a_reg_id_that_is_none_is_left_out(reg_id: str) -> None:
    assert registered(f"<{PHONE}>;reg-id={reg_id}")[0].reg_id is None


@pytest.mark.parametrize(
    ("source", "via", "contact", "flow"),
    [
        (SOURCE, "SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK1", PHONE, None),
        (SOURCE, "SIP/2.0/UDP 192.0.2.7:5060;rport;branch=z9hG4bK1", PHONE, "udp:192.0.2.7:5060"),
        (SOURCE, "SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bK1", "sip:alice@10.0.0.5", "udp:192.0.2.7:5060"),
        (Flow("tcp", "192.0.2.7", 40000, 0, 9), "", PHONE, "tcp:192.0.2.7:40000"),
        (Flow("tcp", "2001:db8::7", 40000, 0, 9), "", PHONE, "tcp:[2001:db8::7]:40000"),
    ],
)
def test_when_requests_go_to_the_flow(source: Flow, via: str, contact: str, flow: str | None) -> None:
    (binding,) = decided(a_register(f"<{contact}>", via=via), source=source).bindings

    assert binding.flow == flow
    assert binding.transport == source.transport


def test_path_is_kept_and_leads_instead_of_the_flow() -> None:
    (binding,) = registered(f"<{DESK}>", Path="<sip:p1.example.com;lr>,<sip:p2.example.com;lr>")

    assert binding.path == "<sip:p1.example.com;lr>, <sip:p2.example.com;lr>"
    assert binding.flow is None


@pytest.mark.parametrize("path", ["<sip:p1", "nonsense", f"<sip:{'p' * 1100}.example.com>", "<sip:alice@127.0.0.1;lr>"])
def test_a_path_that_cannot_be_followed_is_refused(path: str) -> None:
    assert rejected(a_register(f"<{PHONE}>", Path=path)) in (400, 403)


def test_response_lists_all_contacts_with_the_seconds_left() -> None:
    bindings = registered(f"<{PHONE}>;q=0.25", f"<{DESK}>;expires=600")

    assert response_contacts(bindings, NOW + 99.7) == [f"<{PHONE}>;q=0.25;expires=3500", f"<{DESK}>;expires=500"]
    assert response_contacts(bindings, NOW + 599.9)[1].endswith("expires=1")


def test_response_gives_exactly_what_was_granted() -> None:
    now = 1_784_567_890.123457

    assert response_contacts(decided(a_register(f"<{PHONE}>"), now=now).bindings, now) == [f"<{PHONE}>;expires=3600"]


def test_limits_that_the_rfc_forbids_cannot_be_set() -> None:
    with pytest.raises(ValueError, match="refusing an hour"):
        RegistrarLimits(min_expires=3601, default_expires=4000)
    with pytest.raises(ValueError, match="must hold"):
        RegistrarLimits(default_expires=7201)
