"""Rows about what others do inside of calls: challenge, cancel, hang up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from sipedge.dialog.ending import CSEQ
from sipedge.handlers import in_dialog
from sipedge.handlers.forwarding import Forwarding
from sipedge.handlers.gateway_accounts import GatewayAccounts
from sipedge.handlers.hanging_up import HangUps
from sipedge.proxy import forward as forwarding
from sipedge.proxy import identity, record_route
from sipedge.sip.flow import Flow
from sipedge.sip.message import Request, Response, serialise
from sipedge.transaction import keys
from sipedge.trunks.account import AccountState
from tests.security.edges import ALICE_URI, BOB_URI, OUTSIDE_NUMBER, Scene, again, one, statuses
from tests.security.matrix import Row, edit, proof, swap
from tests.sipedge.handlers.world import GATEWAY, Phone
from tests.sipedge.routing.network import PSTN
from tests.sipedge.trunks.carrier import ACCOUNT, asking, given

# challenges from far ends


def a_gateways_challenge_is_answered_by_nobody_here() -> None:
    scene = Scene()
    scene.call(OUTSIDE_NUMBER)
    invite = one(scene.gateway.received())
    challenge = 'Digest realm="pstn.example", nonce="n", algorithm=MD5, qop="auth"'
    scene.gateway.answer(invite, 407, headers=[("Proxy-Authenticate", challenge)])
    assert [m.method for m in scene.gateway.received()] == ["ACK"]  # and no INVITE with credentials
    assert statuses(scene.alice.received()) == [407]


def _with_account() -> tuple[Scene, Response]:
    """Alice's call to the gateway stands, which was challenged and answered; the 200 as she got it."""
    scene = Scene()
    scene.world.store.gateways.put(replace(PSTN, outbound=ACCOUNT))
    scene.call(OUTSIDE_NUMBER)
    scene.gateway.answer(one(scene.gateway.received()), 407, headers=asking())
    invite = scene.gateway.received()[-1]
    assert given(invite) is not None
    scene.gateway.answer(invite, 200)
    ok: Response = scene.alice.received()[-1]
    scene.alice.send(scene.alice.in_dialog("ACK", ok, cseq=ok.cseq.number))
    scene.gateway.received()
    return scene, ok


def a_gateways_password_is_for_the_gateway_alone() -> None:
    scene, ok = _with_account()
    request = scene.alice.in_dialog("INFO", ok, cseq=9)
    request.request_uri = f"sip:+43900@{scene.mallory.flow.host}"
    scene.alice.send(request)
    info = one(scene.mallory.received())
    assert given(info) is None
    scene.mallory.answer(info, 407, headers=asking(nonce="trap"))
    scene.assert_nothing_left_but(scene.alice)


def a_gateways_password_is_for_its_realm_alone() -> None:
    scene, ok = _with_account()
    scene.alice.send(scene.alice.in_dialog("INFO", ok, cseq=9))
    info = one(scene.gateway.received())
    scene.gateway.answer(info, 407, headers=asking(realm="callee.example", stale=True))
    scene.assert_nothing_left_but(scene.alice)


def a_phones_challenge_reaches_no_caller() -> None:
    for status_code, name in ((401, "WWW-Authenticate"), (407, "Proxy-Authenticate")):
        scene = Scene().with_bob()
        scene.call(BOB_URI)
        invite = one(scene.bob.received())
        scene.bob.answer(invite, status_code, headers=[(name, 'Digest realm="north.example", nonce="trap"')])
        answer = one(scene.alice.received())
        assert not answer.has(name)


def a_phones_challenge_to_a_bye_reaches_nobody() -> None:
    scene = Scene().with_bob()
    scene.call(BOB_URI)
    invite = one(scene.bob.received())
    scene.bob.answer(invite, 200)
    ok = one(scene.alice.received())
    scene.alice.send(scene.alice.in_dialog("BYE", ok))
    bye = one(scene.bob.received())
    scene.bob.answer(bye, 401, headers=[("WWW-Authenticate", 'Digest realm="north.example", nonce="trap"')])
    answer = one(scene.alice.received())
    assert not answer.has("WWW-Authenticate")


def credentials_for_us_reach_nobody_else() -> None:
    scene = Scene().with_bob()
    unasked = [("Authorization", 'Digest username="alice", realm="north.example", nonce="n", response="r"')]
    scene.call(BOB_URI, headers=unasked)
    invite = one(scene.bob.received())
    scene.bob.answer(invite, 200)
    ok = one(scene.alice.received())
    scene.alice.send(scene.alice.in_dialog("BYE", ok, headers=[*unasked, ("Proxy-Authorization", unasked[0][1])]))
    bye = one(scene.bob.received())
    for message in (invite, bye):
        assert not message.has("Authorization")
        assert not message.has("Proxy-Authorization")


