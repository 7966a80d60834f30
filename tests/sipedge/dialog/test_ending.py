"""What is kept to end a call from here."""

import json
from uuid import UUID

import pytest

from sipedge.dialog.ending import at_answer, at_beginning, at_refresh, changed_dialog, farewells
from sipedge.proxy.present import HIDDEN
from sipedge.proxy.record_route import DialogToken, make_token, tag_mark
from sipedge.sip.flow import Flow
from sipedge.sip.message import Request, Response

KEY = b"k" * 32
CALL = "c1@192.0.2.1"
HERE = Flow("udp", "192.0.2.7", 5070, 0)


def _route(caller_flow: Flow | None = None, *, name: str = "") -> str:
    token = DialogToken(UUID(int=7), tag_mark("a"), caller_flow, None, callee_is_gateway=True, caller_name=name)
    return f"<sip:{make_token(token, CALL, KEY)}@192.0.2.1;lr>"


def _invite() -> Request:
    return Request("INVITE", "sip:bob@x", [("Contact", "<sip:alice@192.0.2.7:5070>")])


def _ok(*routes: str) -> Response:
    return Response(
        200,
        "OK",
        [
            *[("Record-Route", route) for route in routes],
            ("From", "<sip:alice@x>;tag=a"),
            ("To", "<sip:bob@x>;tag=b"),
            ("Contact", '"Bob" <sip:bob@192.0.2.8:5060>'),
        ],
    )


def test_both_sides_get_a_bye_over_their_own_way() -> None:
    dialog = at_answer(at_beginning(_invite()), _ok("<sip:p3;lr>", "<sip:p2;lr>", _route(), "<sip:p1;lr>, <sip:p0;lr>"))
    to_caller, to_callee = farewells(dialog, CALL, KEY)

    assert (to_caller.request.method, to_caller.request.request_uri) == ("BYE", "sip:alice@192.0.2.7:5070")
    assert to_caller.request.get_all("Route") == ["<sip:p1;lr>", "<sip:p0;lr>"]
    assert (to_caller.request.get("From"), to_caller.request.get("To")) == ("<sip:bob@x>;tag=b", "<sip:alice@x>;tag=a")
    assert (to_caller.flow, to_caller.is_gateway) == (None, False)
    assert to_callee.request.request_uri == "sip:bob@192.0.2.8:5060"
    assert to_callee.request.get_all("Route") == ["<sip:p2;lr>", "<sip:p3;lr>"]
    assert (to_callee.request.get("From"), to_callee.request.get("To")) == ("<sip:alice@x>;tag=a", "<sip:bob@x>;tag=b")
    assert to_callee.is_gateway
    assert {one.request.get("Call-ID") for one in (to_caller, to_callee)} == {CALL}
    assert to_callee.request.cseq.number == 1 << 30


@pytest.mark.parametrize("name", [HIDDEN, "<sip:+4311001@x>"])
def test_the_callee_hears_the_name_that_it_knows_the_caller_by(name: str) -> None:
    dialog = at_answer(at_beginning(_invite()), _ok(_route(name=name)))
    to_caller, to_callee = farewells(dialog, CALL, KEY)
    assert to_callee.request.get("From") == f"{name};tag=a"
    assert to_caller.request.get("To") == "<sip:alice@x>;tag=a"


def test_with_two_routes_of_ours_the_flow_of_the_caller_is_taken() -> None:
    dialog = at_answer(at_beginning(_invite()), _ok(_route(HERE), _route(HERE)))
    to_caller, to_callee = farewells(dialog, CALL, KEY)
    assert (to_caller.flow, to_caller.request.has("Route")) == (HERE, False)
    assert (to_callee.flow, to_callee.request.has("Route")) == (None, False)


def test_a_route_of_others_leads_past_the_flow() -> None:
    dialog = at_answer(at_beginning(_invite()), _ok(_route(HERE), "<sip:p1;lr>"))
    assert farewells(dialog, CALL, KEY)[0].flow is None


@pytest.mark.parametrize(
    ("dialog", "left"),
    [
        ("", 0),
        (at_beginning(_invite()), 0),
        (at_answer("", _ok("<sip:p1;lr>")), 0),
        (at_answer("", _ok(_route())), 1),
        (at_answer('{"a": "<<<"}', _ok(_route())), 1),
        (at_answer(at_beginning(_invite()), Response(200, "OK", [("Record-Route", '<sip:"')])), 0),
    ],
)
def test_of_whom_too_little_is_known_nobody_says_anything(dialog: str, left: int) -> None:
    assert len(farewells(dialog, CALL, KEY)) == left
    assert farewells(dialog, "another", KEY) == []


def test_a_refresh_moves_both_contacts() -> None:
    again = Request("INVITE", "sip:bob@x", [("Contact", "<sip:new@x>")])
    ok = Response(200, "OK", [("Contact", "<sip:bobs@x>")])
    assert json.loads(at_refresh(again, ok, is_from_caller=True)) == {"a": "<sip:new@x>", "b": "<sip:bobs@x>"}
    assert json.loads(at_refresh(again, Response(200, "OK"), is_from_caller=False)) == {"b": "<sip:new@x>"}


def test_changes_take_the_place_of_what_was() -> None:
    assert json.loads(changed_dialog('{"a":1,"b":2}', '{"b":3}')) == {"a": 1, "b": 3}
    assert changed_dialog("", '{"b":3}') == '{"b":3}'
    assert changed_dialog('{"a":1}', "") == '{"a":1}'
