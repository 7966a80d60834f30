"""The documentation names the variables of the contract: the same names, in any order, and no other of ours."""

import re

from provider.run.environment import ROOT, VARIABLES

EDGE_ONLY = {"SIP_LOG_MESSAGES"}


def test_operations_lists_every_variable() -> None:
    table = (ROOT / "docs" / "operations.md").read_text().partition("## Variables")[2].partition("\n## ")[0]
    documented = re.findall(r"^\| `([A-Z_]+)` \|", table, re.MULTILINE)
    assert sorted(documented) == sorted({variable.name for variable in VARIABLES} | EDGE_ONLY)


def test_every_variable_has_a_default_and_a_meaning() -> None:
    assert all(variable.default and variable.meaning for variable in VARIABLES)
    assert len({variable.name for variable in VARIABLES}) == len(VARIABLES)
