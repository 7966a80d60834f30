"""What docs/performance.md says about panel and API."""

from typing import Any

from bench.web.section import section


def _row(page: str, p95: float, **more: Any) -> dict[str, Any]:
    row = {"page": page, "who": "admin", "parameters": "-", "rows": 50, "queries": 3, "p50": p95 / 2, "p95": p95}
    return row | {"cpu": p95 / 2, "sql": 1.0, "wrong": ""} | more


def _known(*rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    machine = {"processor": "A chip", "postgresql": "18.1", "django": "5.2", "date": "today", "commit": "abc"}
    known = {"machine": machine, "scale": 1.0, "repeat": 20, "goal_ms": 100.0, "rows": list(rows)}
    return known | more


def test_without_results_it_says_how_to_get_them() -> None:
    assert section({}) == "Not measured yet: `make bench-web`."


def test_kinds_and_lists_have_their_lines() -> None:
    rows = [_row("/api/v1/calls/", 12.0), _row("/api/v1/calls/", 30.0, parameters="direction=inbound", queries=4)]
    rows += [_row("/admin/calls/call/", 60.0), _row("/admin/calls/call/<path:object_id>/change/", 40.0, rows=None)]
    text = section(_known(*rows, _row("/", 20.0, who="customer")))
    assert "| API | 2 | 6 ms | 30 ms | 6 ms | 4 |" in text
    assert "| Panel | 2 |" in text
    assert "| Portal and the rest | 1 |" in text
    assert "| `/api/v1/calls/` | 2 |" in text
    assert "object_id" not in text.split("The slowest")[0]
    assert "all of them keep it" in text
    assert "`/admin/calls/call/` as admin 60 ms; " in text


def test_what_missed_the_goal_and_what_is_small_is_said() -> None:
    rows = [_row("/api/v1/calls/", 120.0), _row("/api/v1/calls/", 20.0, wrong="status 500"), _row("/", 1.0)]
    text = section(_known(*rows, scale=0.1))
    assert "2 miss it" in text
    assert "Everything at 0.1 of its size." in text
