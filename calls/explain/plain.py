"""An explanation as plain values for programs: what the API and `manage.py explain --json` give."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from calls.explain.explanation import Explanation, Stage, Target
from calls.steps import said


def as_plain(explanation: Explanation) -> dict[str, Any]:
    """Dicts, lists, texts and numbers; times as RFC 3339 in UTC, steps with their text in the language in use."""
    return {
        "caller": explanation.caller,
        "caller_number": explanation.caller_number,
        "callee": explanation.callee,
        "callee_number": explanation.callee_number,
        "method": explanation.method,
        "at": _moment(explanation.at),
        **_stage(explanation.stage),
        "gateways": [one._asdict() | {"since": _moment(one.since)} for one in explanation.states],
    }


def _stage(stage: Stage) -> dict[str, Any]:
    return {
        "verdict": stage.verdict,
        "status_code": stage.status_code,
        "reason": stage.reason,
        "whose": stage.whose,
        "rings_for": stage.rings_for,
        "steps": [{"rule": step.rule, "text": said(step).text} for step in stage.steps],
        "targets": [[_target(target) for target in group] for group in stage.groups],
        "shares": [[share._asdict() for share in shares] for shares in stage.shares],
        "follows": [{"conditions": list(follow.conditions), **_stage(follow.stage)} for follow in stage.follows],
    }


def _target(target: Target) -> dict[str, Any]:
    return {
        "kind": target.kind,
        "name": target.name,
        "request_uri": target.request_uri,
        "from": target.from_,
        "fields": [field._asdict() for field in target.fields],
        "removed": list(target.removed),
        "route": list(target.route),
        "way": target.way,
        "state": target.state,
        "rings_within": target.rings_within,
        "is_emergency": target.is_emergency,
        "others": [_target(other) for other in target.others],
    }


def _moment(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
