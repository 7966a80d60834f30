"""The lines of Python that docs/events.md shows to those who follow the feed or take webhooks, as they stand there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from provider.run.environment import ROOT

Verify: TypeAlias = Callable[[str, str, bytes], bool]
"""(secret, the header Freiton-Signature, the body as it came) → whether it is from the provider."""
Follow: TypeAlias = Callable[[str, str], Iterator[tuple[list[dict[str, Any]], str]]]
"""(where to begin, token) → for ever (events, where to go on)."""


def verify_of_the_document() -> Verify:
    """The function `verify`."""
    verify: Verify = _shown("verify")
    return verify


def follow_of_the_document() -> Follow:
    """The function `follow`."""
    follow: Follow = _shown("follow")
    return follow


def _shown(name: str) -> Any:
    text = (ROOT / "docs" / "events.md").read_text()
    (code,) = [block for block in re.findall(r"```python\n(.+?)```", text, re.DOTALL) if f"def {name}(" in block]
    known: dict[str, Any] = {}
    exec(code, known)  # noqa: S102 - our own document
    return known[name]
