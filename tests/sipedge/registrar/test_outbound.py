"""RFC 5626: bindings that are known by device and flow, and what their phones are told."""

import pytest

from sipedge.registrar.register import response_contacts
from sipedge.sip.flow import Flow
from tests.sipedge.registrar.requests import (
    DESK,
    NOW,
    PHONE,
    SOURCE,
    a_register,
    contacts_of,
    decided,
    rejected,
)

INSTANCE = '+sip.instance="<urn:uuid:1>"'
FLOW = f"<{PHONE}>;reg-id=1;{INSTANCE}"
STREAM = Flow("tls", "192.0.2.7", 40000, 2, 77)
NEXT_STREAM = Flow("tls", "192.0.2.7", 40001, 2, 78)
TWO_VIAS = "SIP/2.0/UDP 192.0.2.99;branch=z9hG4bKp, SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKq"
OB_PATH = "<sip:near-us.example.com;lr>, <sip:near-the-phone.example.com;lr;ob>"


def test_a_new_flow_replaces_the_old_one_whatever_the_contact() -> None:
    current = decided(a_register(FLOW, Supported="outbound"), source=STREAM).bindings

    again = a_register(f"<{DESK}>;reg-id=1;{INSTANCE}", call_id="other@phone", Supported="outbound")
    decision = decided(again, current, source=NEXT_STREAM)

    ((known, new),) = decision.upserts
    assert (known, new.key, new.contact) == (current[0], current[0].key, DESK)
    assert (current[0].flow, new.flow) == ("tls:192.0.2.7:40000#77", "tls:192.0.2.7:40001#78")


def test_another_reg_id_is_another_flow_with_the_same_contact() -> None:
    current = decided(a_register(FLOW, Supported="outbound"), source=STREAM).bindings

    second = a_register(f"<{PHONE}>;reg-id=2;{INSTANCE}", cseq=2, Supported="outbound")
    decision = decided(second, current, source=NEXT_STREAM)

    assert [(binding.reg_id, binding.contact) for binding in decision.bindings] == [(1, PHONE), (2, PHONE)]
    assert len({binding.key for binding in decision.bindings}) == 2


def test_the_same_flow_has_the_same_key_at_every_edge() -> None:
    one, two = (decided(a_register(f"<{uri}>;reg-id=1;{INSTANCE}")).bindings[0] for uri in (PHONE, DESK))

    assert one.key == two.key


def test_another_device_with_the_same_reg_id_stands_beside() -> None:
    current = decided(a_register(FLOW, Supported="outbound")).bindings

    decision = decided(a_register(f'<{DESK}>;reg-id=1;+sip.instance="<urn:uuid:2>"', cseq=2), current)

    assert contacts_of(decision) == [PHONE, DESK]


def test_a_phone_that_begins_to_use_flows_keeps_one_binding() -> None:
    current = decided(a_register(f"<{PHONE}>;{INSTANCE}")).bindings

    decision = decided(a_register(FLOW, cseq=2, Supported="outbound"), current)

    assert [(binding.key, binding.reg_id) for binding in decision.bindings] == [(current[0].key, 1)]


def test_a_flow_is_removed_by_its_names() -> None:
    current = decided(a_register(FLOW, Supported="outbound")).bindings

    decision = decided(a_register(f"<{DESK}>;reg-id=1;{INSTANCE};expires=0", cseq=2), current)

    assert decision.removals == current


def test_of_one_flow_cseq_must_rise() -> None:
    current = decided(a_register(FLOW, cseq=5, Supported="outbound")).bindings

    assert rejected(a_register(f"<{DESK}>;reg-id=1;{INSTANCE}", cseq=5), current) == 500


def test_a_reg_id_without_instance_is_ignored() -> None:
    decision = decided(a_register(f"<{PHONE}>;reg-id=1", Supported="outbound"), source=STREAM)

    assert (decision.bindings[0].reg_id, decision.bindings[0].flow) == (None, "tls:192.0.2.7:40000")
    assert decision.headers == ()


