import time

import pytest

from sipedge.sip.controls import has_bare_control, has_stray_line_end, only_line_ends


def test_only_line_ends() -> None:
    assert only_line_ends(b"a\r\nb\tc\r\n", 2)
    assert not only_line_ends(b"a\r\nb\x00\r\n", 2)
    assert not only_line_ends(b"a\r\nb\n", 1)


def test_stray_line_ends() -> None:
    assert not has_stray_line_end(b"a\r\nb", 1)
    assert has_stray_line_end(b"a\r\nb\r", 1)
    assert has_stray_line_end(b"a\r\nb\nc", 1)


@pytest.mark.parametrize("text", ["", "a\tb", '"\\\x00"', 'a "x\\\x07y" b', "ü\x85"])
def test_no_bare_control(text: str) -> None:
    assert not has_bare_control(text)


@pytest.mark.parametrize(
    "text", ["\x00", '"\\\n"', '"\x00"', "\\\x00", '"a" \x7f "b"', '"\\\\\x00"', '"a\\\x00', "a\rb", '"\\\\" \\\x00']
)
def test_bare_control(text: str) -> None:
    assert has_bare_control(text)


@pytest.mark.parametrize("unit", ['"', '\\"', '"\\', '"\\\x00"', "\\", '\\"\x00'])
def test_hostile_lines_cost_linear_time(unit: str) -> None:
    begun = time.process_time()
    for text in ('"' + unit * (60_000 // len(unit)) + "\x00", "\x00" + unit * (60_000 // len(unit))):
        assert has_bare_control(text)
    assert time.process_time() - begun < 1