def _answers_challenges(passing: Forwarding, branch: Any, response: Response, flow: Flow) -> None:
    """What would answer anybody's challenge."""
    signed = passing.context.request.copy()
    signed.append("Proxy-Authorization", 'Digest username="edge", realm="pstn.example", response="0"')
    passing.services.send(serialise(signed), flow)
    _report(passing, branch, response, flow)


_report = Forwarding.report
_NO_CHALLENGES_KNOWN = swap(identity, "_CHALLENGES", frozenset())

FOREIGN_CHALLENGES = Row(
    "foreign-challenges",
    "a far end challenges the edge's own requests",
    "answered only towards that gateway and realm",
    [
        proof(
            a_gateways_challenge_is_answered_by_nobody_here,
            "handlers/forwarding.py Forwarding.report",
            swap(Forwarding, "report", _answers_challenges),
        ),
        proof(
            a_gateways_password_is_for_the_gateway_alone,
            "handlers/gateway_accounts.py GatewayAccounts.is_there",
            swap(GatewayAccounts, "is_there", lambda *_: True),
        ),
        proof(
            a_gateways_password_is_for_its_realm_alone,
            "trunks/account.py AccountState.learn",
            edit(AccountState.learn, ('self.realm in ("", one.realm_name)', "True")),
        ),
        proof(a_phones_challenge_reaches_no_caller, "proxy/identity.py from_untrusted", _NO_CHALLENGES_KNOWN),
        proof(a_phones_challenge_to_a_bye_reaches_nobody, "proxy/identity.py from_untrusted", _NO_CHALLENGES_KNOWN),
        proof(
            credentials_for_us_reach_nobody_else,
            "proxy/forward.py withdraw_credentials",
            edit(forwarding.withdraw_credentials, ('request.remove("Authorization")', "pass")),
        ),
    ],
)

# forged CANCEL and BYE


def a_forged_cancel_ends_no_call() -> None:
    scene = Scene().with_bob()
    invite = scene.gateway.request("INVITE", "sip:+4311002@north.example", sender="sip:+431999@pstn.example")
    scene.gateway.ask(invite)
    scene.bob.received()
    cancel = invite.copy()
    cancel.method = "CANCEL"
    cancel.set("CSeq", "1 CANCEL")
    assert statuses(scene.mallory.ask(cancel)) == [481]  # the right branch from the wrong place
    wrong_branch = again(cancel, scene.gateway)
    assert statuses(scene.gateway.ask(wrong_branch)) == [481]  # the right place with another branch
    assert scene.bob.received() == []
    assert scene.world.calls[0].state == "trying"
    assert statuses(scene.gateway.ask(cancel))[0] == 200


def a_bye_without_the_dialog_ends_no_call() -> None:
    scene = Scene()
    _, ok = scene.standing()
    bye = scene.mallory.in_dialog("BYE", ok)
    bye.remove("Route")
    assert statuses(scene.mallory.ask(bye)) == [481]
    bye = scene.mallory.in_dialog("BYE", ok)
    bye.set("Route", f"<sip:{'A' * 60}@192.0.2.1;lr>")
    assert statuses(scene.mallory.ask(bye)) == [481]
    assert scene.bob.received() == []
    assert scene.world.calls[0].state == "answered"


def a_bye_ends_the_record_only_with_the_carriers_call() -> None:
    for status_code, at in ((200, "192.0.2.66"), (420, GATEWAY)):
        scene = Scene()
        scene.call(OUTSIDE_NUMBER)
        scene.gateway.answer(one(scene.gateway.received()), 200)
        ok = scene.alice.received()[-1]
        bye = scene.alice.in_dialog("BYE", ok, cseq=9)
        bye.request_uri = f"sip:ua@{at}"
        scene.alice.send(bye)
        there = scene.gateway if at == GATEWAY else scene.world.phone(at)
        there.answer(there.received()[-1], status_code)
        told = scene.gateway.received()
        assert [(bye.method, bye.cseq.number) for bye in told if isinstance(bye, Request)] == [("BYE", CSEQ)]
        assert scene.world.calls[0].state == "ended"


_ANY_SOURCE = edit(keys._server_key, ('return f"{method} {branch} {via.host}:{via.port} {flow.host}"',
                                      'return f"{method} {branch}"'))  # fmt: skip

FORGED_ENDS = Row(
    "forged-ends",
    "CANCEL or BYE forged",
    "CANCEL must match branch and source; BYE needs the dialog; a record never ends without the carrier's call",
    [
        proof(a_forged_cancel_ends_no_call, "transaction/keys.py invite_key", _ANY_SOURCE),
        proof(
            a_bye_without_the_dialog_ends_no_call,
            "proxy/record_route.py read_token",
            edit(
                record_route.read_token,
                ("not hmac.compare_digest(signature, _sign(packed, sip_call_id, key))", "False"),
                ("if version != VERSION:\n        return None", "pass"),
            ),
        ),
        proof(
            a_bye_ends_the_record_only_with_the_carriers_call,
            "handlers/goodbye.py Goodbye",
            swap(HangUps, "make_sure", lambda *_, **__: None),
        ),
    ],
)

