"""Figures in the documentation come from files, and only from them."""

from typing import Any

import pytest

from bench import document

ROW = {
    "key": "registration", "work": "registration at 4,000/s", "edge": "50 µs", "reference": "55 µs",
    "measured": {"median": 0.91, "min": 0.9, "max": 0.95}, "unit": "×", "goal": "≤ 1.0 ×", "reached": True,
    "details": {}, "machine": {"date": "2026-01-02 03:04 UTC", "cores": 2, "kamailio": ""},
}  # fmt: skip
LOOK = {"rss": 1e8, "files": 25, "transactions": 7000.0, "cached": 9.0, "p99": 8.0, "again": 0}


def test_each_block_has_its_place() -> None:
    text = document.DOCUMENT.read_text()
    for name in ("machine", "figures", "growth", "soak", "web"):
        once = document.filled(text, name, "new\nlines")
        assert f"{name}: made by python -m bench.document -->\nnew\nlines\n<!-- end -->" in once
        assert document.filled(once, name, "new\nlines") == once


def test_a_block_without_a_place_is_an_error() -> None:
    with pytest.raises(ValueError, match="no place for nothing"):
        document.filled("text", "nothing", "block")


def test_figures_have_their_command() -> None:
    storm: dict[str, Any] = ROW | {"key": "storm", "measured": None, "reached": False}
    lines = document.figures([ROW, storm, ROW | {"key": "growth-rate"}]).splitlines()
    assert lines[2] == (
        "| registration at 4,000/s | 50 µs | 55 µs | 0.91 (0.90–0.95) × | ≤ 1.0 × | yes "
        "| `make bench ROWS=registration` |"
    )
    assert lines[3].endswith("| not held | ≤ 1.0 × | **no** | `make bench ROWS=start` |")
    assert len(lines) == 4


def test_the_newest_machine_is_shown() -> None:
    old = ROW | {"machine": {"date": "2025-01-01 00:00 UTC", "cores": 64}}
    assert document.machine([ROW, old]).splitlines()[2:] == ["| date | 2026-01-02 03:04 UTC |", "| cores | 2 |"]


def test_growth_is_a_line_for_each_point() -> None:
    details = {"500": {"edge_us": 70.0, "postgresql_us": 30.0}, "4000": {"edge_us": 40.0, "postgresql_us": 12.0}}
    text = document.growth([ROW | {"key": "growth-rate", "work": "registration by rate", "details": details}])
    assert text.splitlines()[-1] == "| registration by rate | 4,000 | 40.0 | 12.0 | 52.0 |"
    assert document.growth([ROW]) == "Not measured yet: `make bench ROWS=growth`."


def test_the_soak_tells_what_it_left() -> None:
    known = {"title": "1,000,000 registrations", "machine": {"date": "today"}, "complaints": [], "looks": [LOOK] * 10}
    text = document.soak(known | {"end": LOOK | {"transactions": 0.0}})
    assert text.startswith("1,000,000 registrations (today): nothing grew, nothing was left, nothing failed.")
    assert "| SIP transactions | 7,000 | 7,000 | 0 |" in text
    assert "Not measured" in document.soak({})
