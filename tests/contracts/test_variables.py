"""The documentation names the variables of the contract: the same names, in any order, and no other of ours."""

import re

from provider.run.environment import ROOT, VARIABLES

READ = re.compile(r"""variables\.\w+\(\s*"([A-Z_]+)\"""")


def read_by_the_edge() -> set[str]:
    """The variables that the edge's own code asks for."""
    return {name for path in (ROOT / "sipedge").glob("*.py") for name in READ.findall(path.read_text())}


def test_operations_lists_every_variable() -> None:
    assert {"SIP_LOG_MESSAGES", "SIP_IDLE_SECONDS"} < read_by_the_edge()
    table = (ROOT / "docs" / "operations.md").read_text().partition("## Variables")[2].partition("\n## ")[0]
    documented = re.findall(r"^\| `([A-Z_]+)` \|", table, re.MULTILINE)
    assert sorted(documented) == sorted({variable.name for variable in VARIABLES} | read_by_the_edge())


def test_every_variable_has_a_default_and_a_meaning() -> None:
    assert all(variable.default and variable.meaning for variable in VARIABLES)
    assert len({variable.name for variable in VARIABLES}) == len(VARIABLES)
