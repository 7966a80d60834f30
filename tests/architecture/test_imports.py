"""The import contracts of pyproject.toml hold: apps one way, pure rooms without input and output."""

import subprocess
import sys
from pathlib import Path

from provider.run.environment import ROOT


def test_the_import_contracts_hold() -> None:
    program = Path(sys.executable).parent / "lint-imports"
    result = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
