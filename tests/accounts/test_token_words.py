"""What a token may do, in words and as a grid."""

import pytest

from accounts.choices import Area, Role
from accounts.scopes import ALL_SCOPES
from accounts.token_words import NAMES, areas_for, grid, scopes_in_words


@pytest.mark.parametrize(
    ("scopes", "words"),
    [
        (["write"], ["Everything: read and write"]),
        (["read"], ["Everything: read"]),
        (["write", "calls:read"], ["Everything: read and write"]),
        (["read", "subscribers:write"], ["Everything: read", "Subscribers: read and write"]),
        (["calls:read", "subscribers:write", "subscribers:read"], ["Subscribers: read and write", "Calls: read"]),
        ([], []),
        (["root"], []),
    ],
)
def test_scopes_in_words(scopes: list[str], words: list[str]) -> None:
    assert scopes_in_words(scopes) == words


def test_every_area_has_a_name() -> None:
    assert set(NAMES) == set(Area)


def test_the_grid_has_a_line_for_all_and_one_for_each_area() -> None:
    lines = {line.key: line.held for line in grid(["read", "calls:write"], Area)}
    assert lines == {"all": "read"} | dict.fromkeys(Area, "") | {"calls": "write"}
    assert len(ALL_SCOPES) == 2 * len(lines)


def test_customers_have_nothing_to_do_with_gateways() -> None:
    assert set(Area) - set(areas_for(Role.CUSTOMER)) == {Area.TRUNKS}
    assert areas_for(Role.RESELLER) == areas_for(Role.ADMIN) == list(Area)
