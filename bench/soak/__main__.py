"""`python -m bench.soak [--minutes N | --count N] [--rate N] [--calls N]`, or `make soak MINUTES=n`.

Registrations, refreshes, phones that go, calls of four kinds, strangers and panel work at once; a line every ten
seconds, a table at the end, bench/results/soak.svg and soak.json. By default ten minutes with 1,000,000
registrations and 20,000 calls. Exit code 1 when memory, files or transactions grew, or our own code failed.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from bench import machine, results, tools
from bench.__main__ import end_well
from bench.edge import Edge
from bench.processes import BenchError
from bench.soak import judge, plot
from bench.soak.mix import LINGER, Load, Mix, running
from bench.soak.watch import Look, Watch, last_line
from bench.stage import Plan, Stage, set_up
from bench.table import columns
from provider.run.environment import ROOT
from provider.run.errors import StartError
from provider.run.lock import only_instance
from provider.run.valkey import EmbeddedValkey
from tests.certificates import Authority

EVERY: Final = 10.0
LOOKS: Final = 12
"""At least so many, whatever the time: a short soak looks more often."""
SHOWN: Final = 15
REGISTRATIONS: Final = 1700.0
CALLS: Final = 34.0
MINUTES: Final = 10.0


def main() -> int:
    """Soaks as the command line says; returns the exit code."""
    arguments = _arguments()
    end_well()
    load = _load(arguments)
    try:
        tools.ensure()
        with only_instance(arguments.data / "run"), set_up(Plan(), arguments.data / "data", fresh=False) as stage:
            return _soak(stage, load)
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped; what was started has ended.\n")
        return 130
    except (BenchError, StartError) as error:
        sys.stderr.write(f"\n{error}\n")
        return 2


def _soak(stage: Stage, load: Load) -> int:
    stage.say(f"{load.registrations:g} registrations/s and {load.calls:g} calls/s for {load.seconds / 60:g} min")
    with _edge(stage) as edge:
        with running(stage, edge, load) as mix:
            watch = Watch(stage, edge, mix)
            _watch(stage, watch, mix, load)
            failures = _failures(mix)
        stage.say(f"the load has ended; in {LINGER:.0f} s nothing may be left of it")
        time.sleep(LINGER)
        looks = list(watch.looks)
        end = watch.look()
    complaints = [*judge.complaints(looks, end), *failures]
    _write(stage, looks, end, complaints)
    return 1 if complaints else 0


def _watch(stage: Stage, watch: Watch, mix: Mix, load: Load) -> None:
    """Looks until the load's time is over."""
    end = time.monotonic() + load.seconds
    every = min(EVERY, load.seconds / LOOKS)
    while time.monotonic() < end:
        time.sleep(every)
        look = watch.look()
        mix.check()
        stage.say(describe(look))


def describe(look: Look) -> str:
    """One look in a line."""
    return (
        f"RSS {look.rss / 1e6:.1f} MB, PSS {look.pss / 1e6:.1f}, files {look.files}, transactions "
        f"{look.transactions:.0f}, cached {look.cached:.0f}, p50 {look.p50:.0f} p99 {look.p99:.0f} ms, "
        f"registrations {look.registrations:,.0f}, calls {look.calls:,.0f}, failed {look.failed}, "
        f"PostgreSQL's oldest {look.oldest:.1f} s"
    )


def _failures(mix: Mix) -> list[str]:
    """What SIPp's sides say when they have ended: the last calls may take as long as an unanswered one."""
    found = []
    for caller in mix.callers:
        counts = caller.result(LINGER)
        reason = counts.why_not(caller.plan.count)
        if reason:
            found.append(f"{caller.plan.scenario}: {reason}")
    return found


@contextmanager
def _edge(stage: Stage) -> Iterator[Edge]:
    """The edge with all that it has: Valkey, and a certificate for TLS."""
    folder = stage.folder / "certificates"
    folder.mkdir(exist_ok=True)
    pair = Authority(folder).server("localhost", "127.0.0.1")
    valkey = EmbeddedValkey(stage.folder / "valkey")
    variables = {"REDIS_URL": valkey.start(), "SIP_TLS_CERTIFICATES": ":".join(map(str, pair.both))}
    try:
        with stage.edge(variables=variables) as edge:
            yield edge
    finally:
        valkey.stop()


def _write(stage: Stage, looks: list[Look], end: Look, complaints: list[str]) -> None:
    """Table, picture and file."""
    title = f"{end.registrations:,.0f} registrations and {end.calls:,.0f} calls in {looks[-1].seconds / 60:.1f} min"
    results.FOLDER.mkdir(exist_ok=True)
    (results.FOLDER / "soak.svg").write_text(plot.render(looks, title))
    load = {name: last_line(stage.folder / f"{name}.log") for name in ("strangers", "changes")}
    about: dict[str, Any] = {"machine": machine.describe(), "title": title, "complaints": complaints, "load": load}
    about["growth_bytes"] = judge.growth(looks[int(len(looks) * judge.WARM_UP) :])
    about["looks"] = [look.as_dict() for look in looks]
    about["end"] = end.as_dict()
    (results.FOLDER / "soak.json").write_text(json.dumps(about, indent=1) + "\n")
    sys.stdout.write(f"\n{title}\n\n{table(looks, end)}\n\n")
    for name, counts in load.items():
        shown = ", ".join(f"{what} {number}" for what, number in sorted(counts.items()))
        sys.stdout.write(f"{name}: {shown}\n")
    sys.stdout.write(f"\nMemory after the warm-up: {about['growth_bytes'] / 1e6:+.1f} MB\n")
    sys.stdout.write("".join(f"NOT WELL: {sentence}\n" for sentence in complaints) or "All well.\n")
    sys.stdout.write(f"Written to {(results.FOLDER / 'soak.svg').relative_to(ROOT)} and soak.json\n")


def table(looks: list[Look], end: Look) -> str:
    """Some of the looks, evenly spread, and the one after everything has ended."""
    step = max(1, len(looks) // SHOWN)
    head = ("min", "RSS MB", "PSS MB", "files", "transactions", "cached", "p50 ms", "p99 ms", "open in PostgreSQL",
            "failed", "again")  # fmt: skip
    lines = [head]
    for look in (*looks[::step], replace(end, p50=0.0, p99=0.0)):
        lines.append((
            f"{look.seconds / 60:.1f}", f"{look.rss / 1e6:.1f}", f"{look.pss / 1e6:.1f}", str(look.files),
            f"{look.transactions:.0f}", f"{look.cached:.0f}", f"{look.p50:.1f}", f"{look.p99:.1f}",
            str(look.open_transactions), str(look.failed), str(look.again),
        ))  # fmt: skip
    return columns(lines)


def _load(arguments: argparse.Namespace) -> Load:
    seconds = arguments.count / arguments.rate if arguments.count else arguments.minutes * 60
    return Load(arguments.rate, arguments.calls, seconds)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description="Everything at once, for long.")
    parser.add_argument("--minutes", type=float, default=MINUTES, help="how long (10)")
    parser.add_argument("--count", type=int, help="registrations in all, instead of minutes")
    parser.add_argument("--rate", type=float, default=REGISTRATIONS, help="registrations a second (1700)")
    parser.add_argument("--calls", type=float, default=CALLS, help="calls a second (34)")
    parser.add_argument("--data", type=Path, default=ROOT / "var" / "bench", help="where its data is kept")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
