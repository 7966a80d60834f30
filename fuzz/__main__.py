"""`python -m fuzz [--seconds N] [--jobs N] [TARGET …]`: every target for so long, and what came of it.

Exit code 1 when a target raised, or when its coverage did not grow from its seeds on: then nothing was fuzzed.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from fuzz.seeds import CORPUS, ROOT, TORTURE
from fuzz.targets import TARGETS

FINDS = ROOT / "var" / "fuzz"
_PROGRESS = re.compile(r"#(\d+)\s+(\w+)\s+cov: (\d+) ft: (\d+)")
_INITED = "INITED"
MAX_LENGTH = 6_000  # bytes of one input: enough for a call, and small enough for a thousand a second


@dataclass(frozen=True, slots=True)
class Progress:
    """One line of libFuzzer's. seconds: since the start. coverage: lines and branches; features: how often, too."""

    seconds: float
    runs: int
    kind: str
    coverage: int
    features: int


@dataclass
class Campaign:
    """What happened to one target."""

    name: str
    progress: list[Progress] = field(default_factory=list)
    output: list[str] = field(default_factory=list)
    exit_code: int = 0

    @property
    def points(self) -> tuple[Progress, Progress, Progress] | None:
        """The progress when the seeds were read, in the middle of the time, and at the end; None without coverage."""
        started = [one for one in self.progress if one.kind == _INITED]
        if not started:
            return None
        half = self.progress[-1].seconds / 2
        middle = [one for one in self.progress if one.seconds <= half] or started
        return started[0], middle[-1], self.progress[-1]

    @property
    def grew(self) -> bool:
        """Whether inputs were found that did something new."""
        return self.points is not None and self.points[2].features > self.points[0].features


def main() -> int:
    """Run what the command line says."""
    arguments = _arguments()
    FINDS.mkdir(parents=True, exist_ok=True)
    if find_spec("atheris") is None:
        print("atheris is not installed here: plain mutations without coverage serve instead, and find less.")
        return max(_run_blind(name, arguments.seconds) for name in arguments.targets)
    print(f"{len(arguments.targets)} targets, {arguments.seconds:g} s each, {arguments.jobs} at a time", flush=True)
    with ThreadPoolExecutor(arguments.jobs) as pool:
        campaigns = list(pool.map(lambda name: run(name, arguments.seconds), arguments.targets))
    print(table(campaigns))
    for campaign in campaigns:
        if campaign.exit_code:
            print(f"\n{campaign.name} broke:", *campaign.output[-40:], sep="\n")
    return 0 if all(campaign.exit_code == 0 and campaign.grew for campaign in campaigns) else 1


def run(name: str, seconds: float, module: str = "fuzz.targets", finds: Path = FINDS) -> Campaign:
    """Fuzz one target with atheris for so long."""
    campaign = Campaign(name)
    work = finds / "corpus" / name
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    seeds = [CORPUS / name, *(TORTURE if name in ("message", "stream", "engine") else ())]
    command = [
        *(sys.executable, "-m", "fuzz.one", f"{module}:{name}", f"-max_total_time={max(1, round(seconds))}"),
        *(f"-dict={ROOT / 'fuzz' / 'sip.dict'}", f"-max_len={MAX_LENGTH}", f"-artifact_prefix={finds}/"),
        *("-timeout=10", "-rss_limit_mb=1024", "-print_final_stats=1"),
        *(str(folder) for folder in (work, *seeds) if folder.is_dir()),
    ]
    started = time.monotonic()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        watchdog = threading.Timer(seconds * 2 + 60, process.kill)
        watchdog.start()
        for line in process.stdout or ():
            _note(campaign, line.rstrip(), time.monotonic() - started)
        watchdog.cancel()
    campaign.exit_code = process.returncode
    return campaign


def _note(campaign: Campaign, line: str, seconds: float) -> None:
    found = _PROGRESS.match(line)
    if found is None:
        campaign.output.append(line)
        return
    runs, kind, coverage, features = found.groups()
    campaign.progress.append(Progress(seconds, int(runs), kind, int(coverage), int(features)))


def table(campaigns: list[Campaign]) -> str:
    """One line a target: runs a second, and coverage/features at the start, in the middle and at the end."""
    head = f"{'target':<10} {'runs':>10} {'runs/s':>8}   {'start':>11} {'middle':>11} {'end':>11}"
    lines = [f"{head}   (coverage/features)"]
    for campaign in campaigns:
        points = campaign.points
        if points is None:
            lines.append(f"{campaign.name:<10} has not begun")
            continue
        end = points[2]
        cells = " ".join(f"{f'{one.coverage}/{one.features}':>11}" for one in points)
        said = "broken" if campaign.exit_code else "grew" if campaign.grew else "DID NOT GROW"
        lines.append(f"{campaign.name:<10} {end.runs:>10} {end.runs / max(end.seconds, 1):>8.0f}   {cells}   {said}")
    return "\n".join(lines)


def _run_blind(name: str, seconds: float) -> int:
    command = [sys.executable, "-m", "fuzz.without_atheris", f"fuzz.targets:{name}", str(seconds), str(FINDS)]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0, help="for each target")
    parser.add_argument("--jobs", type=int, default=2, help="targets at a time")
    parser.add_argument("targets", nargs="*", default=list(TARGETS), help=", ".join(TARGETS))
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
