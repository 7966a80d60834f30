"""Which of the customer's pages are measured, and for whom."""

from __future__ import annotations

from typing import Any

from bench.web.asking import Answer
from bench.web.portal_cases import portal_cases
from bench.web.routes import Route

HOME = b'<a href="/settings/0e-1/">Change</a> <a href="/settings/0e-2/">Change</a> <a href="/?before=2026">Older</a>'
ROUTES = [
    Route("/", "portal", None),
    Route("/settings/<uuid:uid>/", "portal-settings", None),
    Route("/other/<uuid:uid>/", "other", None),
    Route("/admin/x/<int:id>/", "x", None),
    Route("/nameless/", "", None),
]


class FakeWorker:
    """Everybody gets every page; the first has links, and who has none gets no page about an object."""

    def get(self, person: Any, path: str, query: Any = ()) -> Answer:
        """The page."""
        body = HOME if path == "/" and person == "alice" else b"<p>"
        return Answer(200, body, 0.0, 0, 0.0, 0.0, ())


def test_a_page_about_an_object_is_asked_for_by_its_first_link() -> None:
    people: Any = ["alice", "bob"]
    worker: Any = FakeWorker()
    cases = [(case.person, case.page, case.path) for case in portal_cases(ROUTES, worker, people) if not case.query]
    assert cases == [
        ("alice", "/", "/"),
        ("alice", "/settings/<uuid:uid>/", "/settings/0e-1/"),
        ("bob", "/", "/"),
    ]
