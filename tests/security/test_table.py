"""docs/security.md says what the matrix tries, and names defences that are there."""

import importlib
import re

import pytest

from tests.security.rows import ROWS
from tests.security.table import DOCUMENT, written

DEFENCES = sorted({one.defence for row in ROWS for one in row.proofs})
_NAMED = re.compile(r"([a-z_0-9/]+)\.py(?: ([A-Za-z_0-9.]+))?")


def test_the_document_is_the_matrix() -> None:
    text = DOCUMENT.read_text()
    assert written(text) == text, "write it anew: python -m tests.security.table"


@pytest.mark.parametrize("defence", DEFENCES)
def test_the_defence_is_there(defence: str) -> None:
    found = _NAMED.findall(defence)
    assert found
    for path, name in found:
        thing = importlib.import_module("sipedge." + path.replace("/", "."))
        for part in name.split(".") if name else ():
            thing = getattr(thing, part)
