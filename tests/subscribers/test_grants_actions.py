"""What a provider decides about the calls of a subscriber: stored where it says something, refused as a whole."""

import pytest
from django.core.exceptions import ValidationError

from subscribers.grants_actions import Grants, change_grants, grants_of, note_callers
from subscribers.models import CallSettings
from subscribers.settings_actions import Wishes, change_wishes, wishes_of
from tests.factories.two_resellers import TwoResellers

ALL = Grants(
    international=True,
    premium=True,
    satellite=True,
    max_calls=3,
    called_number_in="request_uri",
    location="https://location.example.org/1",
    shown_numbers=(("+4930100", "by letter"), ("+4930200", "")),
)


def test_all_of_it_is_stored_and_taken_away(two_resellers: TwoResellers) -> None:
    alice = two_resellers.a.alice
    assert (grants_of(alice), change_grants(alice, Grants())) == (Grants(), [])
    assert not CallSettings.objects.exists()
    names = ["called_number_in", "international", "location", "max_calls", "premium", "satellite", "shown_numbers"]
    assert change_grants(alice, ALL) == names
    assert (grants_of(alice), grants_of(two_resellers.a.bob)) == (ALL, Grants())
    assert change_grants(alice, ALL) == []
    assert change_grants(alice, Grants(shown_numbers=(("+4930200", "by phone"),))) == names
    assert list(alice.shown_numbers.values_list("e164", "note")) == [("+4930200", "by phone")]
    change_grants(alice, Grants())
    assert not CallSettings.objects.exists()


def test_wishes_stay_as_they_are(two_resellers: TwoResellers) -> None:
    alice = two_resellers.a.alice
    change_wishes(alice, Wishes(do_not_disturb=True))
    change_grants(alice, ALL)
    change_grants(alice, Grants())
    assert wishes_of(alice) == Wishes(do_not_disturb=True)


@pytest.mark.parametrize(
    ("grants", "field"),
    [
        (Grants(max_calls=0), "max_calls"),
        (Grants(location="nowhere"), "location"),
        (Grants(international=True, shown_numbers=(("4930100", ""),)), "shown_numbers"),
        (Grants(international=True, shown_numbers=(("+4930100", "x" * 101),)), "shown_numbers"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_done(two_resellers: TwoResellers, grants: Grants, field: str) -> None:
    alice = two_resellers.a.alice
    with pytest.raises(ValidationError) as refused:
        change_grants(alice, grants)
    assert list(refused.value.message_dict) == [field]
    assert grants_of(alice) == Grants()


def test_notes_are_of_callers_that_are_there(two_resellers: TwoResellers) -> None:
    alice = two_resellers.a.alice
    change_wishes(alice, Wishes(blocked=("+43900*", "+43901*")))
    note_callers(alice, {"+43900*": "expensive", "+4312": "nobody"})
    assert dict(alice.caller_rules.values_list("pattern", "note")) == {"+43900*": "expensive", "+43901*": ""}
    with pytest.raises(ValidationError, match="100"):
        note_callers(alice, {"+43900*": "x" * 101})
