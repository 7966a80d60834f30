"""Who is banned in the panel is not heard any more, and is again when the ban is lifted, both within a second."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.ports import EDGE
from tests.scenarios.browser import DESKTOP, SMALLEST, Visitor, chromium, visitor
from tests.scenarios.running import Platform
from tests.scenarios.sip_client import Endpoint
from tests.scenarios.waiting import eventually

pytestmark = pytest.mark.xdist_group("platform")
STRANGER = "127.0.0.99"
PAGE = "/admin/security/"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


def _admin(browser: Browser, platform: Platform, size: tuple[int, int] = DESKTOP, **context: str) -> Visitor:
    who = visitor(browser, f"http://{EDGE}:{platform.ports.http}", size, **context)
    who.log_in(platform.demo["panel"]["username"], platform.demo["panel"]["password"])
    return who


def _is_heard(platform: Platform, transport: str = "udp") -> bool:
    edge = f"sip:{EDGE}:{platform.ports.sip}"
    with Endpoint(platform.edge, STRANGER, transport=transport) as phone:
        phone.send(phone.request("OPTIONS", edge, "sip:x@elsewhere", edge))
        try:
            phone.next(lambda message: message.status == 200, "an answer", seconds=0.3)
        except (AssertionError, OSError):  # silence, or the connection is closed
            return False
        return True


def test_a_ban_is_made_and_lifted_in_the_panel(platform: Platform, browser: Browser) -> None:
    admin = _admin(browser, platform)
    assert _is_heard(platform)
    assert _is_heard(platform, "tcp")
    admin.visit(PAGE)
    admin.page.get_by_role("link", name="Ban a source").click()
    admin.page.get_by_label("Address").fill(STRANGER)
    admin.page.get_by_label("Why").fill("a test of <bans>")
    admin.page.get_by_role("button", name="Ban it").click()
    expect(admin.page.get_by_text(f"{STRANGER} is banned.")).to_be_visible()
    eventually(lambda: not _is_heard(platform), "the edge does not answer", 1.5)
    assert not _is_heard(platform, "tcp")
    row = admin.page.get_by_role("row").filter(has_text="a test of <bans>").first
    row.get_by_role("link", name="Lift").click()
    admin.page.get_by_role("button", name="Lift the ban").click()
    expect(admin.page.get_by_text(f"{STRANGER} is served again.")).to_be_visible()
    eventually(lambda: _is_heard(platform), "the edge answers again", 1.5)
    assert _is_heard(platform, "tcp")
    assert admin.complaints == []


def test_the_page_fits_a_phone_in_the_dark(platform: Platform, browser: Browser) -> None:
    with Endpoint(platform.edge, STRANGER) as scanner:
        scanner.send(b"no SIP, but <b>long</b> enough to be looked at: " + b"x" * 300 + b"\r\n\r\n")
    admin = _admin(browser, platform, SMALLEST, color_scheme="dark")
    for path in (PAGE, f"{PAGE}?kind=broken_message", f"{PAGE}?source=nobody", f"{PAGE}ban/"):
        admin.visit(path)
    assert admin.complaints == []
