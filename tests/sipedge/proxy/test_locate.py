"""RFC 3263 without a DNS: what is asked, and what follows from the answers."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipedge.proxy.locate import (
    MAX_DESTINATIONS,
    Naptr,
    Question,
    Srv,
    by_priority,
    default_port,
    destinations,
    literal_flow,
    response_destinations,
    transport_of,
)
from sipedge.sip.fields import parse_via
from sipedge.sip.flow import Flow
from sipedge.sip.uri import parse_uri

EVERYTHING = frozenset((transport, family) for transport in ("udp", "tcp", "tls", "ws", "wss") for family in "46")


def first(_most):
    return 0


class Zone:
    """Records by (kind, name); remembers what was asked, step by step."""

    def __init__(self, spoken=EVERYTHING, **records):
        self.spoken = spoken
        self.records = {}
        self.steps = []
        for key, found in records.items():
            self.add(key, *found)

    def add(self, kind, name, *found):
        self.records[Question(kind, name)] = found
        return self

    def run(self, search):
        try:
            questions = next(search)
            while True:
                self.steps.append([tuple(question) for question in questions])
                questions = search.send({q: self.records[q] for q in questions if q in self.records})
        except StopIteration as end:
            return [(flow.transport, flow.host, flow.port) for flow in end.value], end.value

    def reach(self, flow):
        return (flow.transport, "6" if ":" in flow.host else "4") in self.spoken

    def locate(self, uri):
        return self.run(destinations(parse_uri(uri), self.reach, first))[0]

    def flows(self, uri):
        return self.run(destinations(parse_uri(uri), self.reach, first))[1]

    def locate_sender(self, via):
        return self.run(response_destinations(parse_via(via), self.reach, first))[0]


def hosts(*names):
    zone = Zone()
    for number, name in enumerate(names, 1):
        zone.add("A", name, f"192.0.2.{number}")
    return zone


# §4.1 and §4.2: nothing is asked where the URI says everything.


@pytest.mark.parametrize(
    ("uri", "flow"),
    [
        ("sip:a@192.0.2.9", ("udp", "192.0.2.9", 5060)),
        ("sip:a@192.0.2.9:5070;transport=TCP", ("tcp", "192.0.2.9", 5070)),
        ("sip:a@192.0.2.9;transport=tls", ("tls", "192.0.2.9", 5061)),
        ("sips:a@192.0.2.9", ("tls", "192.0.2.9", 5061)),
        ("sips:a@192.0.2.9;transport=tcp", ("tls", "192.0.2.9", 5061)),
        ("sips:a@192.0.2.9;transport=ws", ("wss", "192.0.2.9", 443)),
        ("sip:a@[2001:db8::1]:5080", ("udp", "2001:db8::1", 5080)),
        ("sip:a@192.0.2.9;maddr=192.0.2.66", ("udp", "192.0.2.9", 5060)),
    ],
)
def test_a_literal_is_its_own_destination(uri, flow):
    zone = Zone()
    assert zone.locate(uri) == [flow]
    assert literal_flow(parse_uri(uri))[:3] == flow
    assert zone.steps == []


@pytest.mark.parametrize(
    "uri",
    [
        "sips:a@192.0.2.9;transport=udp",
        "sip:a@192.0.2.9;transport=sctp",
        "sip:a@gw.example;transport=carrier-pigeon",
        "sip:a@df7jal23ls0d.invalid;transport=ws",
        "sip:a@df7jal23ls0d.invalid",
        "sip:a@page.example;transport=ws",
        "sip:a@927.0.0.2",
        "sip:a@127.1:5060;transport=tcp",
        "tel:+4311001",
    ],
)
def test_what_cannot_be_reached_is_not_asked_for(uri):
    zone = Zone()
    assert zone.locate(uri) == []
    assert literal_flow(parse_uri(uri)) is None
    assert zone.steps == []


def test_a_literal_of_a_family_or_transport_that_we_lack_is_no_destination():
    zone = Zone({("udp", "4")})
    assert zone.locate("sip:a@[2001:db8::1]") == []
    assert zone.locate("sip:a@192.0.2.9;transport=tcp") == []
    assert zone.locate("sip:a@192.0.2.9") == [("udp", "192.0.2.9", 5060)]


@pytest.mark.parametrize(
    ("uri", "flow"),
    [
        ("sip:a@gw.example:5070", ("udp", "192.0.2.1", 5070)),
        ("sip:a@gw.example:5070;transport=tcp", ("tcp", "192.0.2.1", 5070)),
        ("sips:a@gw.example:5071", ("tls", "192.0.2.1", 5071)),
    ],
)
def test_a_port_asks_for_addresses_alone(uri, flow):
    zone = hosts("gw.example")
    assert zone.locate(uri) == [flow]
    assert zone.steps == [[("AAAA", "gw.example"), ("A", "gw.example")]]


def test_a_transport_without_a_port_asks_for_its_srv():
    zone = hosts("one.example").add("SRV", "_sip._tcp.gw.example", Srv(1, 1, 5090, "one.example"))
    assert zone.locate("sip:a@gw.example;transport=tcp") == [("tcp", "192.0.2.1", 5090)]
    assert zone.steps[0] == [("SRV", "_sip._tcp.gw.example")]


@pytest.mark.parametrize("uri", ["sip:a@gw.example;transport=tls", "sips:a@gw.example;transport=tcp"])
def test_tls_has_the_sips_service(uri):
    zone = hosts("one.example").add("SRV", "_sips._tcp.gw.example", Srv(1, 1, 5090, "one.example"))
    assert zone.locate(uri) == [("tls", "192.0.2.1", 5090)]


def test_without_srv_the_host_itself_has_the_service_at_the_default_port():
    assert hosts("gw.example").locate("sip:a@gw.example;transport=tcp") == [("tcp", "192.0.2.1", 5060)]
    assert hosts("gw.example").locate("sip:a@gw.example;transport=tls") == [("tls", "192.0.2.1", 5061)]
    assert hosts("gw.example").locate("sip:a@gw.example") == [("udp", "192.0.2.1", 5060)]
    assert hosts("gw.example").locate("sips:a@gw.example") == [("tls", "192.0.2.1", 5061)]


# §4.1: NAPTR.


def carrier():
    return (
        hosts("udp.example", "tcp.example", "tls.example")
        .add(
            "NAPTR",
            "gw.example",
            Naptr(50, 50, "s", "SIPS+D2T", "_sips._tcp.gw.example"),
            Naptr(100, 50, "s", "SIP+D2U", "_sip._udp.gw.example"),
            Naptr(90, 60, "S", "sip+d2t", "_sip._tcp.gw.example"),
        )
        .add("SRV", "_sips._tcp.gw.example", Srv(1, 1, 5061, "tls.example"))
        .add("SRV", "_sip._udp.gw.example", Srv(1, 1, 5060, "udp.example"))
        .add("SRV", "_sip._tcp.gw.example", Srv(1, 1, 5060, "tcp.example"))
    )


def test_naptr_decides_the_transport_by_order_and_the_others_follow():
    assert carrier().locate("sip:a@gw.example") == [
        ("tls", "192.0.2.3", 5061),
        ("tcp", "192.0.2.2", 5060),
        ("udp", "192.0.2.1", 5060),
    ]


def test_only_transports_that_we_speak_are_taken_from_naptr():
    zone = carrier()
    zone.spoken = {("udp", "4"), ("tcp", "4")}
    assert zone.locate("sip:a@gw.example") == [("tcp", "192.0.2.2", 5060), ("udp", "192.0.2.1", 5060)]


def test_sips_takes_tls_alone_whatever_else_is_offered():
    assert carrier().locate("sips:a@gw.example") == [("tls", "192.0.2.3", 5061)]
    zone = carrier()
    zone.spoken = {("udp", "4"), ("tcp", "4")}
    assert zone.locate("sips:a@gw.example") == []


def test_naptr_of_other_services_and_kinds_is_skipped():
    zone = hosts("gw.example").add(
        "NAPTR",
        "gw.example",
        Naptr(1, 1, "u", "E2U+sip", ""),
        Naptr(1, 1, "s", "SIP+D2S", "_sip._sctp.gw.example"),
        Naptr(1, 1, "s", "SIP+D2W", "_sip._ws.gw.example"),
        Naptr(1, 1, "a", "SIP+D2U", "gw.example"),
        Naptr(1, 1, "s", "SIP+D2U", ""),
    )
    assert zone.locate("sip:a@gw.example") == [("udp", "192.0.2.1", 5060)]


def test_naptr_may_name_any_srv_record():
    zone = hosts("one.example").add("NAPTR", "gw.example", Naptr(1, 1, "s", "SIP+D2T", "_sip._tcp.pool.example"))
    zone.add("SRV", "_sip._tcp.pool.example", Srv(1, 1, 5062, "one.example"))
    assert zone.locate("sip:a@gw.example") == [("tcp", "192.0.2.1", 5062)]


def test_without_naptr_each_transport_is_asked_for():
    zone = hosts("one.example").add("SRV", "_sip._tcp.gw.example", Srv(1, 1, 5062, "one.example"))
    assert zone.locate("sip:a@gw.example") == [("tcp", "192.0.2.1", 5062)]
    assert zone.steps[:2] == [
        [("NAPTR", "gw.example")],
        [("SRV", "_sip._udp.gw.example"), ("SRV", "_sip._tcp.gw.example")],
    ]


# SRV: RFC 2782.


def test_priorities_come_in_order():
    records = [Srv(20, 1, 5060, "b"), Srv(10, 1, 5060, "a"), Srv(30, 1, 5060, "c")]
    assert [one.target for one in by_priority(records, lambda most: most)] == ["a", "b", "c"]


def test_weights_share_the_calls():
    records = [Srv(1, 1, 5060, "light"), Srv(1, 3, 5060, "heavy"), Srv(1, 0, 5060, "seldom")]
    first = Counter(by_priority(records, lambda most, n=n: min(n, most))[0].target for n in range(5))
    assert first == {"seldom": 1, "light": 1, "heavy": 3}


def test_all_servers_stand_there_once():
    records = [Srv(1, weight, 5060, str(weight)) for weight in range(6)]
    for pick in (first, lambda most: most, lambda most: most // 2):
        assert sorted(one.target for one in by_priority(records, pick)) == ["0", "1", "2", "3", "4", "5"]


def test_a_dot_says_that_there_is_no_such_service():
    zone = hosts("gw.example").add("SRV", "_sip._tcp.gw.example", Srv(0, 0, 0, ""))
    assert zone.locate("sip:a@gw.example;transport=tcp") == []


# Addresses.


def test_ipv6_comes_before_ipv4_and_only_what_we_can_send_to_is_asked_for():
    zone = Zone().add("AAAA", "gw.example", "2001:db8::1").add("A", "gw.example", "192.0.2.1")
    assert zone.locate("sip:gw.example:5060") == [("udp", "2001:db8::1", 5060), ("udp", "192.0.2.1", 5060)]
    zone = Zone({("udp", "4")}).add("AAAA", "gw.example", "2001:db8::1").add("A", "gw.example", "192.0.2.1")
    assert zone.locate("sip:gw.example:5060") == [("udp", "192.0.2.1", 5060)]
    assert zone.steps == [[("A", "gw.example")]]


def test_a_name_that_points_to_many_is_cut_off():
    zone = Zone().add("A", "gw.example", *[f"192.0.2.{n}" for n in range(1, 100)])
    assert len(zone.locate("sip:gw.example:5060")) == MAX_DESTINATIONS


def test_a_service_with_many_servers_asks_for_a_few():
    zone = Zone().add("SRV", "_sip._udp.gw.example", *[Srv(1, 1, 5060, f"s{n}.example") for n in range(100)])
    zone.locate("sip:gw.example;transport=udp")
    assert len(zone.steps[1]) == 2 * 8


def test_one_server_with_many_addresses_leaves_room_for_the_others():
    zone = (
        Zone()
        .add("SRV", "_sip._udp.gw.example", Srv(1, 1, 5060, "many.example"), Srv(2, 1, 5060, "other.example"))
        .add("A", "many.example", *[f"192.0.2.{n}" for n in range(1, 9)])
        .add("AAAA", "many.example", "2001:db8::1", "2001:db8::2")
        .add("A", "other.example", "198.51.100.1")
    )
    assert [host for _, host, _ in zone.locate("sip:gw.example;transport=udp")] == [
        "2001:db8::1",
        "192.0.2.1",
        "198.51.100.1",
    ]


def test_the_same_destination_is_tried_once():
    zone = hosts("one.example").add("SRV", "_sip._udp.gw.example", *[Srv(n, 1, 5060, "one.example") for n in (1, 2)])
    assert zone.locate("sip:gw.example;transport=udp") == [("udp", "192.0.2.1", 5060)]


def test_a_name_without_an_address_leads_nowhere():
    assert Zone().locate("sip:gw.example") == []


def test_a_tls_peer_has_to_be_the_one_that_the_uri_names():
    zone = hosts("one.example").add("SRV", "_sips._tcp.gw.example", Srv(1, 1, 5061, "one.example"))
    assert zone.flows("sips:gw.example") == (Flow("tls", "192.0.2.1", 5061, server_name="gw.example"),)
    assert hosts("gw.example").flows("sip:gw.example") == (Flow("udp", "192.0.2.1", 5060),)
    assert zone.flows("sips:192.0.2.1")[0].server_name == ""


# §5: responses.


def test_a_response_goes_to_the_address_that_the_sender_says():
    assert hosts("ua.example").locate_sender("SIP/2.0/TCP ua.example:5070;branch=x") == [("tcp", "192.0.2.1", 5070)]
    assert Zone().locate_sender("SIP/2.0/TLS 192.0.2.7;branch=x") == [("tls", "192.0.2.7", 5061)]


def test_a_response_finds_a_sender_without_a_port_by_srv():
    zone = hosts("one.example", "ua.example").add("SRV", "_sip._tcp.ua.example", Srv(1, 1, 5066, "one.example"))
    assert zone.locate_sender("SIP/2.0/TCP ua.example;branch=x") == [("tcp", "192.0.2.1", 5066)]
    assert hosts("ua.example").locate_sender("SIP/2.0/TCP ua.example;branch=x") == [("tcp", "192.0.2.1", 5060)]


@pytest.mark.parametrize("via", ["SIP/2.0/WS df7jal23ls0d.invalid;branch=x", "SIP/2.0/SCTP ua.example;branch=x"])
def test_a_response_to_a_browser_has_no_second_way(via):
    zone = Zone()
    assert zone.locate_sender(via) == []
    assert zone.steps == []


@pytest.mark.parametrize(
    ("uri", "transport"),
    [("sip:a@b", None), ("sips:a@b", None), ("sip:a@b;transport=WS", "ws"), ("sips:a@b;transport=tcp", "tls")],
)
def test_the_transport_that_a_uri_asks_for(uri, transport):
    assert transport_of(parse_uri(uri)) == transport


def test_default_ports():
    assert [default_port(name) for name in ("udp", "tcp", "tls", "ws", "wss")] == [5060, 5060, 5061, 80, 443]


# Whatever a name server says.

NAMES = ["gw.example", "_sip._udp.gw.example", "_sip._tcp.gw.example", "_sips._tcp.gw.example", "one.example", ""]
number = st.integers(0, 65_535)
naptr = st.builds(
    Naptr, number, number, st.sampled_from("sSaup"), st.sampled_from(["SIP+D2U", "sip+d2t", "SIPS+D2T", "SIP+D2W", ""]),
    st.sampled_from(NAMES),
)  # fmt: skip
srv = st.builds(Srv, st.integers(0, 3), st.integers(0, 3), number, st.sampled_from(NAMES))
address = st.sampled_from(["192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2"])
URIS = [
    "sip:a@gw.example", "sips:a@gw.example", "sip:a@gw.example;transport=tcp", "sip:a@gw.example;transport=tls",
    "sips:a@gw.example;transport=tcp", "sip:a@gw.example:5070",
]  # fmt: skip


@given(
    uri=st.sampled_from(URIS),
    naptrs=st.lists(naptr, max_size=8),
    srvs=st.dictionaries(st.sampled_from(NAMES), st.lists(srv, max_size=12)),
    addresses=st.dictionaries(st.sampled_from(NAMES), st.lists(address, max_size=8)),
    spoken=st.sets(st.sampled_from(sorted(EVERYTHING))),
    picked=st.integers(0, 100),
)
def test_destinations_are_few_distinct_and_such_as_the_uri_and_the_edge_allow(
    uri, naptrs, srvs, addresses, spoken, picked
):
    zone = Zone(spoken).add("NAPTR", "gw.example", *naptrs)
    for name, found in srvs.items():
        zone.add("SRV", name, *found)
    for name, found in addresses.items():
        zone.add("A", name, *[one for one in found if "." in one])
        zone.add("AAAA", name, *[one for one in found if ":" in one])
    flows = zone.run(destinations(parse_uri(uri), zone.reach, lambda most: min(picked, most)))[1]
    assert len(flows) == len(set(flows)) <= MAX_DESTINATIONS
    assert all(zone.reach(flow) and flow.port for flow in flows)
    assert all(flow.server_name == ("gw.example" if flow.transport == "tls" else "") for flow in flows)
    if uri.startswith("sips"):
        assert {flow.transport for flow in flows} <= {"tls"}
    if "transport=tcp" in uri and uri.startswith("sip:"):
        assert {flow.transport for flow in flows} <= {"tcp"}
    assert len(zone.steps) <= 3
    assert all(name for step in zone.steps for _, name in step)
