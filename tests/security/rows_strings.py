"""The row about hostile strings, as far as it needs no database: log lines and what is stored.

What pages and PostgreSQL do with them is in test_strings_stored.py, in the same form.
"""

from __future__ import annotations

import logging
from typing import Any

import sipedge.telemetry
from sipedge.dialog import call as calls
from sipedge.guards import events
from sipedge.registrar import contacts
from sipedge.sip.message import serialise
from sipedge.telemetry import LOG
from tests.security.edges import BOB_URI, Scene, one, register
from tests.security.matrix import Row, proof, swap
from tests.sipedge.routing.network import ALICE

HOSTILE = (
    "'; DROP TABLE edge_binding; --",
    "<script>alert(1)</script>",
    "{{ 7*7 }}{% debug %}${jndi:ldap://x}",
    "$(reboot)`reboot`|reboot",
    '=HYPERLINK("http://x")',
    "../../etc/passwd%00",
    "\u202egnp.exe\u0085\u2028line",
)


class _Lines(logging.Handler):
    """What the edge logs, line by line."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.text.append(record.getMessage())


def logged(scene: Scene, data: list[bytes]) -> list[str]:
    """All log lines that these messages of the gateway's and of mallory's cause."""
    handler, level = _Lines(), LOG.level
    LOG.addHandler(handler)
    LOG.setLevel(logging.DEBUG)
    try:
        scene.world.telemetry.log_messages = True
        for message in data:
            scene.gateway.send(message)
            scene.mallory.send(message)
    finally:
        LOG.removeHandler(handler)
        LOG.setLevel(level)
    return handler.text


def no_message_makes_a_line_of_its_own_in_the_log() -> None:
    scene = Scene().with_bob()
    messages = []
    for text in ("a\u0085b", 'x" \\\x07y"', "a\x1b[2Jb", *HOSTILE):
        invite = scene.gateway.request("INVITE", BOB_URI, sender="sip:+431999@pstn.example")
        data = serialise(invite).decode()
        messages.append(data.replace("Call-ID: ", f"Call-ID: {text}").encode("utf-8", "surrogateescape"))
        messages.append(data.replace("branch=z9", f'x="{text}";branch=z9').encode("utf-8", "surrogateescape"))
        messages.append(f"REGISTER {text}".encode())
    lines = logged(scene, messages)
    assert len(lines) > 10
    for line in lines:
        assert line.isprintable(), repr(line)


def security_events_have_one_line_and_no_forged_field() -> None:
    for text in (*HOSTILE, 'x" source=192.0.2.1 event=banned aor="', "a\nsecurity source=192.0.2.1"):
        line = events.line(events.SecurityEvent(events.Kind.LOGIN_FAILED, "203.0.113.66", "udp", text, text))
        assert line.startswith("security source=203.0.113.66 event=login_failed transport=udp aor=")
        assert len(line.splitlines()) == 1
        outside = "".join(line.replace('\\"', "").split('"')[::2])
        assert outside.count("source=") == 1
        assert outside.count("event=") == 1


def what_is_stored_has_no_controls_and_no_broken_text() -> None:
    scene = Scene()
    for agent in (*HOSTILE, "a\0b", "\udcff\udc80", "x" * 5000):
        message = register(scene.alice, User_Agent="x", Call_ID=f"c{hash(agent)}")
        data = serialise(scene.alice.authorised(one(scene.alice.ask(message)), message, "alice"))
        scene.alice.send(data.replace(b"User-Agent: x", f"User-Agent: {agent}".encode("utf-8", "surrogateescape")))
        scene.alice.received()
    for row in scene.world.store.bindings.get(ALICE.id):
        assert len(row.user_agent) <= 128
        assert row.user_agent.isprintable()
    for text in ("a\0b", "\udcff", "x" * 5000):
        kept = calls.storable(text)
        kept.encode()
        assert "\0" not in kept
        assert len(kept) <= 512


def _as_it_is(text: Any) -> str:
    return str(text)


STRINGS = Row(
    "strings",
    "strings for SQL, templates, shells, HTML in user, domain, User-Agent, Call-ID, display name",
    "parameters everywhere; escaped in every page, export and log; formula characters neutralised in CSV (a leading + "
    "of a number must survive)",
    [
        proof(
            no_message_makes_a_line_of_its_own_in_the_log,
            "telemetry.py clean",
            swap(sipedge.telemetry, "clean", _as_it_is),
        ),
        proof(
            security_events_have_one_line_and_no_forged_field,
            "guards/events.py quoted",
            swap(events, "quoted", lambda text: f'"{text}"'),
        ),
        proof(
            what_is_stored_has_no_controls_and_no_broken_text,
            "registrar/contacts.py clean_user_agent, dialog/call.py storable",
            swap(contacts, "clean_user_agent", _as_it_is),
            swap(calls, "storable", _as_it_is),
        ),
    ],
)


ROWS = [STRINGS]
