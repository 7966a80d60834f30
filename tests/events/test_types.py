"""The list of all kinds of events, and the resellers' document about it."""

import re

from events.types import EVENT_TYPES, MEMBERS, TYPES
from provider.run.environment import ROOT

DOCUMENT = (ROOT / "docs" / "events.md").read_text()


def test_names_are_once_and_members_known() -> None:
    assert len(TYPES) == len(EVENT_TYPES)
    assert {member for kind in EVENT_TYPES for member in kind.data} == set(MEMBERS)


def test_the_document_lists_them_all_as_they_are() -> None:
    rows = re.findall(r"^\| `([a-z_.]+)` \| (.+) \| (.*) \|$", DOCUMENT, re.MULTILINE)
    listed = [(name, meaning, tuple(re.findall(r"`(\w+)`", data))) for name, meaning, data in rows if "." in name]
    assert listed == [(kind.name, kind.meaning, kind.data) for kind in EVENT_TYPES]


def test_the_document_explains_every_member() -> None:
    rows = dict(re.findall(r"^\| `([a-z_]+)` \| (.+) \|$", DOCUMENT, re.MULTILINE))
    assert {name: rows.get(name) for name in MEMBERS} == {name: told["description"] for name, told in MEMBERS.items()}
