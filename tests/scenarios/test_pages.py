"""The pages in a real browser, on the whole platform: nothing is refused, all fits the screen, live parts live."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.ports import EDGE, free_port
from tests.scenarios.browser import DESKTOP, SMALLEST, Visitor, chromium, visitor
from tests.scenarios.running import Platform
from tests.scenarios.sip_message import Account
from tests.scenarios.sipp import Sipp

pytestmark = pytest.mark.xdist_group("platform")
# How long a live part may take: it asks every five seconds.
LIVE = 12_000
LOOKS = pytest.mark.parametrize(("size", "scheme"), [(DESKTOP, "light"), (SMALLEST, "dark")], ids=["wide", "narrow"])


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests here."""
    with chromium() as running:
        yield running


def _site(platform: Platform) -> str:
    return f"http://{EDGE}:{platform.ports.http}"


def _customer(browser: Browser, platform: Platform, size: tuple[int, int] = DESKTOP, **context: object) -> Visitor:
    who = visitor(browser, _site(platform), size, **context)
    who.log_in(platform.demo["portal"]["username"], platform.demo["portal"]["password"])
    return who


def _admin(browser: Browser, platform: Platform, size: tuple[int, int] = DESKTOP, **context: object) -> Visitor:
    who = visitor(browser, _site(platform), size, **context)
    who.log_in(platform.demo["panel"]["username"], platform.demo["panel"]["password"])
    return who


@LOOKS
def test_pages_without_a_login(browser: Browser, platform: Platform, size: tuple[int, int], scheme: str) -> None:
    who = visitor(browser, _site(platform), size, color_scheme=scheme)
    for path in ("/login/", "/api/docs/", "/api/redoc/", "/api/problems/"):
        who.visit(path)
    assert who.complaints == []


@LOOKS
def test_the_customers_page(browser: Browser, platform: Platform, size: tuple[int, int], scheme: str) -> None:
    who = _customer(browser, platform, size, color_scheme=scheme)
    who.visit("/")
    expect(who.page.get_by_role("heading", name="My phone service")).to_be_visible()
    expect(who.page.get_by_text("+4311001").first).to_be_visible()
    who.page.get_by_role("button", name="DE").click()
    expect(who.page.get_by_role("heading", name="Mein Telefondienst")).to_be_visible()
    who.page.get_by_role("button", name="Abmelden").click()
    expect(who.page.get_by_role("heading", name="Anmelden")).to_be_visible()
    assert who.complaints == []


def test_the_customers_page_without_javascript(browser: Browser, platform: Platform) -> None:
    who = _customer(browser, platform, java_script_enabled=False)
    who.page.goto(who.site)
    expect(who.page.get_by_text("+4311001").first).to_be_visible()
    who.page.get_by_role("link", name="Refresh").click()
    expect(who.page.get_by_role("heading", name="My last calls")).to_be_visible()
    who.page.get_by_role("button", name="Log out").click()
    expect(who.page.get_by_role("heading", name="Log in")).to_be_visible()


def test_a_phone_that_registers_and_a_call_appear_by_themselves(
    browser: Browser, platform: Platform, sipp: Sipp, alice: Account
) -> None:
    who = _customer(browser, platform)
    who.visit("/")
    expect(who.page.get_by_text("No phone is registered")).to_be_visible()
    port = free_port(EDGE)
    sipp.register(alice, port).succeeds()
    expect(who.page.get_by_text(f"from {EDGE} over UDP")).to_be_visible(timeout=LIVE)
    phone = sipp.await_call("phone", EDGE, port)
    gateway = sipp.start("gateway", "127.0.0.2", "-s", "+4311001")
    expect(who.page.locator("#calls ~ *, table.calls").get_by_text("+43720123456").first).to_be_visible(timeout=LIVE)
    gateway.succeeds()
    phone.succeeds()
    expect(who.page.locator("table.calls tr").filter(has_text="answered").first).to_be_visible(timeout=LIVE)
    assert who.complaints == []


@LOOKS
def test_every_page_of_the_panel(browser: Browser, platform: Platform, size: tuple[int, int], scheme: str) -> None:
    who = _admin(browser, platform, size, color_scheme=scheme)
    who.visit("/admin/")
    lists = [path for path in who.links("/admin/") if path.count("/") == 4]
    assert len(lists) >= 13
    for path in lists:
        who.visit(path)
        for below in [link for link in who.links(path) if link != path][:1]:
            who.visit(below)
    assert who.complaints == []


@LOOKS
def test_the_page_of_tokens(browser: Browser, platform: Platform, size: tuple[int, int], scheme: str) -> None:
    who = _customer(browser, platform, size, color_scheme=scheme)
    who.visit("/tokens/")
    fields = who.page.locator("main").locator("input:not([type=hidden]), select, textarea")
    assert fields.count() > 10
    assert (
        fields.evaluate_all("all => all.filter(one => !one.labels.length && !one.ariaLabel).map(one => one.name)") == []
    )
    assert who.complaints == []


def test_an_operation_is_tried_out_with_a_token(browser: Browser, platform: Platform) -> None:
    who = visitor(browser, _site(platform))
    who.visit("/api/docs/")
    who.page.get_by_role("button", name="Authorize").first.click()
    dialog = who.page.locator(".auth-container")
    dialog.locator("input").fill(platform.demo["api"]["token"])
    dialog.get_by_role("button", name="Apply credentials").click()
    dialog.get_by_role("button", name="Close").click()
    who.page.locator("#operations-tag-me").click()
    operation = who.page.locator("#operations-me-get_me")
    operation.locator("button").first.click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    answer = operation.locator(".live-responses-table tr.response")
    expect(answer.locator(".response-col_status").first).to_contain_text("200")
    expect(answer.first).to_contain_text("Demo reseller")
    assert who.complaints == []


def test_a_new_sip_password_is_made_in_the_panel(browser: Browser, platform: Platform, sipp: Sipp) -> None:
    who = _admin(browser, platform)
    who.visit("/admin/subscribers/subscriber/?q=bob@localhost")
    who.page.get_by_role("link", name="bob@localhost").click()
    who.page.get_by_role("link", name="New SIP password").click()
    who.page.get_by_label("Label").fill("a phone of the tests")
    who.page.get_by_role("button", name="Make the password").click()
    password = who.page.locator(".freiton-secret code").nth(2).inner_text()
    sipp.register(Account("bob", password), free_port(EDGE)).succeeds()
    who.page.get_by_role("link", name="Done").click()
    expect(who.page.locator("input[value='a phone of the tests']")).to_be_visible()
    assert password not in who.page.content()
    assert who.complaints == []


def test_the_command_search_finds_a_subscriber(browser: Browser, platform: Platform) -> None:
    who = _admin(browser, platform)
    who.visit("/admin/")
    who.page.keyboard.press("Control+k")
    who.page.locator("#search-input-command").press_sequentially("ali")
    found = who.page.locator("#command-results").get_by_text("alice@localhost")
    expect(found).to_be_visible()
    found.click()
    expect(who.page.locator("input[name=username]")).to_have_value("alice")
    assert who.complaints == []
