"""The sidebar shows one place as the current one."""

from typing import Any

import pytest
from django.test import RequestFactory

from provider.panel.config import NAVIGATION, UNFOLD


def _active(path: str) -> list[Any]:
    request = RequestFactory().get(path)
    items = [item for group in NAVIGATION for item in group["items"] if "active" in item]
    return [item["title"] for item in items if item["active"](request)]


@pytest.mark.parametrize(
    ("path", "titles"),
    [
        ("/admin/calls/call/", ["Calls"]),
        ("/admin/calls/call/?live=yes", ["Calls now"]),
        ("/admin/calls/call/?live=no", ["Calls"]),
        ("/admin/calls/call/0/change/", ["Calls"]),
        ("/admin/accounts/user/", []),
    ],
)
def test_live_calls_and_records_are_two_places(path: str, titles: list[str]) -> None:
    assert _active(path) == titles


def test_the_panel_has_our_name_and_our_mark() -> None:
    assert UNFOLD["SITE_TITLE"] == "Freiton"
    assert UNFOLD["SITE_ICON"](RequestFactory().get("/")).endswith("img/mark.svg")
