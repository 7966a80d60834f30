"""A test module that lost its tests in a merge is quiet; here it is not."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from provider.run.environment import ROOT

MODULES = sorted((ROOT / "tests").rglob("test_*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_test_module_has_tests(path: Path) -> None:
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    assert any(isinstance(node, functions) and node.name.startswith("test_") for node in nodes)
