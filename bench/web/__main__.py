"""`python -m bench.web [--scale 1.0] [--repeat 20] [--only TEXT] [--anew]`: every page and API operation, timed.

Exit code 1 when an answer was wrong, a page missed the goal, or its queries grow with its rows.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench.web.prepared import prepared
from bench.web.shape import Shape
from provider.run.environment import ROOT
from provider.run.errors import StartError

if TYPE_CHECKING:
    from bench.web.cases import Case
    from bench.web.measure import Row
    from bench.web.report import Result

FOLDER: Final = ROOT / "var" / "bench-web"


def main() -> int:
    """Run what the command line says; returns the exit code."""
    arguments = _arguments()
    try:
        with prepared(arguments.folder, arguments.scale, Progress(), anew=arguments.anew) as shape:
            return _run(shape, arguments)
    except StartError as error:
        print(error, file=sys.stderr)
        return 2


def _run(shape: Shape, arguments: argparse.Namespace) -> int:
    from bench.web import report

    logging.getLogger("django.request").setLevel(logging.ERROR)
    result = examine(shape, arguments.repeat, arguments.only)
    print(report.text(result, arguments.rows))
    if not arguments.only:
        report.write(result, arguments.results)
        print(f"written to {arguments.results}")
    return 0 if result.holds else 1


def examine(shape: Shape, repeat: int, only: str = "", *, few: bool = False) -> Result:
    """Find all cases of the running instance and measure them.

    only: a part of the page's address. few: one person of each kind, each filter alone, without autocompletes.
    """
    from bench.web.all_cases import all_cases
    from bench.web.asking import Worker
    from bench.web.growing import growths
    from bench.web.measure import measure
    from bench.web.people import people
    from bench.web.report import Result
    from provider.wsgi import application

    worker = Worker(application)
    tell = Progress()
    tell("finding the cases", 0, 1)
    found = all_cases(worker, people(shape, few=few), only)
    cases = [case for case in found if not (few and case.page == "/admin/autocomplete/")]

    def told(case: Case, row: Row) -> None:
        told.count += 1  # type: ignore[attr-defined]
        tell(f"{case.page} ({case.person.name})", told.count, len(cases))  # type: ignore[attr-defined]
        if row.wrong or row.is_slow:
            figures = f"{row.p95 * 1000:7.0f} ms ({row.cpu * 1000:.0f} ms CPU)"
            print(f"  {figures}  {row.page} {row.who}: {row.parameters} {row.wrong}", flush=True)

    told.count = 0  # type: ignore[attr-defined]
    rows = measure(worker, cases, repeat, told)
    return Result(shape.scale, repeat, rows, list(growths(worker, cases)))


class Progress:
    """Says what is done, a line for each new thing or a quarter of a big one."""

    def __init__(self) -> None:
        self._said: tuple[str, int] = ("", -1)
        self._begun = time.monotonic()

    def __call__(self, what: str, done: int, total: int) -> None:
        """done of total."""
        said = (what, 4 * done // max(1, total))
        if said != self._said:
            self._said = said
            print(f"{time.monotonic() - self._begun:7.0f} s  {what} {done:,}/{total:,}", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.web", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="1.0: a million subscribers, five million calls")
    parser.add_argument("--repeat", type=int, default=20, help="times that each case is asked for")
    parser.add_argument("--only", default="", help="pages whose address has this in it; nothing is written then")
    parser.add_argument("--anew", action="store_true", help="write the data anew")
    parser.add_argument("--rows", type=int, default=40, help="rows of the printed table")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the data is kept")
    parser.add_argument("--results", type=Path, default=ROOT / "bench" / "results" / "latest-web.json")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
