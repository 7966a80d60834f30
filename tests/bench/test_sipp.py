"""SIPp's command lines, its statistics, and our scenarios."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from bench import sipp
from bench.processes import BenchError
from bench.sipp import SCENARIOS, Counts, Plan

HEAD = "StartTime;LastResetTime;CurrentTime;ElapsedTime(P);SuccessfulCall(C);FailedCall(C);Retransmissions(C);"
LINE = "{start};{start};2026-11-23\t06:04:18.944877\t1795413858.5;00:00:03;{well};{failed};{again};"
START = "2026-11-23\t06:04:15.295969\t1795413855.0"
RTT = "Date_ms;response_time_ms;rtd_no\n1;4.5;1\n2;8;1\ncut off\n"


def statistics(folder: Path, well: int, failed: int = 0, again: int = 0) -> Path:
    file = folder / "stat.csv"
    first = LINE.format(start=START, well=0, failed=0, again=0)
    last = LINE.format(start=START, well=well, failed=failed, again=again)
    file.write_text(f"{HEAD}\n{first}\n{last}\n")
    return file


def test_the_last_line_counts(tmp_path: Path) -> None:
    times = tmp_path / "rtt.csv"
    times.write_text(RTT)
    counts = sipp.read_counts(0, statistics(tmp_path, 7000, again=3), times)
    assert counts == Counts(0, 7000, 0, 3, 3.5, (4.5, 8.0))
    assert counts.rate == 2000
    assert counts.percentile(0.5) == 4.5
    assert counts.joined(2).retransmissions == 5


@pytest.mark.parametrize(
    ("code", "well", "failed", "reason"),
    [
        (0, 100, 0, ""),
        (1, 99, 1, "SIPp ended with 1: 99 of 100 well, 1 failed"),
        (0, 98, 0, "SIPp ended with 0: 98 of 100 well, 0 failed"),
        (97, 100, 0, "SIPp ended with 97: 100 of 100 well, 0 failed"),
    ],
)
def test_a_run_that_lost_something_says_what(tmp_path: Path, code: int, well: int, failed: int, reason: str) -> None:
    assert sipp.read_counts(code, statistics(tmp_path, well, failed), None).why_not(100) == reason


def test_a_sipp_that_never_ran_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="SIPp ended with 254 and left no statistics"):
        sipp.read_counts(254, tmp_path / "stat.csv", None)


def test_a_side_that_begins_has_a_target_and_a_rate() -> None:
    command = sipp.command_of(
        Plan("register", "127.0.0.1", 5070, 100, 20, Path("u.csv"), ("127.0.0.1", 5060), with_times=True)
    )
    assert command[-3:] == ["-trace_rtt", "-rtt_freq", "1"]
    assert command[command.index("-r") + 1] == "20"
    assert "127.0.0.1:5060" in command
    assert command[command.index("-inf") + 1] == "u.csv"
    assert command[command.index("-m") + 1] == "100"
    assert int(command[command.index("-timeout") + 1]) == 5 + sipp.PATIENCE


def test_a_side_that_waits_has_neither() -> None:
    command = sipp.command_of(Plan("callee", "127.0.0.1", 5070, 100))
    assert not {"-r", "-inf", "-trace_rtt"} & set(command)


def test_users_are_taken_in_turn(tmp_path: Path) -> None:
    file = sipp.write_users(tmp_path / "users.csv", [("u0", "pw"), ("u1", "pw")])
    assert file.read_text().splitlines() == [
        "SEQUENTIAL",
        "u0;[authentication username=u0 password=pw]",
        "u1;[authentication username=u1 password=pw]",
    ]


@pytest.mark.parametrize("file", sorted(SCENARIOS.glob("*.xml")), ids=lambda file: file.stem)
def test_scenarios_are_xml_that_begins_and_ends_its_times(file: Path) -> None:
    tree = ET.parse(file)
    commands = list(tree.getroot())
    assert tree.getroot().tag == "scenario"
    assert {command.tag for command in commands} <= {"send", "recv", "pause"}
    starts = [command for command in commands if "start_rtd" in command.attrib]
    ends = [command for command in commands if "rtd" in command.attrib]
    assert len(starts) == len(ends) <= 1
    for send in tree.iter("send"):
        assert "Content-Length" in (send.text or "")
        assert "Call-ID" in (send.text or "")
