"""Phone numbers in the API."""

from numbering.actions import release_number
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


def test_a_number_that_was_released_is_free(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    release_number(side.alice_number)
    row = rows(side.reseller_token_text, "numbers/", e164="+4311001")[0]
    assert row["assignment"] is None
