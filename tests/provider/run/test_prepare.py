"""`python -m provider.run.prepare`: keys and `run/env` for parts that others start one by one."""

import os
import sys
from pathlib import Path

import pytest

from provider.run import prepare
from provider.run.environment import ROOT, read_environment

SERVICES = {"DATABASE_URL": "postgresql://u:p@db/freiton", "REDIS_URL": "redis://r/0"}


@pytest.fixture(autouse=True)
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SECRET_KEY", "CREDENTIAL_KEYS"):
        monkeypatch.delenv(name)
    for name, value in (SERVICES | {"DATA_DIR": str(tmp_path)}).items():
        monkeypatch.setenv(name, value)


def test_it_makes_keys_and_becomes_the_management_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    became: list[object] = []
    monkeypatch.setattr(os, "execve", lambda *arguments: became.extend(arguments))
    prepare.main()
    program, command, variables = became
    assert (program, command) == (sys.executable, [sys.executable, str(ROOT / "manage.py"), "prepare"])
    alone = read_environment({"DATA_DIR": str(tmp_path)})
    assert alone.secret_key
    assert alone.database_url == SERVICES["DATABASE_URL"]
    assert isinstance(variables, dict)
    assert variables["SECRET_KEY"] == alone.secret_key


@pytest.mark.parametrize("missing", sorted(SERVICES))
def test_without_services_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    monkeypatch.delenv(missing)
    with pytest.raises(SystemExit, match="need DATABASE_URL and REDIS_URL"):
        prepare.main()
