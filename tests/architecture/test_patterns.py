"""Regular expressions that mean the same on every Python that we run on.

Python 3.11.0 to 3.11.4 (Debian 12 has 3.11.2) match a possessive group such as `(?:…)*+` wrongly
(python/cpython#106052). `(?>(?:…)*)` says the same and is right everywhere; `[…]*+` is right too.
"""

import re

from tests.architecture.sources import ROOMS, modules, short

POSSESSIVE_GROUP = re.compile(r"(?<!\\)\)(?:[*+?]|\{{1,2}[0-9,]+\}{1,2})\+")


def test_no_group_is_possessive() -> None:
    guilty = [short(path) for path in modules(*ROOMS) if POSSESSIVE_GROUP.search(path.read_text())]
    assert guilty == []


def test_the_search_finds_what_it_is_for() -> None:
    assert all(POSSESSIVE_GROUP.search(text) for text in (r"(?:a)*+", r"(a)?+", r"(a){1,3}+", r"rf'(a){{2}}+'"))
    assert not any(POSSESSIVE_GROUP.search(text) for text in (r"[a]*+", r"(?>(?:a)*)", r"\)*+", "f(x) + 1"))
