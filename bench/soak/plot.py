"""The soak as a picture: small charts below each other, one SVG, for any browser."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from bench.figures import short
from bench.soak.watch import Look

WIDTH: Final = 900
CHART: Final = 120
LEFT: Final = 80
TOP: Final = 26
GAP: Final = 44
_COLOURS: Final = ("#b3412e", "#2e6bb3", "#3d8a4f")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart: what it is called, and its value in a look."""

    name: str
    value: Callable[[Look], float]


CHARTS: Final[tuple[tuple[str, tuple[Line, ...]], ...]] = (
    ("memory, MB", (Line("RSS", lambda look: look.rss / 1e6), Line("PSS", lambda look: look.pss / 1e6))),
    ("open", (Line("file descriptors", lambda look: look.files), Line("connections", lambda look: look.connections))),
    ("remembered", (Line("SIP transactions", lambda look: look.transactions),
                    Line("cached entries", lambda look: look.cached))),
    ("response time, ms", (Line("p50", lambda look: look.p50), Line("p99", lambda look: look.p99))),
    ("PostgreSQL", (Line("open transactions", lambda look: look.open_transactions),
                    Line("oldest, s", lambda look: look.oldest))),
    ("in all", (Line("registrations / 1000", lambda look: look.registrations / 1000),
                Line("calls / 100", lambda look: look.calls / 100))),
    ("gone wrong", (Line("failed", lambda look: look.failed), Line("sent again", lambda look: look.again),
                    Line("exceptions", lambda look: look.exceptions))),
)  # fmt: skip


def render(looks: Sequence[Look], title: str) -> str:
    """The picture's text, of at least two looks."""
    height = TOP + len(CHARTS) * (CHART + GAP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" font-family="sans-serif" '
        f'font-size="12"><rect width="100%" height="100%" fill="#fff"/><text x="8" y="17">{escape(title)}</text>'
    ]
    for number, (name, lines) in enumerate(CHARTS):
        parts += _chart(looks, name, lines, TOP + number * (CHART + GAP))
    return "".join([*parts, "</svg>\n"])


def _chart(looks: Sequence[Look], name: str, lines: Sequence[Line], top: int) -> list[str]:
    """From zero to the largest value, so that a slope is seen as what it is."""
    largest = max((line.value(look) for line in lines for look in looks), default=0.0) or 1.0
    bottom = top + 18 + CHART
    parts = [
        f'<text x="8" y="{top + 13}" font-weight="bold">{escape(name)}</text>',
        f'<path d="M{LEFT} {top + 18}V{bottom}H{WIDTH - 10}" stroke="#999" fill="none"/>',
        f'<text x="{LEFT - 6}" y="{top + 26}" text-anchor="end">{short(largest)}</text>',
        f'<text x="{LEFT - 6}" y="{bottom}" text-anchor="end">0</text>',
        f'<text x="{WIDTH - 10}" y="{bottom + 14}" text-anchor="end">{looks[-1].seconds / 60:.1f} min</text>',
    ]
    for number, line in enumerate(lines):
        colour = _COLOURS[number]
        points = " ".join(_point(look, line.value(look) / largest, looks[-1].seconds, bottom) for look in looks)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        parts.append(f'<text x="{LEFT + 60 + 200 * number}" y="{top + 13}" fill="{colour}">{escape(line.name)}</text>')
    return parts


def _point(look: Look, share: float, end: float, bottom: int) -> str:
    across = LEFT + (WIDTH - 10 - LEFT) * look.seconds / (end or 1.0)
    return f"{across:.1f},{bottom - share * CHART:.1f}"
