"""SIPp and Kamailio: there, installed, or named."""

import pytest

from bench import tools
from bench.processes import BenchError


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.tools.shutil.which", lambda _program: None)
    monkeypatch.setattr("bench.tools.os.geteuid", lambda: 1000)


@pytest.mark.usefixtures("nothing_installed")
def test_without_sipp_it_says_what_to_install() -> None:
    with pytest.raises(BenchError, match="apt-get install sip-tester"):
        tools.ensure()


def test_without_kamailio_there_is_no_reference(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("bench.tools.shutil.which", lambda program: "sipp" if program == "sipp" else None)
    monkeypatch.setattr("bench.tools.os.geteuid", lambda: 1000)
    tools.ensure()
    assert "no reference: apt-get install kamailio kamailio-postgres-modules" in capsys.readouterr().err


@pytest.mark.usefixtures("nothing_installed")
def test_what_is_missing_has_no_version() -> None:
    assert tools.version("sipp", "-v") == ""


def test_a_version_is_the_first_line_with_a_digit() -> None:
    assert tools.version("python3", "--version").startswith("Python 3")
