"""What the load's programs say, read while they still write."""

from pathlib import Path

from bench.soak import watch


def test_whole_lines_count(tmp_path: Path) -> None:
    log = tmp_path / "phones.log"
    log.write_text('a warning\n{"what": "refresh", "failed": 0}\n{"what": "refresh", "failed": 2}\n{"what": "ref')
    assert [one["failed"] for one in watch.phone_rounds(log)] == [0, 2]
    assert watch.last_line(log) == {"what": "refresh", "failed": 2}


def test_a_program_that_said_nothing(tmp_path: Path) -> None:
    assert watch.phone_rounds(tmp_path / "none.log") == []
    assert watch.last_line(tmp_path / "none.log") == {}
