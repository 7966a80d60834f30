"""The forms of the panel's pages that do something with a block."""

from numbering.admin_inventory_pages import PartForm, TakeForm
from numbering.models import NumberBlock


def test_a_part_is_the_whole_block_at_first() -> None:
    form = PartForm(NumberBlock(first="+4314000", last="+4314099"), None)
    assert form.initial == {"first": "+4314000", "last": "+4314099"}


def test_how_many_or_which_but_not_both() -> None:
    assert TakeForm({"count": "5"}).is_valid()
    assert TakeForm({"first": "+4314000", "last": "+4314005"}).is_valid()
    assert not TakeForm({"count": "5", "first": "+4314000"}).is_valid()
    assert not TakeForm({"last": "+4314005"}).is_valid()
