"""Programs of the distribution that some tests drive: SIPp, sipsak, baresip, curl, jq, Chromium, xgettext.

Run as a script (by `make test`) it installs those that are missing, where it may (root, apt), and says which tests
are left out otherwise. With CI=true a missing one is a failure.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass

import pytest


@dataclass(frozen=True, slots=True)
class Tool:
    """A program, the Debian package that brings it, and which tests need it."""

    program: str
    package: str
    tests: str


TOOLS = (
    Tool("sipp", "sip-tester", "the calls and registrations that SIPp makes"),
    Tool("sipsak", "sipsak", "what sipsak asks and registers"),
    Tool("baresip", "baresip-core", "what real phones do: baresip alone, and with PJSIP"),
    Tool("faketime", "faketime", "how baresip refreshes its registration, and clocks that are set"),
    Tool("curl", "curl", "the API's quick start"),
    Tool("jq", "jq", "the API's quick start"),
    Tool("chromium", "chromium", "the pages in a browser"),
    Tool("xgettext", "gettext", "whether every text has its translation"),
)
APT = ("apt-get", "-o", "DPkg::Lock::Timeout=120", "-qq")


def is_ci() -> bool:
    """Whether a build server runs the tests: nothing may be left out then."""
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def require(program: str) -> str:
    """The program's path; without it the test is skipped, or fails on a build server."""
    path = shutil.which(program)
    if path is None:
        package = next(tool.package for tool in TOOLS if tool.program == program)
        (pytest.fail if is_ci() else pytest.skip)(f"{program} is not installed (Debian: {package})")
    return path


def missing() -> list[Tool]:
    """The tools that this machine lacks."""
    return [tool for tool in TOOLS if shutil.which(tool.program) is None]


def install(tools: list[Tool]) -> None:
    """Installs their packages with apt, quietly; what apt says is shown when it fails."""
    packages = [tool.package for tool in tools]
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in ([*APT, "update"], [*APT, "install", "--yes", "--no-install-recommends", *packages]):
        result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if result.returncode:
            sys.stderr.write(f"{' '.join(command)} failed:\n{result.stderr}\n")


def main() -> int:
    """Installs what is missing where that is allowed; returns the exit code."""
    lacking = missing()
    if lacking and os.geteuid() == 0 and shutil.which("apt-get"):
        sys.stdout.write(f"Installing for the tests: {', '.join(tool.package for tool in lacking)} …\n")
        sys.stdout.flush()
        install(lacking)
        lacking = missing()
    for tool in lacking:
        sys.stdout.write(f"{tool.program} (Debian: {tool.package}) is missing: left out are {tool.tests}.\n")
    return 1 if lacking and is_ci() else 0


if __name__ == "__main__":
    sys.exit(main())
