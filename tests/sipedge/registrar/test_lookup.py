"""The target set: what of an AoR's bindings is tried, in which order, and where."""

from sipedge.registrar.binding import Binding
from sipedge.registrar.lookup import target_set
from sipedge.sip.flow import Flow

NOW = 1_800_000_000.0


def a_binding(name: str, q: int = 1000, seconds: float = 3600, **fields: object) -> Binding:
    binding = Binding(
        *(name, f"sip:{name}@192.0.2.1", "c@x", 1, q, NOW + seconds, "udp:192.0.2.1:5060", None),
        *("udp", "", "", "", None, "edge1"),
    )
    return binding._replace(**fields)  # type: ignore[arg-type]


def test_best_q_first_and_of_equals_the_one_refreshed_last() -> None:
    bindings = [a_binding("low", 100), a_binding("older", 900, 100), a_binding("newer", 900, 200), a_binding("top")]

    assert [target.binding_key for target in target_set(bindings, NOW)] == ["top", "newer", "older", "low"]


def test_what_expired_is_not_tried() -> None:
    bindings = [a_binding("gone", seconds=0), a_binding("long gone", seconds=-5), a_binding("there", seconds=0.5)]

    assert [target.binding_key for target in target_set(bindings, NOW)] == ["there"]


def test_the_flow_leads_where_there_is_one() -> None:
    by_uri, by_flow = target_set([a_binding("a"), a_binding("b", 500, flow="tcp:[2001:db8::1]:40000")], NOW)

    assert by_uri.flow is None
    assert by_flow.flow == Flow("tcp", "2001:db8::1", 40000)


def test_a_request_uri_has_no_headers() -> None:
    (target,) = target_set([a_binding("a", contact="sip:a@192.0.2.1;ob?Route=%3Csip:evil%3E")], NOW)

    assert target.uri == "sip:a@192.0.2.1;ob"


def test_path_and_edge_are_handed_on() -> None:
    (target,) = target_set([a_binding("a", path="<sip:p;lr>", edge="edge7")], NOW)

    assert (target.path, target.edge, target.q) == ("<sip:p;lr>", "edge7", 1000)


def test_several_flows_of_one_device_are_one_target_with_other_ways() -> None:
    first = a_binding("a", seconds=100, instance_id="<urn:uuid:1>", reg_id=1, flow="tls:192.0.2.1:40000#71")
    second = a_binding("b", seconds=200, instance_id="<urn:uuid:1>", reg_id=2, flow="tls:192.0.2.1:40001#72")
    other = a_binding("c", 500, instance_id="<urn:uuid:2>", reg_id=1, flow="tls:192.0.2.9:40000#73")

    one, two = target_set([first, other, second], NOW)

    assert (one.binding_key, one.flow) == ("b", Flow("tls", "192.0.2.1", 40001, 0, 72))
    assert [(way.binding_key, way.flow) for way in one.others] == [("a", Flow("tls", "192.0.2.1", 40000, 0, 71))]
    assert (two.binding_key, two.others) == ("c", ())


def test_a_device_that_moved_is_one_target_and_its_old_contact_the_other_way() -> None:
    old = a_binding("old", seconds=100, instance_id="<urn:uuid:1>")
    new = a_binding("new", seconds=3600, instance_id="<urn:uuid:1>")

    (target,) = target_set([old, new], NOW)

    assert (target.binding_key, [way.binding_key for way in target.others]) == ("new", ["old"])


def test_a_device_counts_with_the_best_of_its_q_values() -> None:
    low = a_binding("low", 100, instance_id="<urn:uuid:1>")
    high = a_binding("high", 900, instance_id="<urn:uuid:1>")
    middle = a_binding("middle", 500)

    assert [target.binding_key for target in target_set([low, middle, high], NOW)] == ["high", "middle"]


def test_two_rows_that_lead_to_the_same_place_ring_it_once() -> None:
    before, after = a_binding("1", seconds=100, contact="sip:a@192.0.2.1"), a_binding("2", contact="sip:a@192.0.2.1")

    (target,) = target_set([before, after], NOW)

    assert (target.binding_key, target.others) == ("2", ())


def test_equal_contacts_behind_two_nats_are_two_targets() -> None:
    one = a_binding("1", contact="sip:a@10.0.0.2", flow="udp:203.0.113.1:1024")
    two = a_binding("2", contact="sip:a@10.0.0.2", flow="udp:203.0.113.2:1024")

    assert len(target_set([one, two], NOW)) == 2


def test_a_phone_on_a_stream_without_nat_may_be_connected_to_anew_at_its_contact() -> None:
    stream = a_binding("a", contact="sip:a@192.0.2.1:5062;transport=tcp", flow="tcp:192.0.2.1:40000")

    (target,) = target_set([stream], NOW)

    assert target.flow == Flow("tcp", "192.0.2.1", 40000)
    assert [(way.uri, way.flow) for way in target.others] == [("sip:a@192.0.2.1:5062;transport=tcp", None)]


def test_nobody_is_connected_to_behind_a_nat_or_where_a_flow_has_ended() -> None:
    natted = a_binding("a", contact="sip:a@10.0.0.2:5060;transport=tcp", flow="tcp:192.0.2.1:40000")
    bound = a_binding("b", contact="sip:a@192.0.2.1:5060;transport=tcp", flow="tcp:192.0.2.1:40000#7")
    listening = a_binding("c", contact="sip:a@192.0.2.1:5060;transport=tcp", flow="tcp:192.0.2.1:5060")

    assert [target.others for target in target_set([natted, bound, listening], NOW)] == [(), (), ()]
