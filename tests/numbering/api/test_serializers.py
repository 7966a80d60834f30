"""How numbers are written."""

from tests.factories.two_resellers import TwoResellers
from tests.provider.api.asking import rows


def test_a_number_is_written_with_who_has_it(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    row = rows(side.reseller_token_text, "numbers/", e164="+4311001")[0]
    assert row["assignment"] == {
        "subscriber": str(side.alice.uid),
        "aor": "alice@a.example.org",
        "is_main": True,
        "valid_from": side.alice_assignment.valid_from.isoformat().replace("+00:00", "Z"),
        "valid_until": None,
    }
    assert (row["id"], row["note"], row["reseller"]) == (str(side.alice_number.uid), "", str(side.reseller.uid))
