"""A step is put into words when somebody reads it."""

from sipedge.routing.decision import Step


def test_a_step_in_words():
    assert Step("number", "{} is {}: {}", ("01", "+431", "national")).text == "01 is +431: national"
    assert Step("number", "it is ours, and nobody has it").text == "it is ours, and nobody has it"


def test_what_a_stranger_wrote_is_no_template():
    assert (
        Step("address", "{} is a subscriber of {}", ("{0.__class__}", "{}")).text
        == "{0.__class__} is a subscriber of {}"
    )
