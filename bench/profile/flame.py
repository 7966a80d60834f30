"""A flame graph as SVG: a box for each function, as wide as the share of samples in it, callees above their callers.

Nothing is needed to look at it but a browser; the whole name and the figures stand in each box's tooltip.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape
from typing import Final
from zlib import crc32

from bench.profile.stacks import Frame, Stack

WIDTH: Final = 1400
HEIGHT: Final = 17
_NARROWEST: Final = 0.6  # pixels: thinner boxes are left out
_LETTER: Final = 6.4
_HUES: Final = {"sipedge": 18, "asyncpg": 205}
_OTHER_HUE: Final = 48


@dataclass
class _Box:
    samples: int = 0
    callees: dict[Frame, _Box] = field(default_factory=dict)


def render(stacks: Iterable[Stack], title: str, each: float) -> str:
    """The picture's text. each: µs that one sample stands for in one piece of work."""
    root = _Box()
    depth = 0
    for stack in stacks:
        root.samples += stack.samples
        depth = max(depth, len(stack.frames))
        box = root
        for frame in stack.frames:
            box = box.callees.setdefault(frame, _Box())
            box.samples += stack.samples
    height = (depth + 3) * HEIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" font-family="monospace" '
        f'font-size="11"><rect width="100%" height="100%" fill="#fff"/>',
        f'<text x="8" y="{HEIGHT}">{escape(title)}</text>',
    ]
    if root.samples:
        _draw(parts, root, 0.0, WIDTH / root.samples, height - 2 * HEIGHT, each)
    return "".join([*parts, "</svg>\n"])


def _draw(parts: list[str], box: _Box, left: float, scale: float, bottom: int, each: float) -> None:
    """All callees of a box, side by side, and theirs above them."""
    for frame, callee in sorted(box.callees.items(), key=lambda item: (item[0].file, item[0].function)):
        width = callee.samples * scale
        if width >= _NARROWEST:
            parts.append(_rectangle(frame, callee.samples * each, left, width, bottom))
            _draw(parts, callee, left, scale, bottom - HEIGHT, each)
        left += width


def _rectangle(frame: Frame, microseconds: float, left: float, width: float, bottom: int) -> str:
    name = f"{frame.function} ({frame.file})"
    shown = frame.function[: int(width / _LETTER)] if width > 3 * _LETTER else ""
    return (
        f"<g><title>{escape(name)}: {microseconds:.1f} µs</title>"
        f'<rect x="{left:.1f}" y="{bottom - HEIGHT + 1}" width="{width:.1f}" height="{HEIGHT - 1}" '
        f'fill="{_colour(frame)}"/>'
        f'<text x="{left + 2:.1f}" y="{bottom - 4}">{escape(shown)}</text></g>'
    )


def _colour(frame: Frame) -> str:
    """Ours in red, asyncpg in blue, the rest in yellow; the shade tells neighbours apart."""
    hue = next((hue for name, hue in _HUES.items() if name in frame.file), _OTHER_HUE)
    return f"hsl({hue},70%,{62 + crc32(frame.function.encode()) % 20}%)"
