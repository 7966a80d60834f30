"""requirements/install.sh on machines that lack something: one plain sentence, and no traceback of a shell."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from provider.run.environment import ROOT

TOOLS = ("sh", "dirname", "cut", "sha256sum", "cat", "rm", "flock")
PINS = "# nothing to install\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with the script and an empty set of pins, and a folder of programs without any Python."""
    (tmp_path / "requirements").mkdir()
    shutil.copy(ROOT / "requirements" / "install.sh", tmp_path / "requirements")
    (tmp_path / "requirements" / "runtime.txt").write_text(PINS)
    (tmp_path / "programs").mkdir()
    for tool in TOOLS:
        path = shutil.which(tool)
        assert path is not None
        (tmp_path / "programs" / tool).symlink_to(path)
    return tmp_path


def _python(checkout: Path, name: str, script: str) -> None:
    file = checkout / "programs" / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


def _install(checkout: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", checkout / "requirements" / "install.sh", "runtime"],
        env={"PATH": str(checkout / "programs")},
        capture_output=True,
        text=True,
        check=False,
    )


def _refused(checkout: Path) -> str:
    result = _install(checkout)
    assert result.returncode == 1
    assert result.stdout == ""
    (sentence,) = result.stderr.splitlines()
    return sentence


def test_without_python_it_says_which_to_install(checkout: Path) -> None:
    assert _refused(checkout).startswith("Python is missing: install Python 3.11, 3.12 or 3.13")


def test_a_python_that_is_too_old_is_named(checkout: Path) -> None:
    _python(checkout, "python3", '[ "$1" = --version ] && echo "Python 3.9.2"; exit 1')
    assert "this machine has Python 3.9.2" in _refused(checkout)


def test_without_the_venv_module_it_names_the_package(checkout: Path) -> None:
    _python(checkout, "python3", f'case "$2" in *ensurepip*) exit 1;; esac\nexec {sys.executable} "$@"')
    assert "apt install python3-venv" in _refused(checkout)


def test_a_c_library_that_is_too_old_is_named(checkout: Path) -> None:
    _python(checkout, "python3", f'[ "$1" = - ] && exit 1\nexec {sys.executable} "$@"')
    assert "glibc 2.28 or newer is needed" in _refused(checkout)


def test_another_python_that_fits_is_found(checkout: Path) -> None:
    _python(checkout, "python3", "exit 1")
    _python(checkout, "python3.12", f'exec {sys.executable} "$@"')
    assert _install(checkout).returncode == 0
    assert (checkout / ".venv" / "bin" / "python").exists()


def test_what_is_installed_is_not_installed_again(checkout: Path) -> None:
    (checkout / ".venv" / "bin").mkdir(parents=True)
    os.symlink(sys.executable, checkout / ".venv" / "bin" / "python")
    (checkout / ".venv" / ".freiton-runtime").write_text(hashlib.sha256(PINS.encode()).hexdigest() + "\n")
    result = _install(checkout)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
