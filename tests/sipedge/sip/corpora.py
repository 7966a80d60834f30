"""The torture messages of RFC 4475 and RFC 5118, which live beside the checkout and are never copied into it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

CORPORA = Path(__file__).parents[4] / "shared" / "corpora"


def corpus(name: str, suffix: str) -> list[Path]:
    """The files of one corpus; without them the tests are left out, or fail where CI=true asks for all."""
    files = sorted((CORPORA / name).glob(f"*{suffix}"))
    if not files:
        message = f"the messages of {name} are not at {CORPORA}"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return files


def message(name: str) -> bytes:
    """One message of RFC 4475 by its short name ('wsinv')."""
    return next(path for path in corpus("rfc4475", ".dat") if path.stem == name).read_bytes()
