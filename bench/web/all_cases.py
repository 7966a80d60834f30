"""Everything that is measured."""

from __future__ import annotations

from bench.web.api_cases import api_cases
from bench.web.asking import Worker
from bench.web.cases import Case
from bench.web.panel_cases import panel_cases
from bench.web.people import Person
from bench.web.portal_cases import portal_cases
from bench.web.routes import routes


def all_cases(worker: Worker, everybody: list[Person], only: str = "") -> list[Case]:
    """The cases of panel, API and portal. The first of everybody is the administrator; only: a part of the address."""
    known = [route for route in routes() if only in route.route]
    return [
        *panel_cases(known, everybody[0]),
        *api_cases(known, worker, everybody),
        *portal_cases(known, worker, everybody),
    ]
