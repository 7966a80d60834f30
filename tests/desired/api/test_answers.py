"""What is answered of a plan, and of what was done."""

from uuid import UUID

from desired.actions import Outcome
from desired.api.answers import outcome_as_plain
from desired.changes import Change, Member

ID = UUID(int=7)
OUTCOME = Outcome(
    [
        Change("create", "credential", "a@b#1", "/credentials/0", ID, (Member("secret", None, None, is_secret=True),)),
        Change("remove", "customer", "A", "/customers/0", ID, ()),
    ],
    3,
    "f",
    {"a@b#1": "made"},
)


def test_of_what_is_only_planned_new_ids_and_passwords_mean_nothing() -> None:
    body = outcome_as_plain(OUTCOME, is_done=False)
    assert [change["id"] for change in body["changes"]] == [None, str(ID)]
    assert "made" not in str(body)
    assert body["summary"] == {"create": 1, "change": 0, "remove": 1, "unchanged": 3}


def test_of_what_is_done_they_are_told() -> None:
    body = outcome_as_plain(OUTCOME, is_done=True)
    assert [change["id"] for change in body["changes"]] == [str(ID), str(ID)]
    assert [change.get("password") for change in body["changes"]] == ["made", None]
    assert body["changes"][0]["members"] == [{"member": "secret", "before": None, "after": None, "is_secret": True}]
