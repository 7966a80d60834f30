"""SIPp and Kamailio: installed where they are missing and that is allowed (root, apt), else named."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import Final

from bench.processes import BenchError

APT: Final = ("apt-get", "-o", "DPkg::Lock::Timeout=120", "-qq")


@dataclass(frozen=True, slots=True)
class Tool:
    """A program, and the Debian packages that bring it with what the bench needs of it."""

    program: str
    packages: tuple[str, ...]


SIPP: Final = Tool("sipp", ("sip-tester",))
KAMAILIO: Final = Tool("kamailio", ("kamailio", "kamailio-postgres-modules"))


def ensure() -> None:
    """Has both. Raises BenchError without SIPp; without Kamailio the rows have no reference, which is said."""
    lacking = missing()
    if lacking and os.geteuid() == 0 and shutil.which("apt-get"):
        sys.stderr.write(f"Installing {', '.join(_packages(lacking))} …\n")
        _install(lacking)
        lacking = missing()
    if SIPP in lacking:
        raise BenchError(f"SIPp is not installed: apt-get install {' '.join(SIPP.packages)}")
    if KAMAILIO in lacking:
        packages = " ".join(KAMAILIO.packages)
        sys.stderr.write(f"Kamailio is not installed, so there is no reference: apt-get install {packages}\n")


def missing() -> list[Tool]:
    """Those that this machine lacks."""
    return [tool for tool in (SIPP, KAMAILIO) if shutil.which(tool.program) is None]


def version(program: str, option: str) -> str:
    """The first line with a digit in it that a program says about itself; '' when it is not there."""
    path = shutil.which(program)
    if path is None:
        return ""
    done = subprocess.run([path, option], capture_output=True, text=True, check=False)
    lines = (line.strip() for line in (done.stdout + done.stderr).splitlines())
    return next((line for line in lines if any(char.isdigit() for char in line)), "")


def _packages(tools: list[Tool]) -> list[str]:
    return [package for tool in tools for package in tool.packages]


def _install(tools: list[Tool]) -> None:
    """By apt, quietly; what it says is shown when it fails. Debian starts a Kamailio that we do not want: not now."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    for command in ([*APT, "update"], [*APT, "install", "--yes", "--no-install-recommends", *_packages(tools)]):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.stderr.write(f"{' '.join(command)} failed:\n{done.stderr}\n")
