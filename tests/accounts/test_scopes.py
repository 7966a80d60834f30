"""What tokens may do by their scopes."""

from __future__ import annotations

import pytest

from accounts.choices import Area
from accounts.scopes import ALL_SCOPES, allows, covers, missing

IN_SUBSCRIBERS = [Area.SUBSCRIBERS]
IN_BOTH = [Area.SUBSCRIBERS, Area.NUMBERS]


@pytest.mark.parametrize(
    ("scopes", "areas", "is_write", "allowed"),
    [
        (["read"], IN_SUBSCRIBERS, False, True),
        (["read"], IN_SUBSCRIBERS, True, False),
        (["write"], IN_SUBSCRIBERS, False, True),
        (["write"], IN_BOTH, True, True),
        (["subscribers:read"], IN_SUBSCRIBERS, False, True),
        (["subscribers:read"], IN_SUBSCRIBERS, True, False),
        (["subscribers:write"], IN_SUBSCRIBERS, False, True),
        (["subscribers:write"], IN_SUBSCRIBERS, True, True),
        (["numbers:write"], IN_SUBSCRIBERS, False, False),
        (["subscribers:write"], IN_BOTH, True, False),
        (["subscribers:write", "numbers:write"], IN_BOTH, True, True),
        (["subscribers:write", "numbers:read"], IN_BOTH, True, False),
        (["read", "subscribers:write"], IN_SUBSCRIBERS, True, True),
        (["subscribers:read"], [], False, True),
        (["subscribers:write"], [], True, False),
        (["something-else"], [], False, False),
        ([], [], False, False),
    ],
)
def test_what_scopes_allow(scopes: list[str], areas: list[Area], is_write: bool, allowed: bool) -> None:
    assert allows(scopes, areas, is_write=is_write) is allowed


def test_every_area_has_both_scopes() -> None:
    assert set(ALL_SCOPES) == {"read", "write"} | {f"{area}:{scope}" for area in Area for scope in ("read", "write")}


@pytest.mark.parametrize(
    ("scopes", "covered"),
    [
        (["write"], set(ALL_SCOPES)),
        (["read"], {scope for scope in ALL_SCOPES if scope.endswith("read")}),
        (["calls:write"], {"calls:write", "calls:read"}),
        (["calls:read", "events:read"], {"calls:read", "events:read"}),
        ([f"{area}:write" for area in Area], set(ALL_SCOPES) - {"read", "write"}),
        ([], set()),
        (["root"], set()),
    ],
)
def test_what_scopes_cover(scopes: list[str], covered: set[str]) -> None:
    assert {wanted for wanted in (*ALL_SCOPES, "root", "root:read", "") if covers(scopes, wanted)} == covered


def test_what_is_missing_is_named() -> None:
    assert missing(["subscribers:read"], IN_BOTH, is_write=False) == ["numbers:read"]
    assert missing(["subscribers:read", "numbers:write"], IN_BOTH, is_write=True) == ["subscribers:write"]
