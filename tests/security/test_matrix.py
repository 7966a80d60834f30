"""Every row of the SIP edge's security matrix holds, and is seen to fail when its defence is taken away."""

import asyncio
import inspect

import pytest

from tests.security.matrix import Proof
from tests.security.rows import ROWS

PROOFS = [pytest.param(one, id=f"{row.key}-{one.name}") for row in ROWS for one in row.proofs]


def run(one: Proof) -> None:
    result = one.check()
    if inspect.iscoroutine(result):
        asyncio.run(result)


@pytest.mark.parametrize("one", PROOFS)
def test_row_holds(one: Proof) -> None:
    run(one)


@pytest.mark.parametrize("one", PROOFS)
def test_row_is_seen_to_fail_without_its_defence(one: Proof, monkeypatch: pytest.MonkeyPatch) -> None:
    one.without(monkeypatch)
    with pytest.raises(AssertionError):
        run(one)


def test_keys_are_unique() -> None:
    keys = [row.key for row in ROWS]
    names = [one.name for row in ROWS for one in row.proofs]
    assert len(set(keys)) == len(keys)
    assert len(set(names)) == len(names)
    assert all(row.proofs for row in ROWS)
