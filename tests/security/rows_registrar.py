"""Rows about what a REGISTER may ask for, and where a contact may lead."""

from __future__ import annotations

from typing import Any

from sipedge.proxy import request_validation, response_context
from sipedge.registrar import contacts
from sipedge.registrar import register as registering
from tests.security.edges import BOB_URI, Scene, one, register, statuses
from tests.security.matrix import Row, edit, proof, swap
from tests.sipedge.handlers.mirror import EAR, Mirror
from tests.sipedge.handlers.world import Phone
from tests.sipedge.routing.network import ALICE, BOB, binding


def registered(scene: Scene, *contact: str, phone: Phone | None = None, **headers: str) -> int:
    """The status that alice's REGISTER with these contacts gets, her digest being right."""
    phone = phone or scene.alice
    message = register(phone, **headers)
    message.remove("Contact")
    for value in contact:
        message.append("Contact", value)
    first = one(phone.ask(message))
    if first.status_code != 401:
        return int(first.status_code)
    return int(one(phone.ask(phone.authorised(first, message, "alice"))).status_code)


# hundreds of contacts and the like


def contacts_are_few() -> None:
    scene = Scene()
    many = [f"<sip:a{number}@192.0.2.50:{5000 + number}>" for number in range(300)]
    assert registered(scene, *many) == 400  # more header lines than there may be
    assert registered(scene, ", ".join(many)) == 403
    assert registered(scene, *many[:11]) == 403
    assert scene.bindings() == []
    for number in range(12):
        registered(scene, many[number], Call_ID=f"c{number}")
    assert len(scene.bindings()) == 10


def a_wildcard_stands_alone_and_removes() -> None:
    scene = Scene()
    good = f"<{scene.alice.uri}>"
    assert registered(scene, good) == 200
    for values, expires in (
        (("*",), "60"), (("*",), None), (("*", good), "0"), ((f"{good}, *",), "0"), (("*;q=1",), "0"),
    ):  # fmt: skip
        headers = {"Expires": expires} if expires else {}
        assert registered(scene, *values, **headers) == 400, values
    assert scene.bindings() == [scene.alice.uri]
    assert registered(scene, "*", Expires="0") == 200
    assert scene.bindings() == []


def lifetimes_are_bounded() -> None:
    for expires, status, seconds in (
        ("1", 423, 0), ("59", 423, 0), ("-5", 400, 0), ("abc", 400, 0), ("9" * 14, 200, 7200), ("3600", 200, 3600)
    ):  # fmt: skip
        scene = Scene()
        message = register(scene.alice, Expires=expires)
        answer = one(scene.alice.ask_as("alice", message))
        assert answer.status_code == status, expires
        if status == 423:
            assert answer.get("Min-Expires") == "60"
        for row in scene.world.store.bindings.get(ALICE.id):
            assert abs(row.expires_at - scene.world.wall - seconds) < 2


def an_old_request_changes_nothing() -> None:
    scene = Scene()
    good = f"<{scene.alice.uri}>"
    assert registered(scene, good, Call_ID="same", CSeq="10 REGISTER") == 200
    for stale in ("9 REGISTER", "5 REGISTER"):
        for headers in ({"Expires": "0"}, {}):
            assert registered(scene, good, Call_ID="same", CSeq=stale, **headers) == 500
    assert scene.bindings() == [scene.alice.uri]


def a_request_is_done_whole_or_not_at_all() -> None:
    scene = Scene()
    good = f"<{scene.alice.uri}>"
    bad = "<sip:x@127.0.0.1>", "<mailto:x@y.example>", f"{good};expires=1", "<sip:x@192.0.2.51>;q=9", "<sip:192.0.2.1>"
    for second in bad:
        assert registered(scene, "<sip:new@192.0.2.50:5062>", second) != 200, second
        assert scene.bindings() == []


def _one_by_one(self: Any, wanted: Any) -> Any:
    for contact in wanted:
        self._apply_contact(contact)
    return registering.RegisterDecision(tuple(self.standing.values()), tuple(self.upserts.values()))


