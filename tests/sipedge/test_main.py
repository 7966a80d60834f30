"""`python -m sipedge` started alone, where it cannot start; tests/scenarios has it running."""

import logging
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
from cryptography.fernet import Fernet

from provider.run.environment import ROOT
from sipedge.__main__ import _log_unraisable


@pytest.fixture
def start(tmp_path, unused_tcp_port):
    def run(**variables):
        environ = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
        own = {"DATA_DIR": str(tmp_path), "SIP_BIND": f"127.0.0.1:{unused_tcp_port}"}
        return subprocess.run(
            [sys.executable, "-m", "sipedge"],
            cwd=ROOT,
            env={**environ, **own, **variables},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


COMPLETE = {"SECRET_KEY": "s", "CREDENTIAL_KEYS": Fernet.generate_key().decode()}


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({}, "CREDENTIAL_KEYS is not set"),
        ({**COMPLETE}, "DATABASE_URL is not set"),
        ({**COMPLETE, "DATABASE_URL": "postgres://u:p@127.0.0.1:1/d"}, "PostgreSQL"),
        ({**COMPLETE, "SIP_BIND": "everywhere"}, "SIP_BIND is 'everywhere'"),
    ],
)
def test_what_is_wrong_is_one_plain_line(start, variables, said):
    ended = start(**variables)
    assert ended.returncode == 1
    (line,) = ended.stderr.strip().splitlines()
    assert said in line
    assert "Traceback" not in ended.stderr
    assert COMPLETE["CREDENTIAL_KEYS"] not in ended.stderr


def test_what_python_can_only_print_is_one_line_and_what_strangers_cause_is_none(caplog):
    fault, theirs = ValueError("a\nb"), UnicodeDecodeError("ascii", b"\xbb", 0, 1, "no")
    with caplog.at_level(logging.INFO, "sipedge"):
        for error in (fault, theirs):
            _log_unraisable(SimpleNamespace(exc_value=error))
    assert [record.getMessage() for record in caplog.records] == ["x ignored: ValueError('a\\nb')"]
