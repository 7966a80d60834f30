"""`python -m sipedge` started alone, where it cannot start; tests/scenarios has it running."""

import os
import subprocess
import sys

import pytest
from cryptography.fernet import Fernet

from provider.run.environment import ROOT


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
