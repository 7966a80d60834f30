"""What changed is told by member; secrets are not."""

from uuid import UUID

from desired.changes import changes_between, fingerprint
from desired.document import Document, Secret, Wanted
from desired.kinds.base import Found
from sipedge.auth.ha1 import Ha1Set

ID = UUID(int=1)


def _customer(**members: object) -> Found:
    return Found(1, ID, {"is_active": True, "max_calls": None} | members)


def test_making_changing_and_removing_are_told_in_the_order_in_which_they_are_done() -> None:
    before = {"customer": {"A": _customer(), "B": _customer(), "C": _customer()}, "subscriber": {}}
    after = {"customer": {"A": _customer(max_calls=2), "C": _customer(), "D": _customer()}, "subscriber": {}}
    paths = {("customer", key): f"/customers/{key}" for key in "BADCE"}
    told = changes_between(before, after, paths)
    assert [(one.action, one.key, one.path) for one in told] == [
        ("change", "A", "/customers/A"),
        ("create", "D", "/customers/D"),
        ("remove", "B", "/customers/B"),
    ]
    assert told[0].members == (("max_calls", None, 2, False),)
    assert [one.member for one in told[1].members] == ["is_active", "max_calls"]


def test_of_a_secret_only_that_it_changes_is_told() -> None:
    old, new = (Found(1, ID, {"label": ""}, Ha1Set(md5=bytes([n]) * 16)) for n in (1, 2))
    (change,) = changes_between(
        {"credential": {"a@b#1": old}}, {"credential": {"a@b#1": new}}, {("credential", "a@b#1"): "/credentials/0"}
    )
    assert change.members == (("secret", None, None, True),)


def test_a_fingerprint_is_of_what_is_done_and_of_nothing_else() -> None:
    key = ("credential", "a@b#1")
    old, new = (Found(n, UUID(int=n), {"label": str(n)}, Ha1Set(md5=bytes([n]) * 16)) for n in (1, 2))
    changes = changes_between({key[0]: {key[1]: old}}, {key[0]: {key[1]: new}}, {key: "/credentials/0"})
    moved = [change._replace(path="/credentials/7", id=UUID(int=9)) for change in changes]

    def of(password: str, told: list[object] = changes, whose: UUID = ID) -> str:  # type: ignore[assignment]
        wanted = Wanted(*key, "/credentials/0", {}, secret=Secret(password))
        return fingerprint(whose, Document((wanted,)), told)  # type: ignore[arg-type]

    assert of("one") == of("one", moved)  # type: ignore[arg-type]
    assert len({of("one"), of("two"), of("one", []), of("one", whose=UUID(int=5))}) == 4
