"""The documents name files that are there: who looks for them finds them."""

import re
from pathlib import Path

import pytest

from provider.run.environment import ROOT

DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
PLACES = (ROOT, ROOT / "sipedge", ROOT / "tests", ROOT / "tests" / "sipedge", ROOT / "provider", ROOT / "docs")
_FILE = re.compile(r"(?<![\w/.$-])((?:[a-z_0-9-]+/)*[a-z_0-9-]+\.(?:py|xml|toml|yml|png))\b")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_files_that_are_named_exist(document: Path) -> None:
    named = set(_FILE.findall(document.read_text()))
    missing = {name for name in named if "/" in name and not any((place / name).exists() for place in PLACES)}
    assert missing == set()


def test_the_check_finds_something() -> None:
    found = _FILE.findall("see `sipedge/edge.py` and transport/nothing.py")
    assert found == ["sipedge/edge.py", "transport/nothing.py"]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", document.read_text())
    assert [target for target in targets if not (document.parent / target).exists()] == []
