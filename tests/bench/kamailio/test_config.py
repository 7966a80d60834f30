"""Kamailio's configuration in each mode; Kamailio itself says whether it is one."""

import shutil
import subprocess
from pathlib import Path

import pytest

from bench.kamailio.config import Mode, Settings, render


def settings(mode: Mode, folder: Path) -> Settings:
    return Settings(mode, "postgres://kamailio:secret@127.0.0.1:5432/kamailio", "127.0.0.1", 5098, str(folder))


@pytest.mark.parametrize(
    ("mode", "db_mode", "has_cache"),
    [
        (Mode.MEMORY, 0, True),
        (Mode.WRITTEN_BACK, 2, True),
        (Mode.AUTH_DB_BACK, 2, False),
        (Mode.WRITTEN_THROUGH, 1, True),
        (Mode.AUTH_DB_THROUGH, 1, False),
    ],
)
def test_a_mode_says_where_secrets_and_bindings_are(mode: Mode, db_mode: int, has_cache: bool, tmp_path: Path) -> None:
    text = render(settings(mode, tmp_path))
    assert f'modparam("usrloc", "db_mode", {db_mode})' in text
    assert ("pv_auth_check(" in text) is has_cache
    assert ("    if (!auth_check(" in text) is not has_cache
    assert 'modparam("auth", "qop", "auth")' in text
    assert "{" not in text.split("request_route")[0].replace("${", "")


@pytest.mark.parametrize("mode", list(Mode), ids=lambda mode: mode.name)
def test_kamailio_can_read_it(mode: Mode, tmp_path: Path) -> None:
    program = shutil.which("kamailio")
    if program is None:
        pytest.skip("kamailio is not installed (Debian: kamailio kamailio-postgres-modules)")
    file = tmp_path / "kamailio.cfg"
    file.write_text(render(settings(mode, tmp_path)))
    done = subprocess.run([program, "-c", "-f", str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
