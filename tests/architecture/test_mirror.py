"""tests/ mirrors the tree: a module with code in it has a test module of its own, or one for its package.

`sipedge/sip/message.py` is tested in `tests/sipedge/sip/test_message.py`, or in files that begin so
(`test_message_headers.py`).
"""

import ast
from pathlib import Path

from provider.run.environment import ROOT
from tests.architecture.sources import ROOMS, modules, short, tree_of

TESTED_ELSEWHERE: dict[str, str] = {
    "sipedge/routing/needs.py": "types alone: a Protocol, and the tuples that test_decide.py answers",
}


def _has_code(path: Path) -> bool:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return any(isinstance(node, kinds) for node in ast.walk(tree_of(path)))


def _has_tests(path: Path) -> bool:
    folder = ROOT / "tests" / path.relative_to(ROOT).parent
    stem = path.parent.name if path.stem == "__init__" else path.stem.strip("_")
    return any(folder.glob(f"test_{stem}*.py"))


def test_every_module_has_its_tests() -> None:
    untested = {short(path) for path in modules(*ROOMS) if _has_code(path) and not _has_tests(path)}
    assert untested == set(TESTED_ELSEWHERE)


def test_every_test_is_found_by_its_name() -> None:
    stray = [
        short(path)
        for path in modules("tests")
        if not path.name.startswith("test_")
        and any(node.name.startswith("test_") for node in tree_of(path).body if isinstance(node, ast.FunctionDef))
    ]
    assert stray == []
