"""As whom PostgreSQL runs."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from provider.run import privileges
from provider.run.errors import StartError
from provider.run.privileges import RunAs, choose

PROGRAM = Path("/bin/true")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
SOMEBODY = 4711


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can reach, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def _who(run_as: RunAs, folder: Path) -> int:
    """The uid as which a file in the folder is written."""
    subprocess.run([*run_as.prefix, "touch", str(folder / "file")], check=True)
    return (folder / "file").stat().st_uid


def _name(run_as: RunAs) -> str:
    """The user name that initdb would find."""
    return subprocess.run([*run_as.prefix, "id", "-un"], check=True, capture_output=True, text=True).stdout.strip()


@as_root
def test_root_stays_the_owner_in_a_namespace(tmp_path: Path) -> None:
    run_as = choose(tmp_path, PROGRAM)
    assert run_as.prefix[0] == "unshare"
    assert _who(run_as, tmp_path) == 0
    assert _name(run_as) != "root"


@as_root
def test_data_that_belongs_to_a_user_is_served_as_that_user(open_folder: Path) -> None:
    folder = open_folder / "data"
    folder.mkdir()
    (folder / "base").mkdir()
    os.chown(folder, SOMEBODY, SOMEBODY)
    run_as = choose(folder, PROGRAM)
    assert run_as.owner == (SOMEBODY, SOMEBODY)
    assert _who(run_as, folder) == SOMEBODY
    assert _name(run_as) != ""


@as_root
def test_below_a_private_folder_of_a_user_root_becomes_that_user(open_folder: Path) -> None:
    os.chown(open_folder, SOMEBODY, SOMEBODY)
    open_folder.chmod(0o700)
    folder = open_folder / "postgres"
    folder.mkdir()
    assert _who(choose(folder, PROGRAM), folder) == SOMEBODY


@as_root
def test_where_namespaces_are_forbidden_it_is_nobody(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(privileges, "_namespace", lambda: RunAs(("false",), (0, 0)))
    folder = open_folder / "postgres"
    folder.mkdir()
    assert _who(choose(folder, PROGRAM), folder) not in (0, SOMEBODY)


@as_root
def test_when_nothing_works_it_says_so_and_leaves_the_folder_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(privileges, "_works", lambda *_: False)
    with pytest.raises(StartError, match=r"does not run as root.*ordinary user, or give a DATABASE_URL"):
        choose(tmp_path, PROGRAM)
    assert tmp_path.stat().st_uid == 0


def test_an_ordinary_user_needs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid or SOMEBODY)
    monkeypatch.setattr(privileges, "_has_name", lambda _: True)
    os.chown(tmp_path, os.geteuid(), -1)
    assert choose(tmp_path, PROGRAM) == RunAs()


@as_root
def test_a_user_without_a_name_is_lent_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(privileges, "_has_name", lambda _: False)
    monkeypatch.setattr(os, "geteuid", lambda: SOMEBODY)
    os.chown(tmp_path, SOMEBODY, -1)
    assert choose(tmp_path, PROGRAM).prefix[:2] == ("unshare", "-U")


def test_an_ordinary_user_cannot_take_what_belongs_to_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + SOMEBODY)
    with pytest.raises(StartError, match="belongs to another user"):
        choose(tmp_path, PROGRAM)
