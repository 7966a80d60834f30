"""`python -m bench [--rows NAME,…] [--runs N] [--rate N] [--seconds N] [--brief]`, or `make bench ROWS=… RUNS=…`.

Measures the SIP rows of the performance goals beside Kamailio, shows its progress, prints the table and writes
bench/results/latest.json. The quickest useful look at what a registration costs:

    python -m bench --rows registration --runs 3 --rate 2000 --seconds 5

Its data stays in var/bench for the next time (--data FOLDER for another one, --fresh to begin anew).
"""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType

from bench import results, tools
from bench.processes import BenchError
from bench.rows.catalogue import ROWS
from bench.stage import Plan, set_up
from bench.table import Goal, Row, render
from bench.work import LostError
from provider.run.environment import ROOT
from provider.run.errors import StartError
from provider.run.lock import only_instance


def main() -> int:
    """Measures what the command line says; returns the exit code: 1 when a goal was not reached."""
    arguments = _arguments()
    end_well()
    try:
        tools.ensure()
        with only_instance(arguments.data / "run"):
            rows = _measure(arguments)
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped; what was started has ended.\n")
        return 130
    except (BenchError, StartError) as error:
        sys.stderr.write(f"\n{error}\n")
        return 2
    sys.stdout.write(f"\n{render(rows)}\n")
    sys.stdout.write(f"\nWritten to {results.LATEST.relative_to(ROOT)}\n")
    return 0 if all(row.reached is not False for row in rows) else 1


def _measure(arguments: argparse.Namespace) -> list[Row]:
    """All rows that were asked for; each is in the file as soon as it is measured."""
    rows: list[Row] = []
    with set_up(_plan(arguments), arguments.data / "data", fresh=arguments.fresh) as stage:
        for name in arguments.rows:
            try:
                found = ROWS[name](stage)
            except LostError as error:
                stage.say(f"    {name}: given up ({error})")
                found = [Row(name, name, "not held", "–", None, "", Goal("held", 0.0), {"why": str(error)})]
            results.write(found, stage.plan)
            rows.extend(found)
    return rows


def _plan(arguments: argparse.Namespace) -> Plan:
    usual = Plan(runs=2, seconds=3.0, brief=True) if arguments.brief else Plan()
    return Plan(
        runs=arguments.runs or usual.runs,
        rate=arguments.rate or usual.rate,
        seconds=arguments.seconds or usual.seconds,
        brief=arguments.brief,
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="The edge beside Kamailio.")
    parser.add_argument("--rows", type=_rows, default=list(ROWS), help=f"of {', '.join(ROWS)}; all without it")
    parser.add_argument("--runs", type=int, help="runs of each program, in turns (5)")
    parser.add_argument("--rate", type=int, help="registrations a second (4000)")
    parser.add_argument("--seconds", type=float, help="of one run (10)")
    parser.add_argument("--brief", action="store_true", help="a look that takes some three minutes")
    parser.add_argument("--data", type=Path, default=ROOT / "var" / "bench", help="where its data is kept")
    parser.add_argument("--fresh", action="store_true", help="forget what an earlier run left there")
    return parser.parse_args()


def _rows(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in ROWS]
    if unknown:
        raise argparse.ArgumentTypeError(f"no such row: {', '.join(unknown)}; there are {', '.join(ROWS)}")
    return names or list(ROWS)


def end_well() -> None:
    """Has Ctrl-C and SIGTERM end the bench, also where whoever started it had them ignored: first what it started."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)


def interrupt(_number: int, _frame: FrameType | None) -> None:
    """Once: what is being ended then is ended whole, however often somebody presses Ctrl-C."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
