"""Rows of results, and the table that is printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bench.figures import Spread

HEAD: Final = ("work", "edge", "reference", "measured", "goal", "reached")


@dataclass(frozen=True, slots=True)
class Goal:
    """What PERFORMANCE.md's table wants of a figure. text: in words; limit: at most, or at least, so much."""

    text: str
    limit: float
    at_least: bool = False

    def is_reached(self, value: float) -> bool:
        """Whether this value does."""
        return value >= self.limit if self.at_least else value <= self.limit


@dataclass(frozen=True, slots=True)
class Row:
    """One line. edge, reference: in words; measured: what the goal is about, None when it was not held.

    details: all figures, for the file of results.
    """

    key: str
    work: str
    edge: str
    reference: str
    measured: Spread | None
    unit: str
    goal: Goal | None = None
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def reached(self) -> bool | None:
        """Whether the goal is reached; None without one."""
        if self.goal is None:
            return None
        return self.measured is not None and self.goal.is_reached(self.measured.median)

    def cells(self) -> tuple[str, ...]:
        """What stands in the columns of HEAD."""
        measured = f"{self.measured} {self.unit}".strip() if self.measured else "not held"
        reached = {True: "yes", False: "NO", None: "–"}[self.reached]
        return (self.work, self.edge, self.reference, measured, self.goal.text if self.goal else "–", reached)

    def as_dict(self) -> dict[str, Any]:
        """For the file of results."""
        spread = None
        if self.measured is not None:
            spread = {"median": self.measured.median, "min": self.measured.least, "max": self.measured.most}
        return {
            "key": self.key, "work": self.work, "edge": self.edge, "reference": self.reference, "measured": spread,
            "unit": self.unit, "goal": self.goal.text if self.goal else None, "reached": self.reached,
            "details": self.details,
        }  # fmt: skip


def render(rows: Sequence[Row]) -> str:
    """The table as text."""
    return columns([HEAD, *(row.cells() for row in rows)])


def columns(lines: Sequence[Sequence[str]]) -> str:
    """Lines of cells under their heads, each column as wide as its widest cell."""
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    rule = "  ".join("─" * width for width in widths)
    shown = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    return "\n".join([shown[0], rule, *shown[1:]])
