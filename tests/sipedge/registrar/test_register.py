"""REGISTER by RFC 3261 §10.3: what each one makes of an AoR's bindings."""

import pytest

from sipedge.registrar.binding import Binding
from sipedge.registrar.register import RegisterDecision, response_contacts
from sipedge.sip.flow import Flow
from sipedge.sip.message import Request
from tests.sipedge.registrar.requests import (
    DESK,
    NOW,
    PHONE,
    SOURCE,
    a_register,
    contacts_of,
    decided,
    registered,
    rejected,
)


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


@pytest.mark.parametrize("call_id", ["\udcff@phone", "x" * 513])
def test_a_call_id_that_cannot_be_kept_is_400(call_id: str) -> None:
    assert rejected(a_register(f"<{PHONE}>", call_id=call_id)) == 400


@pytest.mark.parametrize("cseq", [2**31, 2**63, 10**30])
def test_a_huge_cseq_is_400(cseq: int) -> None:
    assert rejected(a_register(f"<{PHONE}>", cseq=cseq)) == 400


@pytest.mark.parametrize(
    ("source", "via", "contact", "flow"),
    [
        (SOURCE, "SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK1", PHONE, None),
        (SOURCE, "SIP/2.0/UDP 192.0.2.7:5060;rport;branch=z9hG4bK1", PHONE, "udp:192.0.2.7:5060"),
        (SOURCE, "SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bK1", "sip:alice@10.0.0.5", "udp:192.0.2.7:5060"),
        (Flow("tcp", "192.0.2.7", 40000, 0, 9), "", PHONE, "tcp:192.0.2.7:40000"),
        (Flow("tcp", "2001:db8::7", 40000, 0, 9), "", PHONE, "tcp:[2001:db8::7]:40000"),
        (SOURCE._replace(local=4), "SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bK1", PHONE, None),
        (SOURCE._replace(local=4), "SIP/2.0/UDP 10.0.0.5;branch=z9hG4bK1", "sip:a@10.0.0.5", "udp:192.0.2.7:5060/4"),
        (SOURCE, "SIP/2.0/UDP 192.0.2.7:5060;rport;branch=z9hG4bK1", f"{PHONE};transport=tcp", None),
        (SOURCE, "SIP/2.0/UDP 192.0.2.7;rport;branch=z9hG4bK1", f"{PHONE};transport=UDP", "udp:192.0.2.7:5060"),
        (SOURCE, "", "sip:alice@10.0.0.5;transport=tcp", "udp:192.0.2.7:5060"),
    ],
)
def test_when_requests_go_to_the_flow(source: Flow, via: str, contact: str, flow: str | None) -> None:
    (binding,) = decided(a_register(f"<{contact}>", via=via), source=source).bindings

    assert binding.flow == flow
    assert binding.transport == source.transport


def test_response_lists_all_contacts_with_the_seconds_left() -> None:
    bindings = registered(f"<{PHONE}>;q=0.25", f"<{DESK}>;expires=600")

    assert response_contacts(bindings, NOW + 99.7) == [f"<{PHONE}>;q=0.25;expires=3500", f"<{DESK}>;expires=500"]
    assert response_contacts(bindings, NOW + 599.9)[1].endswith("expires=1")


def test_response_gives_exactly_what_was_granted() -> None:
    now = 1_784_567_890.123457

    assert response_contacts(decided(a_register(f"<{PHONE}>"), now=now).bindings, now) == [f"<{PHONE}>;expires=3600"]


def test_with_strict_call_ids_two_phones_with_one_private_contact_stand_side_by_side() -> None:
    current = decided(a_register("<sip:alice@10.0.0.2>", call_id="kitchen"), strict_call_id=True).bindings

    both = decided(a_register("<sip:alice@10.0.0.2>", call_id="office"), current, strict_call_id=True).bindings
    refreshed = decided(a_register("<sip:alice@10.0.0.2>", call_id="kitchen", cseq=2), both, strict_call_id=True)

    assert [(binding.call_id, binding.cseq) for binding in refreshed.bindings] == [("kitchen", 2), ("office", 1)]
    assert len({binding.key for binding in both}) == 2


def test_with_strict_call_ids_only_ones_own_contact_is_removed() -> None:
    current = decided(a_register("<sip:alice@10.0.0.2>", call_id="kitchen"), strict_call_id=True).bindings

    gone = a_register("<sip:alice@10.0.0.2>;expires=0", call_id="office")

    assert decided(gone, current, strict_call_id=True).removals == ()
    assert decided(gone, current).removals == current


def test_with_strict_call_ids_the_wildcard_still_removes_all() -> None:
    current = decided(a_register("<sip:alice@10.0.0.2>", call_id="kitchen"), strict_call_id=True).bindings

    assert decided(a_register("*", call_id="office", Expires="0"), current, strict_call_id=True).removals == current


def test_by_default_the_contact_alone_counts() -> None:
    current = registered("<sip:alice@10.0.0.2>", call_id="kitchen")

    (binding,) = decided(a_register("<sip:alice@10.0.0.2>", call_id="office"), current).bindings

    assert binding.call_id == "office"
