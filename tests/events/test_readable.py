"""What an event tells, in words."""

from django.utils import translation

from calls.choices import EndedBy
from events.readable import NAMES, WORDS, members
from events.types import MEMBERS


def test_every_member_has_a_name() -> None:
    assert set(NAMES) == set(MEMBERS)


def test_values_are_words() -> None:
    told = {
        "changed": ["is_active", "name"],
        "is_active": False,
        "is_main": True,
        "valid_from": "2026-11-23T21:15:00.5+00:00",
        "valid_until": None,
        "status_code": 486,
        "billable_seconds": 1.5,
        "ended_by": "reseller",
        "callee_number": "",
        "of_old": "x",
    }
    assert dict(members(told)) == {
        "changed": "active, name",
        "active": "no",
        "main number": "yes",
        "valid from": "2026-11-23 21:15:00",
        "valid until": "-",
        "SIP status": "486",
        "billable seconds": "1.5",
        "ended by": "the reseller",
        "callee's number": "-",
        "of_old": "x",
    }


def test_in_german() -> None:
    with translation.override("de"):
        assert dict(members({"is_active": True, "ended_by": "admin"})) == {
            "aktiv": "ja",
            "beendet durch": "ein Administrator",
        }
        names = {name: str(word) for name, word in NAMES.items()}
        same = {name for name, word in names.items() if word == _english(name)}
    assert same <= {"slot", "transport", "user_agent", "label", "status_code", "detail"}


def test_each_end_has_a_word() -> None:
    assert set(WORDS["ended_by"]) == set(EndedBy.values)


def _english(name: str) -> str:
    with translation.override("en"):
        return str(NAMES[name])
