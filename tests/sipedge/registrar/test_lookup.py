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
