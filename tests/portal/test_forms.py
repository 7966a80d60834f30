"""The fields of the form; what they do together is tried on the page (test_settings_views.py)."""

import pytest
from django.core.exceptions import ValidationError

from numbering.formats import NumberFormat
from portal.forms import CASES, CallSettingsForm, Lines
from portal.reading import Reader
from subscribers.choices import ForwardingCondition
from subscribers.settings_actions import Wishes


def _form(data: dict[str, str] | None = None) -> CallSettingsForm:
    reader = Reader(NumberFormat("Austria", "43"), "a.example.org", lambda _: False, lambda _: False, frozenset())
    return CallSettingsForm(reader, Wishes(), data)


def test_every_condition_is_put_to_the_customer_once() -> None:
    assert sorted(case.condition for case in CASES) == sorted(ForwardingCondition.values)


def test_lines_are_a_list_of_each_entry_once() -> None:
    field = Lines(3)
    assert field.clean(" a\r\n\r\nb\na ") == ("a", "b")
    assert field.clean("") == ()
    with pytest.raises(ValidationError, match="At most 3 lines"):
        field.clean("a\nb\nc\nd")


def test_what_is_wrong_in_many_lines_is_not_said_for_all_of_them() -> None:
    form = _form({"blocked": "\n".join("*" * n for n in range(1, 50))})
    assert len(form.errors["blocked"]) == 5


def test_an_endless_list_is_not_read_at_all() -> None:
    form = _form({"blocked": "1\n" * 20_000})
    assert "at most 20000 characters" in form.errors["blocked"][0]


def test_an_area_grows_with_its_entries() -> None:
    reader = _form().reader
    rows = {
        count: CallSettingsForm(reader, Wishes(blocked=tuple(f"+43{n}" for n in range(count))))[
            "blocked"
        ].field.widget.attrs["rows"]
        for count in (0, 8, 100)
    }
    assert rows == {0: 4, 8: 9, 100: 12}
    assert _form({"blocked": "*\n" * 5})["blocked"].field.widget.attrs["rows"] == 7


def test_what_an_action_refuses_stands_beside_its_field() -> None:
    form = _form({})
    assert form.is_valid()
    form.refuse(ValidationError({"busy": ["no"], "blocked": ["never"]}))
    assert (form.errors["busy_to"], form.errors["blocked"]) == (["no"], ["never"])
