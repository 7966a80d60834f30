"""The frame of the security matrix: a row, its checks, and how a check's defence is taken away.

A check is a function of a fresh edge that asserts what is owed. `without` takes its defence away, so that a second
test can see the check fail: a check that cannot fail proves nothing. Where the defence is a function of its own,
`swap` puts another in its place; where it is a condition inside of one, `edit` compiles that function anew from its
source with the condition changed (and fails when the condition is not there any more: then the row needs a look).
"""

from __future__ import annotations
import __future__

import inspect
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any

import pytest

Patch = pytest.MonkeyPatch
Check = Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Proof:
    """One thing that a row promises. check: asserts it, of an edge that it makes itself. without: takes the defence
    away. defence: what defends, as docs/security.md names it (module:function)."""

    name: str
    check: Check
    without: Callable[[Patch], None]
    defence: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table: what comes, what is owed, and the proofs of it. key: short, unique."""

    key: str
    comes: str
    owed: str
    proofs: Sequence[Proof]


def proof(check: Check, defence: str, *removals: Callable[[Patch], None]) -> Proof:
    """A proof named after its check."""

    def without(patch: Patch) -> None:
        for removal in removals:
            removal(patch)

    return Proof(check.__name__, check, without, defence)


def swap(owner: object, name: str, value: object) -> Callable[[Patch], None]:
    """A removal: `owner.name` becomes `value`."""
    return lambda patch: patch.setattr(owner, name, value)


def edit(function: Any, *changes: tuple[str, str]) -> Callable[[Patch], None]:
    """A removal: the function's code with each (old, new) replaced in its source. `old` must stand there once.

    The function object stays, so whoever imported it by name gets the changed code too.
    """

    def remove(patch: Patch) -> None:
        target = function.fget if isinstance(function, property) else inspect.unwrap(function)
        source = textwrap.dedent(inspect.getsource(target))
        for old, new in changes:
            assert source.count(old) == 1, f"{target.__qualname__} has {source.count(old)} times {old!r}"
            source = source.replace(old, new)
        patch.setattr(target, "__code__", _compiled(source, target).__code__)

    return remove


def _compiled(source: str, original: FunctionType) -> FunctionType:
    lines = source.split("\n")
    start = next(number for number, line in enumerate(lines) if line.startswith(("def ", "async def ")))
    code = compile(
        "\n".join(lines[start:]), f"<{original.__qualname__} without>", "exec",
        flags=__future__.annotations.compiler_flag, dont_inherit=True,
    )  # fmt: skip
    made: dict[str, Any] = {}
    exec(code, original.__globals__, made)  # noqa: S102  our own source, changed by one condition
    function: FunctionType = made[original.__name__]
    return function
