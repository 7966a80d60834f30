"""Keys are made once, kept private, and a given one is never written down."""

from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from provider.run.environment import Environment, read_environment, read_file
from provider.run.errors import StartError
from provider.run.keys import env_file, require_keys, with_keys, write_private

GIVEN = "a-secret-key-of-some-forty-characters-1234"


def _environment(folder: Path, **given: str) -> Environment:
    return read_environment({"DATA_DIR": str(folder), **given}, running=False)


def test_keys_are_made_once(tmp_path: Path) -> None:
    first = with_keys(_environment(tmp_path))
    assert len(first.secret_key) >= 50
    Fernet(first.credential_keys[0])
    assert with_keys(_environment(tmp_path)) == first


def test_the_file_is_private(tmp_path: Path) -> None:
    with_keys(_environment(tmp_path))
    assert (tmp_path / "keys.env").stat().st_mode & 0o777 == 0o600


def test_a_given_key_counts_and_is_not_kept(tmp_path: Path) -> None:
    assert with_keys(_environment(tmp_path, SECRET_KEY=GIVEN)).secret_key == GIVEN
    assert "SECRET_KEY" not in read_file(tmp_path / "keys.env")


def test_a_given_key_leaves_the_kept_one_for_later(tmp_path: Path) -> None:
    kept = with_keys(_environment(tmp_path))
    new = Fernet.generate_key().decode()
    rotated = with_keys(_environment(tmp_path, CREDENTIAL_KEYS=f"{new},{kept.credential_keys[0]}"))
    assert rotated.credential_keys == (new, kept.credential_keys[0])
    assert with_keys(_environment(tmp_path)) == kept


def test_keys_that_others_can_read_are_refused(tmp_path: Path) -> None:
    with_keys(_environment(tmp_path))
    (tmp_path / "keys.env").chmod(0o644)
    with pytest.raises(StartError, match="chmod 600"):
        with_keys(_environment(tmp_path))


def test_what_is_written_reads_back(tmp_path: Path) -> None:
    given = {"DATABASE_URL": "postgresql://u:p%40@db/freiton", "REDIS_URL": "redis://:x@r/0"}
    environment = with_keys(_environment(tmp_path, **given))
    write_private(tmp_path / "run" / "env", env_file(environment))
    assert read_environment({"DATA_DIR": str(tmp_path), "DEMO": "0"}) == environment


def test_a_part_without_keys_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="SECRET_KEY and CREDENTIAL_KEYS are not known here"):
        require_keys(_environment(tmp_path, SECRET_KEY=GIVEN))
    require_keys(with_keys(_environment(tmp_path)))


def test_writing_again_replaces_the_file_whole(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    write_private(file, "long text before")
    write_private(file, "new")
    assert file.read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]
