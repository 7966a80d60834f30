"""The stream of all parts: whole lines, no control characters, no growth without bound."""

import io
import re

import pytest

from provider.run.output import LINES_KEPT, LONGEST_LINE, LineReader, Output, printable


@pytest.fixture
def target() -> io.StringIO:
    return io.StringIO()


def _lines(target: io.StringIO) -> list[str]:
    return [re.sub(r"^\d\d:\d\d:\d\d ", "", line) for line in target.getvalue().splitlines()]


def test_lines_come_out_whole_however_they_were_cut(target: io.StringIO) -> None:
    reader = LineReader("edge", Output(target))
    for byte in "über zwei\nZeilen\n".encode():
        reader.feed(bytes([byte]))
    assert _lines(target) == ["edge     über zwei", "edge     Zeilen"]


def test_a_last_line_without_an_end_is_not_lost(target: io.StringIO) -> None:
    reader = LineReader("web", Output(target))
    reader.feed(b"the end")
    assert _lines(target) == []
    reader.close()
    reader.close()
    assert _lines(target) == ["web      the end"]


def test_a_line_that_never_ends_is_cut(target: io.StringIO) -> None:
    reader = LineReader("web", Output(target))
    for _ in range(3):
        reader.feed(b"x" * LONGEST_LINE)
    assert len(reader._rest) <= LONGEST_LINE
    assert len(_lines(target)) == 1


def test_what_a_stranger_sent_cannot_steer_the_terminal(target: io.StringIO) -> None:
    LineReader("edge", Output(target)).feed(b"\x1b]0;owned\x07 \xff \x00\r\n")
    assert _lines(target) == ["edge     �]0;owned� � �"]
    assert printable("a\tb\x9bc") == "a\tb�c"


def test_the_last_words_are_the_last_error(target: io.StringIO) -> None:
    reader = LineReader("web", Output(target))
    assert reader.last_words() == "it said nothing"
    reader.feed(b"ValueError: this\n  more Error\nshutting down\n")
    assert reader.last_words() == "ValueError: this"
    reader.feed(b"plain\n" * LINES_KEPT)
    assert reader.last_words() == "plain"
    assert len(reader.last) == LINES_KEPT


def test_a_terminal_gets_colours_and_a_file_does_not(target: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    Output(target).line("web", "plain")
    assert "\033" not in target.getvalue()
    monkeypatch.setattr(target, "isatty", lambda: True)
    Output(target).line("web", "coloured")
    assert "\033[36mweb" in target.getvalue()


def test_a_reader_that_went_away_silences_it(target: io.StringIO) -> None:
    output = Output(target)
    target.close()
    output.line("web", "nobody reads this")
