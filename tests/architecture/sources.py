"""The project's own source files, and what stands in them."""

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from provider.run.environment import ROOT

DJANGO_ROOMS = (
    "accounts",
    "subscribers",
    "numbering",
    "trunking",
    "calls",
    "events",
    "imports",
    "portal",
    "desired",
    "provider",
)
ROOMS = (*DJANGO_ROOMS, "sipedge")


@dataclass(frozen=True, slots=True)
class Function:
    """A function or method: where it is, what it is called, how many lines it has (decorators not counted)."""

    file: str
    name: str
    lines: int


@cache
def modules(*rooms: str) -> tuple[Path, ...]:
    """All Python files of the rooms, without migrations, sorted."""
    found = (path for room in rooms for path in (ROOT / room).rglob("*.py"))
    return tuple(sorted(path for path in found if "migrations" not in path.parts))


@cache
def tree_of(path: Path) -> ast.Module:
    """The file's syntax tree."""
    return ast.parse(path.read_text(), str(path))


def short(path: Path) -> str:
    """The path from the project's root on."""
    return path.relative_to(ROOT).as_posix()


def line_count(path: Path) -> int:
    """How many lines the file has."""
    return len(path.read_text().splitlines())


def functions(path: Path) -> list[Function]:
    """All functions of the file, nested ones too."""
    return [
        Function(short(path), node.name, (node.end_lineno or node.lineno) - node.lineno + 1)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def imports(path: Path) -> set[str]:
    """The full names of all modules that the file imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names
