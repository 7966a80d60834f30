"""schemathesis against a running system: its cases come out of the OpenAPI document, its checks compare the answers
with what that promises."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from provider.run.environment import ROOT

CONFIG = ROOT / "tests" / "openapi" / "schemathesis.toml"
_GENERATED = re.compile(r"^\s+(\d+) generated", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Run:
    """How it went. cases: requests that were made up. said: all that schemathesis printed."""

    is_well: bool
    cases: int
    said: str


def fuzz(url: str, token: str, folder: Path, *options: str) -> Run:
    """Have all operations of the system at `url` tried with this token. options: further ones for schemathesis."""
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run", f"{url}/api/schema/"),
        *("--url", url, "--header", f"Authorization: Bearer {token}", "--no-color", "--warnings", "off"),
        *("--generation-database", "none", "--output-sanitize", "false", *options),
    ]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    found = _GENERATED.search(ended.stdout)
    return Run(ended.returncode == 0, int(found[1]) if found else 0, ended.stdout + ended.stderr)