# what a dialog with a carrier is good for


def _calls_by_a_gateway() -> list[tuple[Scene, Phone, str, Callable[..., Request]]]:
    """A call out and a call in that stand: the subscriber's phone in each, the From that the gateway knows it by, and
    what makes a request of its."""
    out = Scene()
    out.call(OUTSIDE_NUMBER)
    out.gateway.answer(one(out.gateway.received()), 200)
    ok = out.alice.received()[-1]
    inward = Scene()
    invite, answer = inward.standing()
    inward.gateway.received()
    return [
        (out, out.alice, f"<{ALICE_URI}>;tag=f", partial(out.alice.in_dialog, response=ok, cseq=9)),
        (inward, inward.bob, answer.get("To") or "", partial(inward.bob.in_dialog, response=answer, swap=invite)),
    ]


def a_carrier_is_asked_for_no_transfer() -> None:
    for scene, phone, _, request in _calls_by_a_gateway():
        assert statuses(phone.ask(request("REFER", headers=DEMANDS))) == [403]
        assert scene.gateway.received() == []


def a_carrier_transfers_no_phone() -> None:
    scene = Scene()
    _, ok = scene.standing()
    refer = scene.gateway.in_dialog("REFER", ok, headers=[("Refer-To", "<sip:+43900123456@north.example>")])
    assert statuses(scene.gateway.ask(refer)) == [403]
    assert scene.bob.received() == []


def a_carrier_gets_no_messages_to_deliver() -> None:
    for scene, phone, _, request in _calls_by_a_gateway():
        for method in ("MESSAGE", "PUBLISH", "FOO"):
            message = request(method, body=b"x")
            message.request_uri = f"sip:+43900123456@{GATEWAY}"
            assert statuses(phone.ask(message)) == [403], method
        assert scene.gateway.received() == []


def no_request_of_a_call_carries_a_demand() -> None:
    for scene, phone, _, request in _calls_by_a_gateway():
        for method in ("INVITE", "INFO", "BYE", "ACK"):
            phone.send(request(method, headers=DEMANDS))
            message = one(scene.gateway.received())
            assert [name for name, _ in DEMANDS if message.has(name)] == [], method


def nobody_takes_another_name_in_a_call() -> None:
    for scene, phone, name, request in _calls_by_a_gateway():
        for method in ("INVITE", "UPDATE", "INFO", "ACK", "BYE"):
            for claim in (VICTIM, f'"Police" {VICTIM}', "<tel:+4321001>"):
                message = request(method)
                message.set("From", f"{claim};tag={message.from_tag}")
                phone.send(message)
                assert one(scene.gateway.received()).get("From") == name, (method, claim)


VICTIM = "<sip:+4321001@south.example>"
DEMANDS = [
    ("Refer-To", "<sip:+43900123456@north.example>"),
    ("Replaces", "call@victim;to-tag=1;from-tag=2"),
    ("Join", "call@victim;to-tag=1;from-tag=2"),
    ("Referred-By", VICTIM),
]

BEYOND_THE_CALL = Row(
    "beyond-the-call",
    "in a call by way of a carrier: REFER to whom one may not call, messages, what takes over calls of others, another "
    "name than the call was let through with; REFER by a carrier",
    "403 for REFER both ways, and for what is not of the call; demands and claims are taken away, and From is what it "
    "was in the INVITE, also at an edge that has never seen the call",
    [
        proof(
            a_carrier_is_asked_for_no_transfer,
            "handlers/in_dialog.py _refusal",
            edit(in_dialog._refusal, ('method == "REFER"', "False"), ("method not in _OF_A_CALL", "False")),
        ),
        proof(
            a_carrier_transfers_no_phone,
            "handlers/in_dialog.py _refusal",
            edit(in_dialog._refusal, ('method == "REFER"', "False")),
        ),
        proof(
            a_carrier_gets_no_messages_to_deliver,
            "handlers/in_dialog.py _refusal",
            swap(in_dialog, "_OF_A_CALL", frozenset({"MESSAGE", "PUBLISH", "FOO"})),
        ),
        proof(
            no_request_of_a_call_carries_a_demand,
            "proxy/identity.py towards_gateway",
            swap(identity, "towards_gateway", lambda _request: None),
        ),
        proof(
            nobody_takes_another_name_in_a_call,
            "proxy/present.py rename",
            swap(in_dialog, "rename", lambda *_args, **_names: False),
        ),
    ],
)

ROWS = [FOREIGN_CHALLENGES, FORGED_ENDS, BEYOND_THE_CALL]
