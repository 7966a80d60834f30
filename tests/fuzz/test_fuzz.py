"""Seconds of every fuzz target, and the proof that this fuzzing finds what is there (`make fuzz` does it for long)."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from fuzz.__main__ import Campaign, Progress, run, table
from fuzz.seeds import CORPUS, TARGETS, seeds_of, torture_messages, write_corpus
from fuzz.targets import TARGETS as FUNCTIONS
from fuzz.without_atheris import run as run_blind
from tests.fuzz.planted import shallow

SECONDS = 2.0
SECONDS_FOR_PLANTED = 20.0
with_atheris = pytest.mark.skipif(
    find_spec("atheris") is None, reason="atheris has no wheel for this Python or machine"
)


def test_every_target_has_its_seeds_in_the_corpus(tmp_path: Path) -> None:
    assert set(TARGETS) == set(FUNCTIONS)
    write_corpus(tmp_path)
    for target in TARGETS:
        written = {file.name: file.read_bytes() for file in (tmp_path / target).iterdir()}
        assert {file.name: file.read_bytes() for file in (CORPUS / target).iterdir()} == written
        assert len(written) >= 3


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_bears_all_seeds_of_all_targets(name: str) -> None:
    for data in [*(seed for target in TARGETS for seed in seeds_of(target)), *torture_messages(), b"", b"\0"]:
        FUNCTIONS[name](data)


@with_atheris
@pytest.mark.parametrize("name", TARGETS)
def test_seconds_of_fuzzing_find_new_ways_and_no_fault(name: str, tmp_path: Path) -> None:
    campaign = run(name, SECONDS, finds=tmp_path)
    assert campaign.exit_code == 0, "\n".join(campaign.output[-40:])
    assert campaign.grew


@pytest.mark.parametrize("name", TARGETS)
def test_without_atheris_plain_mutations_serve(name: str, tmp_path: Path) -> None:
    runs, found = run_blind(FUNCTIONS[name], seeds_of(name), 0.3, tmp_path)
    assert found is None
    assert runs > 10


@with_atheris
def test_a_planted_bug_is_found_by_its_coverage(tmp_path: Path) -> None:
    campaign = run("planted", SECONDS_FOR_PLANTED, module="tests.fuzz.planted", finds=tmp_path)
    assert campaign.exit_code != 0
    assert "RuntimeError: found" in "\n".join(campaign.output)
    (found,) = tmp_path.glob("crash-*")
    assert found.read_bytes().startswith(b"BUG!")


def test_a_planted_bug_is_found_without_atheris_when_it_is_shallow(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, found = run_blind(shallow, seeds_of("uri"), SECONDS_FOR_PLANTED, tmp_path)
    assert found is not None
    with pytest.raises(UnicodeDecodeError):
        shallow(found.read_bytes())
    assert "UnicodeDecodeError" in capsys.readouterr().err


def test_the_table_tells_growth_from_none() -> None:
    started = Progress(1.0, 10, "INITED", 100, 200)
    growing = Campaign("uri", [started, Progress(4.0, 500, "NEW", 110, 230), Progress(10.0, 1000, "DONE", 120, 250)])
    stuck = Campaign("stream", [started, Progress(10.0, 1000, "DONE", 100, 200)])
    broken = Campaign("fields", [started, Progress(2.0, 30, "NEW", 100, 201)], exit_code=77)
    never = Campaign("digest")
    lines = table([growing, stuck, broken, never]).splitlines()[1:]
    assert lines[0].split() == ["uri", "1000", "100", "100/200", "110/230", "120/250", "grew"]
    assert [line.split()[-1] for line in lines[1:]] == ["GROW", "broken", "begun"]
    assert (growing.grew, stuck.grew, never.grew) == (True, False, False)
