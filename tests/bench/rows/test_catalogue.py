"""Every row of the goals can be asked for."""

import pytest

from bench.__main__ import main
from bench.rows.catalogue import ROWS


def test_all_rows_of_the_goals_are_there() -> None:
    assert set(ROWS) == {
        "registration", "written-back", "written-through", "refresh", "call", "highest", "memory", "start", "number",
        "growth",
    }  # fmt: skip


def test_a_row_that_is_none_is_refused_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["bench", "--rows", "registration,nothing"])
    with pytest.raises(SystemExit):
        main()
    assert "no such row: nothing; there are registration," in capsys.readouterr().err
