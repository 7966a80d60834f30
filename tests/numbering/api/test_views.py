"""Phone numbers in the API."""

from numbering.actions import release_number
from tests.factories.numbering import NumberBlockFactory, PhoneNumberFactory
from tests.factories.two_resellers import TwoResellers
from tests.provider.api.asking import rows


def test_numbers_are_narrowed(two_resellers: TwoResellers) -> None:
    side, token = two_resellers.a, two_resellers.a.reseller_token_text
    assert [row["e164"] for row in rows(token, "numbers/", e164="+4311001")] == ["+4311001"]
    assert rows(token, "numbers/", e164="+4312001") == []
    assert [row["e164"] for row in rows(token, "numbers/", subscriber=side.bob.uid)] == ["+4311002"]
    assert rows(token, "numbers/", subscriber=two_resellers.b.bob.uid) == []
    assert [row["e164"] for row in rows(token, "numbers/", is_assigned="false")] == ["+4311003"]
    assert len(rows(token, "numbers/", is_assigned="true")) == 2


def test_a_number_that_was_released_rests(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    release_number(side.alice_number)
    row = rows(side.reseller_token_text, "numbers/", e164="+4311001")[0]
    assert (row["assignment"], row["state"]) == (None, "quarantined")
    assert row["quarantined_until"].endswith("Z")
    assert len(rows(side.reseller_token_text, "numbers/", is_assigned="false")) == 2


def test_numbers_are_narrowed_by_state_and_block(two_resellers: TwoResellers) -> None:
    side, token = two_resellers.a, two_resellers.a.reseller_token_text
    block = NumberBlockFactory(first="+4311000", last="+4311001", reseller=side.reseller)
    PhoneNumberFactory(e164="+4311009", reseller=side.reseller, ported_out=True, ported_to="Another")
    found = {
        state: [row["e164"] for row in rows(token, "numbers/", state=state)]
        for state in ("free", "assigned", "quarantined", "ported_out")
    }
    assert found == {
        "free": ["+4311003"],
        "assigned": ["+4311001", "+4311002"],
        "quarantined": [],
        "ported_out": ["+4311009"],
    }
    (row,) = rows(token, "numbers/", block=block.uid)
    assert (row["e164"], row["block"], row["extension_digits"]) == ("+4311001", str(block.uid), 0)
    assert rows(two_resellers.b.reseller_token_text, "numbers/", block=block.uid) == []


def test_a_reseller_sees_the_blocks_that_it_was_given(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    block = NumberBlockFactory(first="+4314000", last="+4314099", reseller=side.reseller, extension_digits=2)
    NumberBlockFactory(first="+4315000", last="+4315099", reseller=two_resellers.b.reseller)
    NumberBlockFactory(first="+4316000", last="+4316099")
    (row,) = rows(side.reseller_token_text, "number-blocks/")
    assert (row["id"], row["first"], row["last"], row["size"]) == (str(block.uid), "+4314000", "+4314099", 100)
    assert (row["extension_digits"], row["reseller"]) == (2, str(side.reseller.uid))
    assert rows(side.reseller_token_text, "number-blocks/", number="+4314050") == [row]
    for number in ("+4315050", "+4316050", "nonsense"):
        assert rows(side.reseller_token_text, "number-blocks/", number=number) == []
    assert len(rows(two_resellers.admin_token_text, "number-blocks/")) == 3
    assert rows(side.customer_token_text, "number-blocks/") == []