@pytest.mark.parametrize("tags", [{"Supported": "path, outbound"}, {"Require": "outbound"}])
def test_a_flow_on_a_stream_is_said_to_be_in_force(tags: dict[str, str]) -> None:
    decision = decided(a_register(FLOW, **tags), source=STREAM)

    assert decision.headers == (("Require", "outbound"), ("Flow-Timer", "120"))


def test_a_flow_by_udp_is_kept_but_not_said_to_be_in_force() -> None:
    decision = decided(a_register(FLOW, Supported="outbound"))

    assert (decision.bindings[0].reg_id, decision.bindings[0].flow) == (1, "udp:192.0.2.7:5060")
    assert decision.headers == ()


def test_who_does_not_speak_of_outbound_is_not_told_of_it() -> None:
    assert decided(a_register(FLOW), source=STREAM).headers == ()


def test_a_flow_to_a_proxy_that_knows_flows_counts_and_has_its_timer() -> None:
    request = a_register(FLOW, via=TWO_VIAS, Path=OB_PATH, Supported="path, outbound")

    decision = decided(request)

    assert (decision.bindings[0].reg_id, decision.bindings[0].flow) == (1, None)
    assert decision.headers == (("Path", OB_PATH), ("Require", "outbound"))


@pytest.mark.parametrize(
    "headers",
    [
        {"Supported": "outbound"},
        {"Supported": "path, outbound", "Path": "<sip:p.example.com;lr>"},
        {"Supported": "path, outbound", "Path": "<sip:near-us.example.com;lr;ob>, <sip:first.example.com;lr>"},
    ],
)
def test_a_first_hop_that_does_not_know_flows_is_439(headers: dict[str, str]) -> None:
    assert rejected(a_register(FLOW, via=TWO_VIAS, **headers)) == 439


def test_through_such_a_hop_the_contact_counts_for_who_does_not_ask_for_outbound() -> None:
    decision = decided(a_register(FLOW, via=TWO_VIAS))

    assert (decision.bindings[0].instance_id, decision.bindings[0].reg_id) == ("<urn:uuid:1>", None)


def test_a_flow_is_registered_alone() -> None:
    assert rejected(a_register(FLOW, f"<{DESK}>", Supported="outbound")) == 400
    assert rejected(a_register(f"<{DESK}>", FLOW, Supported="outbound")) == 400


def test_a_flow_may_replace_another_contact_in_one_request() -> None:
    current = decided(a_register(f"<{DESK}>")).bindings

    decision = decided(a_register(FLOW, f"<{DESK}>;expires=0", cseq=2, Supported="outbound"), current)

    assert contacts_of(decision) == [PHONE]


@pytest.mark.parametrize("transport", ["ws", "wss"])
def test_a_browser_is_bound_to_its_connection_without_asking(transport: str) -> None:
    source = Flow(transport, "192.0.2.7", 50000, 3, 2**62)

    decision = decided(a_register("<sip:a@df7jal23ls0d.invalid;transport=ws>"), source=source)

    assert decision.bindings[0].flow == f"{transport}:192.0.2.7:50000#{2**62}"
    assert decision.bindings[0].received_from == f"{transport}:192.0.2.7:50000"


def test_instance_and_reg_id_come_back_in_the_200() -> None:
    bindings = decided(a_register(f'<{PHONE}>;reg-id=7;+sip.instance="<urn:x:a\\"b>"'), source=SOURCE).bindings

    assert response_contacts(bindings, NOW) == [f'<{PHONE}>;+sip.instance="<urn:x:a\\"b>";reg-id=7;expires=3600']


def test_a_flow_that_is_the_contact_before_it_replaces_what_that_one_did() -> None:
    current = decided(a_register(FLOW)).bindings

    request = a_register(f"<{PHONE}>", f"<{PHONE}>;reg-id=2;{INSTANCE}", call_id="b")

    ((known, new),) = decided(request, current).upserts
    assert (known, new.key, new.reg_id) == (current[0], current[0].key, 2)