REGISTER_LIMITS = Row(
    "register-limits",
    "hundreds of contacts, wildcard with Expires ≠ 0 or beside another contact, Expires negative/huge/too brief, stale "
    "CSeq",
    "cap (10 for an AoR), 400, clamp or 423 with Min-Expires, the whole request or nothing",
    [
        proof(
            contacts_are_few,
            "registrar/register.py apply_register",
            swap(registering._Registration, "apply", _one_by_one),
        ),
        proof(
            a_wildcard_stands_alone_and_removes,
            "registrar/register.py _remove_all",
            edit(registering._remove_all, ('request.values("Contact") != ["*"] or request.expires != 0', "False")),
        ),
        proof(
            lifetimes_are_bounded,
            "registrar/limits.py RegistrarLimits",
            edit(registering._Registration._apply_contact, ("seconds < self.limits.min_expires", "False")),
        ),
        proof(
            an_old_request_changes_nothing,
            "registrar/register.py _is_out_of_order",
            swap(registering, "_is_out_of_order", lambda *_: False),
        ),
        proof(
            a_request_is_done_whole_or_not_at_all,
            "registrar/register.py _Registration.apply",
            swap(registering._Registration, "apply", _one_by_one),
        ),
    ],
)

# contacts that lead where no phone is

NOWHERE = (
    "192.0.2.1", "192.0.2.1:5060", "north.example", "south.example:5060",  # the edge itself
    "127.0.0.1", "127.0.0.1:8080", "[::1]", "[::ffff:127.0.0.1]", "127.1", "0x7f.0.0.1", "2130706433", "localhost",
    "phone.localhost", "0.0.0.0", "[::]", "255.255.255.255", "224.0.1.75", "[ff02::1]",
    "192.0.2.50:0", "192.0.2.50:65536",
)  # fmt: skip


def a_contact_that_leads_nowhere_is_refused() -> None:
    for host in NOWHERE:
        scene = Scene()
        assert registered(scene, f"<sip:alice@{host}>") in (400, 403), host
        assert registered(scene, "<sip:alice@192.0.2.50>", Path=f"<sip:{host};lr>", Supported="path") in (400, 403), (
            host
        )
        assert scene.bindings() == [], host


def who_is_on_this_machine_may_say_so() -> None:
    scene = Scene()
    local = scene.world.phone("127.0.0.1", 40000)
    assert registered(scene, "<sip:alice@127.0.0.1:40000>", phone=local) == 200
    assert registered(scene, "<sip:alice@127.0.0.1:40000>", Call_ID="x") == 403


CONTACTS = Row(
    "contacts",
    "contact that is the edge itself, loopback (unless the REGISTER came from loopback), broadcast, port 0",
    "refused",
    [
        proof(check, "registrar/contacts.py refusal", swap(contacts, "refusal", lambda *_: None))
        for check in (a_contact_that_leads_nowhere_is_refused, who_is_on_this_machine_may_say_so)
    ],
)

# loops


def two_addresses_that_point_at_each_other_end() -> None:
    for method in ("INVITE", "MESSAGE"):
        world = Scene().world
        world.store.bindings.put(ALICE.id, binding(f"sip:bob@{EAR}"))
        world.store.bindings.put(BOB.id, binding(f"sip:alice@{EAR}"))
        mirror = Mirror(world, {"bob": "bob", "alice": "alice"})
        mirror.gateway.send(mirror.gateway.request(method, BOB_URI, sender="sip:+431999@pstn.example"))
        mirror.reflect()
        assert mirror.finals == [482]
        assert mirror.requests <= 3


def breadth_is_shared_out() -> None:
    scene = Scene().with_bob()
    for count in range(9):
        scene.bob.register("bob", headers=[("X", "1")])
        scene.world.store.bindings.put(
            BOB.id, *[binding(f"sip:b{number}@192.0.2.70:{6000 + number}") for number in range(count + 1)]
        )
    invite = scene.gateway.request("INVITE", BOB_URI, sender="sip:+431999@pstn.example", headers=[("Max-Breadth", "3")])
    scene.gateway.send(invite)
    forked = [data for data, flow in scene.world.wire if flow.host == "192.0.2.70"]
    assert len(forked) == 3
    assert sum(int(data.split(b"Max-Breadth: ")[1].split(b"\r\n")[0]) for data in forked) == 3
    none_left = scene.gateway.request("INVITE", BOB_URI, sender="sip:x@pstn.example", headers=[("Max-Breadth", "0")])
    assert 440 in statuses(scene.gateway.ask(none_left))


LOOPS = Row(
    "loops",
    "forking loops (two AoRs pointing at each other)",
    "RFC 5393: loop detection by branch hash, Max-Breadth; 482",
    [
        proof(
            breadth_is_shared_out,
            "proxy/breadth.py",
            swap(response_context, "breadth_of", lambda _: 60),
            swap(request_validation, "breadth_of", lambda _: 60),
        ),
        proof(
            two_addresses_that_point_at_each_other_end,
            "proxy/loop.py has_looped",
            swap(request_validation, "has_looped", lambda *_: False),
        ),
    ],
)

ROWS = [LOOPS, REGISTER_LIMITS, CONTACTS]
