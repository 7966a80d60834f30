"""A real Chromium for tests of pages: what it complains about is kept, as is what ran over the screen's edge."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.tools import require

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP, SMALLEST = (1440, 900), (360, 640)
# Redoc's own advertisement; our policy does not let it in, and the page misses nothing.
REFUSED_ON_PURPOSE = "cdn.redoc.ly"


@contextmanager
def chromium() -> Iterator[Browser]:
    """The distribution's Chromium; without it the test is left out."""
    path = require("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Visitor:
    """A window of the browser at one site, with the complaints of all pages it has seen."""

    page: Page
    site: str
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda message: self._note(message.type, message.text))
        self.page.on("pageerror", lambda error: self._note("error", str(error)))
        self.page.on("response", lambda response: response.status >= 400 and self._note("error", response.url))

    def _note(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"} and REFUSED_ON_PURPOSE not in text:
            self.complaints.append(f"{self.page.url}: {text}")

    def log_in(self, username: str, password: str) -> None:
        """Through the login page, as a person does."""
        self.page.goto(f"{self.site}/login/")
        self.page.fill("input[name=username]", username)
        self.page.fill("input[name=password]", password)
        self.page.click("main button[type=submit]")
        self.page.wait_for_url(lambda url: "/login/" not in url)

    def visit(self, path: str) -> None:
        """Loads a page, and notes when it is wider than the window."""
        self.page.goto(self.site + path)
        width, room = self.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        if width > room:
            self.complaints.append(f"{path}: {width} px wide in a window of {room}")

    def links(self, prefix: str) -> list[str]:
        """The paths below prefix to which the page links, without what follows a question mark."""
        found = self.page.eval_on_selector_all("a[href]", "links => links.map(link => new URL(link.href).pathname)")
        return sorted({path for path in found if path.startswith(prefix)})


def visitor(browser: Browser, site: str, size: tuple[int, int] = DESKTOP, **context: Any) -> Visitor:
    """A new window with nobody logged in."""
    width, height = size
    opened = browser.new_context(viewport={"width": width, "height": height}, locale="en-GB", **context)
    opened.set_default_timeout(20_000)
    return Visitor(opened.new_page(), site)
