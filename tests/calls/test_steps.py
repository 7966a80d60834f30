"""Steps in words: every template of the edge is known, and is translated."""

import ast
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import translation

from calls.steps import CONDITIONS, FOUND, RULES, TEMPLATES, said, said_of_call
from numbering.formats import ONLY_E164, to_e164
from provider.run.environment import ROOT
from sipedge.dialog.call import written
from sipedge.routing.decision import Step


def _noted() -> Iterator[tuple[str, str]]:
    """(rule, template) of each step that sipedge/routing notes."""
    for path in (ROOT / "sipedge" / "routing").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "step":
                rule, template = node.args[:2]
                assert isinstance(rule, ast.Constant)
                assert isinstance(template, ast.Constant), f"{path}: a template has to stand where its step is noted"
                yield rule.value, template.value


def test_every_template_is_listed() -> None:
    noted = set(_noted())
    assert {template for _rule, template in noted} == set(TEMPLATES)
    assert {rule for rule, _template in noted} == set(RULES)


@pytest.mark.parametrize("text", [*TEMPLATES, *FOUND, *CONDITIONS.values()])
def test_every_template_is_german_too(text: str) -> None:
    with translation.override("de"):
        german = translation.gettext(text)
    assert len(re.findall("{}", german)) == len(re.findall("{}", text))
    assert german != text or text in {"International", "{} is {}: {}"}


def test_a_step_in_both_languages() -> None:
    step = Step("forwarding", "{} forwards ({}) to {}", ("alice", "busy", "+4311002"))
    assert said(step) == ("forwarding", "Forwarding", "alice forwards (busy) to +4311002")
    with translation.override("de"):
        assert said(step) == ("forwarding", "Weiterleitung", "alice leitet weiter (besetzt) an +4311002")


def test_how_a_number_was_read_is_said_in_german() -> None:
    with translation.override("de"):
        assert said(Step("number", "{} is no number: {}", ("x", to_e164("x", ONLY_E164).rule))).text == (
            "x ist keine Nummer: keine Telefonnummer: Sie enthält anderes als Ziffern"
        )


def test_the_steps_of_a_call_as_the_edge_writes_them() -> None:
    steps = [Step("caller", "the caller is not shown"), Step("bindings", "{} has {} registered phone(s)", ("bob", 2))]
    kept = json.loads(written(steps))
    assert [one.text for one in said_of_call(kept)] == ["the caller is not shown", "bob has 2 registered phone(s)"]


@pytest.mark.parametrize("kept", [None, "x", {}, [1], [[]], [["odd"]]])
def test_what_is_no_step_is_left_out(kept: Any) -> None:
    assert said_of_call(kept) == []


def test_what_an_edge_of_another_version_noted_is_shown_all_the_same() -> None:
    assert said_of_call([["magic", "{} and {} and {}", "one", "two"]])[0] == (
        "magic", "magic", "{} and {} and {}, one, two",
    )  # fmt: skip
