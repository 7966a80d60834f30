"""The quick start is true: its commands are run as they stand, against the whole platform and with SIPp's phones."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from provider.run.environment import ROOT
from tests.ports import EDGE, GATEWAY, free_port
from tests.scenarios.running import Platform
from tests.scenarios.waiting import eventually
from tests.tools import require

DOCUMENT = ROOT / "docs" / "api-quickstart.md"
SECONDS = 120


def commands(text: str) -> list[str]:
    """The blocks of shell that a document shows."""
    return re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.mark.xdist_group("platform")
def test_its_commands_do_what_it_says(platform: Platform, tmp_path: Path) -> None:
    for program in ("curl", "jq", "sipp"):
        require(program)
    here = {
        "var/demo.json": str(platform.data_dir / "demo.json"),
        "127.0.0.1:5060": "{}:{}".format(*platform.edge),
        "-p 5070": f"-p {free_port(EDGE)}",
        "-p 5071": f"-p {free_port(GATEWAY)}",
    }
    script = "\n".join(commands(DOCUMENT.read_text()))
    for shown, used in here.items():
        assert shown in script
        script = script.replace(shown, used)
    shutil.copytree(ROOT / "docs" / "first-call", tmp_path / "docs" / "first-call")
    ended = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-2000:]
    _it_rang(platform)
    for said in (
        '"role": "reseller"',
        '"dry_run": true',
        '"aor": "huber@localhost"',
        '"transport": "udp"',
        '"callee_number": "+4311003"',
        '"code": "unknown"',
        '"max_calls": 5',
        '"code": "precondition_failed"',
        "alice@localhost",
        '"done": 2',
    ):
        assert said in ended.stdout, f"{said}\n{ended.stdout}"
    assert ended.stdout.count('"name": "Bakery Huber"') == 3, "tried, made and sent again, changed"


def _it_rang(platform: Platform) -> None:
    def answered() -> bool:
        calls = [call for call in platform.api("calls/") if call["callee_number"] == "+4311003"]
        return [(call["state"], call["outcome"]) for call in calls] == [("ended", "answered")]

    eventually(answered, "the call to +4311003 was answered and has ended")


def test_its_commands_are_found() -> None:
    found = commands(DOCUMENT.read_text())
    assert len(found) >= 8
    assert sum("curl" in block or "api " in block for block in found) == len(found)
