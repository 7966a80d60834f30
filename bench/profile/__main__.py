"""`python -m bench.profile`, or `make profile`: a table for a registration and for a call, and flame graphs beside it.

For each room of the edge: µs of CPU in one piece of work (sampled under load), and function calls (counted in memory).
The pictures are bench/results/registration.svg and bench/results/call.svg, for any browser.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from bench import results, tools
from bench.__main__ import end_well
from bench.edge import Edge
from bench.processes import BenchError
from bench.profile import counts, flame, stacks
from bench.profile.counts import Calls
from bench.profile.record import Profile, record
from bench.rows.calls import call
from bench.rows.registration import register, warm_up
from bench.stage import Plan, Stage, set_up
from bench.table import columns
from bench.work import LostError
from provider.run.environment import ROOT
from provider.run.errors import StartError
from provider.run.lock import only_instance

_LEAST: Final = 0.005
"""Share of the time below which a room is not worth a line."""
_FUNCTIONS: Final = 15


def main() -> int:
    """Profiles both; returns the exit code."""
    arguments = _arguments()
    end_well()
    plan = Plan(rate=arguments.rate, seconds=arguments.seconds, calls=arguments.calls)
    try:
        tools.ensure()
        with only_instance(arguments.data / "run"), set_up(plan, arguments.data / "data", fresh=False) as stage:
            profiles = _profiles(stage)
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped; what was started has ended.\n")
        return 130
    except (BenchError, StartError) as error:
        sys.stderr.write(f"\n{error}\n")
        return 2
    for profile, called in zip(profiles, (counts.of_registrations(), counts.of_calls()), strict=True):
        sys.stdout.write(f"\n{table(profile, called)}\n")
        picture = results.FOLDER / f"{profile.name}.svg"
        picture.parent.mkdir(exist_ok=True)
        title = f"{profile.name}: {profile.microseconds:.0f} µs of the edge's CPU each"
        picture.write_text(flame.render(profile.stacks, title, profile.each))
        sys.stdout.write(f"Flame graph: {picture.relative_to(ROOT)}\n")
    return 0


def table(profile: Profile, called: Calls) -> str:
    """Rooms by their share of the time, then the functions in which most of it is spent."""
    seen = stacks.by_room(profile.stacks)
    total = sum(seen.values())
    lines = [("room", "µs", "share", "function calls")]
    for room, samples in seen.most_common():
        if samples >= _LEAST * total:
            number = called.by_room.get(room)
            shown = f"{number:.0f}" if number is not None else ""
            lines.append((room, f"{samples * profile.each:.1f}", f"{samples / total:.0%}", shown))
    lines.append(("in all", f"{profile.microseconds:.1f}", "100%", f"{called.total:.0f}"))
    functions = [("innermost function", "µs")]
    for name, samples in stacks.by_function(profile.stacks).most_common(_FUNCTIONS):
        functions.append((name, f"{samples * profile.each:.1f}"))
    return f"One {profile.name}\n\n{columns(lines)}\n\n{columns(functions)}\n"


def _profiles(stage: Stage) -> list[Profile]:
    registrations = stage.plan.registrations
    calls = int(stage.plan.calls * stage.plan.seconds)
    with stage.edge() as edge:
        warm_up(stage, edge)
        return [
            record(stage, edge, "registration", registrations,
                   lambda: register(stage, edge, registrations, stage.plan.rate)),
            record(stage, edge, "call", calls, lambda: _calls(stage, edge, calls)),
        ]  # fmt: skip


def _calls(stage: Stage, edge: Edge, count: int) -> None:
    """Calls that fail do not spoil a profile."""
    with suppress(LostError):
        call(stage, edge, count, stage.plan.calls)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.profile", description="Where the edge's time goes.")
    parser.add_argument("--rate", type=int, default=2000, help="registrations a second (2000)")
    parser.add_argument("--calls", type=int, default=100, help="calls a second (100)")
    parser.add_argument("--seconds", type=float, default=10.0, help="of load (10)")
    parser.add_argument("--data", type=Path, default=ROOT / "var" / "bench", help="where its data is kept")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
