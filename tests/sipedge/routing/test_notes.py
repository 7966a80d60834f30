from numbering.formats import Reading
from sipedge.routing.notes import Notes
from tests.sipedge.routing.network import ALICE, BOB


def test_steps_are_noted_where_somebody_asks_for_them():
    for is_explained in (True, False):
        notes = Notes(is_explained=is_explained)
        notes.step("rule", "{} says {}", "who", "what")
        assert [step.text for step in notes.steps or ()] == ["who says what"] * is_explained


def test_the_number_that_was_called_first_is_the_calls():
    notes = Notes(is_explained=False)
    notes.number("011001", Reading("+4311001", "national"))
    notes.divert(ALICE, "always")
    assert (notes.called, notes.callee_number) == ("", "+4311001")
    notes.number("+4311002", Reading("+4311002", "E.164"))
    assert (notes.called, notes.callee_number) == ("+4311002", "+4311001")
    assert notes.diversions == ((ALICE, "always", "+4311001"),)
    assert notes.was_at(ALICE)
    assert not notes.was_at(BOB)
