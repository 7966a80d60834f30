"""German is complete, and what is compiled is what is written."""

import gettext
import re
import subprocess
from pathlib import Path

from provider.run.environment import ROOT
from tests.tools import require

FOLDER = ROOT / "locale" / "de" / "LC_MESSAGES"
SOURCES = (
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


def _written() -> dict[str, str]:
    """msgid → msgstr of the text file; of plurals the first form."""
    text = (FOLDER / "django.po").read_text()
    pairs = re.findall(r'^msgid "(.+)"\n(?:msgid_plural .*\n)?msgstr(?:\[0\])? "(.*)"$', text, re.MULTILINE)
    return {_plain(key): _plain(value) for key, value in pairs}


def _plain(quoted: str) -> str:
    return quoted.replace(r"\"", '"').replace(r"\n", "\n")


def test_every_text_is_translated() -> None:
    written = _written()
    assert len(written) > 400
    assert [key for key, value in written.items() if not value] == []
    assert "#, fuzzy" not in (FOLDER / "django.po").read_text()


def test_what_is_compiled_is_what_is_written() -> None:
    with (FOLDER / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    differing = {
        key for key, value in _written().items() if value not in {compiled.gettext(key), _first(compiled, key)}
    }
    assert differing == set()


def _first(compiled: gettext.GNUTranslations, key: str) -> str:
    catalog: dict[object, str] = compiled._catalog  # type: ignore[attr-defined]
    return catalog.get((key, 0), "")


def test_no_text_of_the_code_is_missing(tmp_path: Path) -> None:
    xgettext = require("xgettext")
    files = [str(path) for room in SOURCES for path in (ROOT / room).rglob("*.py")]
    names = [f"--keyword={name}" for name in ("_", "gettext", "gettext_lazy", "ngettext:1,2")]
    target = tmp_path / "found.po"
    command = [xgettext, "--language=Python", "--from-code=UTF-8", "--no-wrap", *names, "-o", str(target), *files]
    subprocess.run(command, check=True, capture_output=True)
    found = {_plain(key) for key in re.findall(r'^msgid "(.+)"$', target.read_text(), re.MULTILINE)}
    assert found - set(_written()) == set()
