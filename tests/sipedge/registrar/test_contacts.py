"""Contacts: which are refused, which are the same, what their parameters say."""

import pytest

from sipedge.registrar.register import response_contacts
from sipedge.sip.flow import Flow
from sipedge.sip.validate import Rejection
from tests.sipedge.registrar.requests import DESK, NOW, PHONE, a_register, decide, decided, registered, rejected


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
    assert registered(f'<{PHONE}>;+sip.instance="<urn:uuid:1>";reg-id={reg_id}')[0].reg_id is None


def test_an_instance_that_cannot_be_stored_is_none() -> None:
    assert registered(f'<{PHONE}>;+sip.instance="<urn:{"x" * 128}>"')[0].instance_id == ""
    assert registered(f'<{PHONE}>;+sip.instance="<urn:\x07>"')[0].instance_id == ""


@pytest.mark.parametrize(
    ("ours", "theirs", "same"),
    [
        ("sip:alice@192.0.2.7", "sip:alice@192.0.2.7:5060", False),
        ("sip:alice@192.0.2.7", "sip:alice@192.0.2.7;transport=udp", False),
        ("sip:alice@192.0.2.7", "sips:alice@192.0.2.7", False),
        ("sip:alice@192.0.2.7", "sip:ALICE@192.0.2.7", False),
        ("sip:alice@192.0.2.7;x=1", "sip:alice@192.0.2.7", True),
        ("sip:alice@192.0.2.7;x=1", "sip:alice@192.0.2.7;x=2", False),
        ("sip:alice@192.0.2.7;x=1;y=2", "sip:alice@192.0.2.7;Y=2;X=1", True),
        ("sip:alice@192.0.2.7?a=1", "sip:alice@192.0.2.7", False),
        ("sip:alice@[2001:db8::7]", "sip:alice@[2001:DB8:0::7]", True),
        ("sip:alice@Phone.Example.com", "sip:alice@phone.example.COM", True),
    ],
)
def test_which_contacts_are_the_same(ours: str, theirs: str, same: bool) -> None:
    decision = decided(a_register(f"<{theirs}>", cseq=2), registered(f"<{ours}>"))

    assert (len(decision.bindings) == 1) is same


def test_gruu_parameters_stay_in_the_contact_and_none_is_given_out() -> None:
    uri = "sip:alice@192.0.2.7;gr=urn:uuid:f81d4fae"
    pub = f'<{uri}>;pub-gruu="sip:alice@example.org;gr=x";temp-gruu="sip:t@example.org;gr";+sip.instance="<urn:uuid:1>"'

    decision = decided(a_register(pub, Supported="gruu"))

    assert decision.bindings[0].contact == uri
    assert response_contacts(decision.bindings, NOW) == [f'<{uri}>;+sip.instance="<urn:uuid:1>";expires=3600']
