"""One instance for each data folder."""

from pathlib import Path

import pytest

from provider.run.errors import StartError
from provider.run.lock import only_instance


def test_a_second_instance_is_told_to_go_elsewhere(tmp_path: Path) -> None:
    with (
        only_instance(tmp_path / "run"),
        pytest.raises(StartError, match=f"^An instance already runs on {tmp_path}"),
        only_instance(tmp_path / "run"),
    ):
        pytest.fail("two instances ran")


def test_the_lock_goes_with_its_holder(tmp_path: Path) -> None:
    for _ in range(2):
        with only_instance(tmp_path / "run"):
            assert (tmp_path / "run" / "lock").exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(StartError, match=r"cannot be written .* set DATA_DIR"),
        only_instance(tmp_path / "file" / "run"),
    ):
        pytest.fail("it cannot run here")
