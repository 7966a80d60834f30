import re

import pytest

from provider.run.environment import ROOT
from sipedge.guards.events import Kind, SecurityEvent, fields, line, quoted

OPERATIONS = ROOT / "docs" / "operations.md"
# The filter that docs/operations.md gives, with fail2ban's own <ADDR>.
_FILTER = next(line for line in OPERATIONS.read_text().splitlines() if line.startswith("failregex = "))
FAILREGEX = _FILTER.removeprefix("failregex = ").replace("<ADDR>", r"(?P<host>[0-9a-fA-F:.]+)")
HOSTILE = 'x" event=lifted\r\n WARNING ! security source=192.0.2.99 event=banned \x1b[2J\u202e\udcff\\'


def found_by_fail2ban(event: SecurityEvent) -> list[str]:
    """The addresses that fail2ban takes from the event's line, with the date (which it cuts out) and without."""
    written = [f"2026-11-23T03:14:32.889Z WARNING ! {line(event)}", f".889Z WARNING ! {line(event)}"]
    return [match["host"] for text in written for match in re.finditer(FAILREGEX, text, re.MULTILINE)]


def test_a_line_is_fit_for_fail2ban():
    event = SecurityEvent(Kind.LOGIN_FAILED, "192.0.2.1", "udp", "alice@north.example", "wrong password")
    assert line(event) == (
        'security source=192.0.2.1 event=login_failed transport=udp aor="alice@north.example" detail="wrong password"'
    )
    assert found_by_fail2ban(event) == ["192.0.2.1"] * 2
    assert found_by_fail2ban(SecurityEvent(Kind.BANNED, "2001:db8::1")) == ["2001:db8::1"] * 2
    assert line(event, 7).endswith(" more=7")


def test_nobody_forges_a_line_or_a_field():
    """A scanner may call itself what it likes: its line is not one of somebody else's."""
    text = line(SecurityEvent(Kind.LOGIN_FAILED, "192.0.2.1", "udp", HOSTILE, HOSTILE))
    assert not any(char in text for char in "\n\r\x1b\u202e")
    assert re.sub(r'"(?:[^"\\]|\\.)*"', "Q", text).endswith(" transport=udp aor=Q detail=Q")
    assert (
        found_by_fail2ban(SecurityEvent(Kind.LOGIN_FAILED, "192.0.2.1", "udp", HOSTILE, HOSTILE)) == ["192.0.2.1"] * 2
    )
    assert found_by_fail2ban(SecurityEvent(Kind.USER_AGENT, "192.0.2.1", "udp", HOSTILE, HOSTILE)) == []
    assert line(SecurityEvent(Kind.LOOP, "192.0.2.1 event=x", "u d\np")).startswith(
        "security source=192.0.2.1eventx event=loop transport=udp "
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a\\b", '"a\\\\b"'), ("ä☎", '"ä☎"'), ("\udcff\0", '"\\udcff\\u0000"'), ("x" * 500, f'"{"x" * 200}"')],
)
def test_text_is_quoted(text, shown):
    assert quoted(text) == shown


def test_fields_are_text_that_redis_takes():
    event = SecurityEvent(Kind.BANNED, "192.0.2.1", "udp", "a\udcff", "d" * 500)
    known = fields(event, "edge1", 3)
    assert known["kind"] == "banned"
    assert (known["aor"], known["more"], known["edge"]) == ("a?", "3", "edge1")
    assert all(value.encode() is not None for value in known.values())
    assert len(known["detail"]) == 200
