from dataclasses import replace

import pytest

from sipedge.routing.asked import query_of
from sipedge.sip.message import Request
from tests.sipedge.routing.network import ALICE, PSTN

BASIC = [
    ("Via", "SIP/2.0/UDP 192.0.2.50:5060;branch=z9hG4bK1"), ("From", "<sip:alice@north.example>;tag=1"),
    ("To", "<sip:+4311006@carrier.example>"), ("Call-ID", "c"), ("CSeq", "1 INVITE"),
]  # fmt: skip


def request(*headers, sender="<sip:alice@north.example>;tag=1", uri="sip:trunk@north.example;x=1"):
    return Request("INVITE", uri, [BASIC[0], ("From", sender), *BASIC[2:], *headers])


@pytest.mark.parametrize(
    ("called_number_in", "headers", "uri"),
    [
        ("request_uri", [("P-Called-Party-ID", "<sip:+4311007@x>")], "sip:trunk@north.example;x=1"),
        ("to", [], "sip:+4311006@north.example;x=1"),
        ("p_called_party_id", [("P-Called-Party-ID", "<sip:+4311007@x>")], "sip:+4311007@north.example;x=1"),
        ("p_called_party_id", [("P-Called-Party-ID", "<tel:+4311007>")], "sip:+4311007@north.example;x=1"),
        ("p_called_party_id", [], "sip:trunk@north.example;x=1"),
        ("p_called_party_id", [("P-Called-Party-ID", '"unclosed <sip:')], "sip:trunk@north.example;x=1"),
        ("p_called_party_id", [("P-Called-Party-ID", "<mailto:a@b>")], "sip:trunk@north.example;x=1"),
    ],
)
def test_where_the_called_number_stands(called_number_in, headers, uri):
    gateway = replace(PSTN, called_number_in=called_number_in)
    assert str(query_of(request(*headers), gateway, 5.0).request_uri) == uri


def test_a_phone_calls_whom_its_request_uri_names():
    assert (
        str(query_of(request(("P-Called-Party-ID", "<sip:x@y>")), ALICE, 5.0).request_uri)
        == "sip:trunk@north.example;x=1"
    )


@pytest.mark.parametrize(
    ("sender", "headers", "is_hidden"),
    [
        ("<sip:+431@pstn>;tag=1", [], False),
        ("<sip:+431@pstn>;tag=1", [("Privacy", "id")], True),
        ("<sip:anonymous@anonymous.invalid>;tag=1", [], True),
        ("<sip:anonymous@pstn>;tag=1", [], True),
        ("<sip:Anonymous@pstn>;tag=1", [("P-Asserted-Identity", "<sip:+431@pstn>")], True),
        ("<sip:+431@pstn>;tag=1", [("Privacy", "none")], False),
    ],
)
def test_an_anonymous_call_in(sender, headers, is_hidden):
    assert query_of(request(*headers, sender=sender), PSTN, 5.0).is_hidden is is_hidden


@pytest.mark.parametrize(
    ("display", "is_misnamed"),
    [
        ("", False), ("Alice", False), ("Alice 2", False), ("Büro +43 1 2002", False), ("12", False),
        ("alice", False), ("+43 1 1001", False), ("01 1001", False), ("1001", False), ("555", False),
        ("+43 1 2002", True), ("2002", True), ("(01) 2002", True), ("٠٠٤٣١٢٠٠٢", True), ("133", True),
    ],
)  # fmt: skip
def test_a_name_that_is_somebody_elses_number(display, is_misnamed):
    sender = f'"{display}" <sip:alice-555@north.example>;tag=1'
    assert query_of(request(sender=sender), ALICE, 5.0).is_misnamed is is_misnamed
    assert query_of(request(sender=sender), PSTN, 5.0).is_misnamed is False


@pytest.mark.parametrize(
    ("sender", "shows_nobody"),
    [("<sip:alice@north.example>;tag=1", False), ("<sip:anonymous@anonymous.invalid>;tag=1", True)],
)
def test_whether_from_itself_hides_who_calls(sender, shows_nobody):
    assert query_of(request(("Privacy", "id"), sender=sender), ALICE, 5.0).shows_nobody is shows_nobody


def test_what_a_subscriber_would_like_to_show():
    assert query_of(request(), ALICE, 5.0).claims == ()
    query = query_of(
        request(("P-Preferred-Identity", "<tel:+431>, <sip:x@y>"), sender="<sip:+432@x>;tag=1"), ALICE, 5.0
    )
    assert [str(claim) for claim in query.claims] == ["tel:+431", "sip:x@y", "sip:+432@x"]


def test_what_else_is_told():
    query = query_of(
        request(
            ("Privacy", "none"), ("Geolocation", "<https://x>"), ("Diversion", "<sip:1@x>, <sip:2@x>"),
            ("History-Info", "<sip:1@x>;index=1, <sip:2@x>;index=1.2"),
        ),
        ALICE,
        5.0,
    )  # fmt: skip
    assert (query.privacy, query.is_shown, query.has_location) == ("none", True, True)
    assert (query.diverted, query.history_index, query.now) == (2, "1.2", 5.0)


@pytest.mark.parametrize(
    ("headers", "diverted"),
    [
        ([("History-Info", "<sip:1@x>;index=1, <sip:2@x;cause=302>;index=1.1, <sip:3@x;cause=486>;index=1.1.1")], 2),
        ([("History-Info", "<sip:1@x>;index=1, <sip:2@y>;index=1.1")], 0),  # passed on, not diverted
        ([("History-Info", "<sip:1@x>;index=1, <sip:2@x;cause=302>;index=1.1"), ("Diversion", "<sip:1@x>")], 1),
        ([("History-Info", '"unclosed')], 1),
    ],
)
def test_how_often_a_call_was_diverted(headers, diverted):
    assert query_of(request(*headers), PSTN, 5.0).diverted == diverted


@pytest.mark.parametrize("history", ['"unclosed', "<sip:1@x>", "<sip:1@x>;index=x", f"<sip:1@x>;index={'1.' * 40}1"])
def test_a_history_that_nobody_can_read_is_none(history):
    assert query_of(request(("History-Info", history)), ALICE, 5.0).history_index == ""
