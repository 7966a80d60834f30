"""Log lines: the same text as logging's own formatter makes, and what is switched off stays off."""

import logging
import sys
import time

import pytest

from sipedge.log_lines import LineFormatter, set_up_logging


@pytest.fixture
def log(monkeypatch):
    """A logger of its own; logging's switches are as before when the test is over."""
    for switch in ("_srcfile", "logThreads", "logProcesses", "logMultiprocessing"):
        monkeypatch.setattr(logging, switch, getattr(logging, switch))
    log = logging.Logger("lines")
    set_up_logging(log)
    return log


def usual():
    formatter = logging.Formatter("%(asctime)s.%(msecs)03dZ %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    return formatter


@pytest.mark.parametrize("created", [0.0, 1_800_000_000.0, 1_800_000_000.9999, 1_800_000_001.0314])
def test_a_line_reads_as_loggings_own(created):
    record = logging.LogRecord("sipedge", logging.WARNING, "", 0, "= %s and %d", ("a", 7), None)
    record.created, record.msecs = created, int((created - int(created)) * 1000) + 0.0
    ours = LineFormatter()
    assert ours.format(record) == usual().format(record)
    assert ours.format(record) == usual().format(record)  # the second's words are known now


def test_seconds_do_not_stick():
    record = logging.LogRecord("sipedge", logging.INFO, "", 0, "x", (), None)
    ours = LineFormatter()
    for created in (1_800_000_000.5, 1_800_000_001.5, 1_800_000_000.5):
        record.created, record.msecs = created, 500.0
        assert ours.format(record) == usual().format(record)


def test_a_trace_is_told_in_full(log, capsys):
    log.handlers[0].setStream(sys.stderr)
    try:
        raise ZeroDivisionError("by nothing")
    except ZeroDivisionError as error:
        log.error("x failed", exc_info=error)
    told = capsys.readouterr().err
    assert "ERROR x failed\nTraceback" in told
    assert "ZeroDivisionError: by nothing" in told


def test_lines_below_info_are_not_written(log, capsys):
    log.handlers[0].setStream(sys.stderr)
    log.debug("not this")
    log.info("this")
    told = capsys.readouterr().err
    assert told.endswith("Z INFO this\n")
    assert "not" not in told
