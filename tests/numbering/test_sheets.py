"""How files of numbers are read, whatever program wrote them, and that no cell is a formula."""

import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from numbering import sheets
from numbering.sheets import Problem, Row, SheetError, lines, read


def _text_of(content: str | bytes) -> str:
    with pytest.raises(SheetError) as refused:
        read(content.encode() if isinstance(content, str) else content)
    return f"{refused.value.problem.line}: {refused.value.problem.text}"


def _problems(content: str) -> list[str]:
    return [f"{problem.line}: {problem.text}" for problem in read(content.encode()).problems]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_files_as_spreadsheets_write_them(separator: str, end: str, encoding: str) -> None:
    table = [
        ["Number", "Reseller", "Subscriber", "main", "extension_digits", "state", "note"],
        ["'+43 1 1001", "Müller & Co", "sip:Alice@Example.org", "YES", "3", "Assigned", f"a{separator}b"],
    ]
    text = end.join(separator.join(f'"{cell}"' for cell in row) for row in table) + end
    row = Row(2, "+4311001", "Müller & Co", ("alice", "example.org"), True, 3, "assigned", f"a{separator}b")
    assert read(text.encode(encoding)) == ([row], [])


def test_what_a_line_does_not_say() -> None:
    assert read(b"number;main\n+4311001;\n\n;\n+4311002;no\n").rows == [
        Row(2, "+4311001"),
        Row(5, "+4311002", main=False),
    ]


def test_each_line_that_is_wrong_is_named() -> None:
    content = (
        "number,subscriber,main,extension_digits,state\n"
        "4311001,,,,\n"
        "4.31E+09,,,,\n"
        "+4311001,alice,,,\n"
        "+4311002,,perhaps,,\n"
        "+4311003,,,13,\n"
        "+4311004,,,,lost\n"
        "+4311005,,,\n"
        "+4311006,,,,\n"
        "+43 1 1006,,,,\n"
    )
    found = _problems(content)
    beginnings = [
        "2: “4311001” is no number",
        "3: 4.31E+09 was rounded",
        "4: “alice” is no subscriber",
        "5: main is yes or no",
    ]
    beginnings += [
        "6: extension_digits is",
        "7: state is one of",
        "8: 4 cells instead of 5",
        "10: +4311006 stands in line 9",
    ]
    assert [one.startswith(beginning) for one, beginning in zip(found, beginnings, strict=True)] == [True] * 8


def test_a_number_that_a_spreadsheet_rounded_is_said_to_be() -> None:
    assert "rounded by a spreadsheet" in _problems('number;note\n"4,31E+09";x\n')[0]


def test_what_cannot_be_read_at_all_names_the_line() -> None:
    assert _text_of(b"number\n+4311001\n+431\xff\n").startswith("3: It is not UTF-8")
    assert _text_of("number\n+431\0\n").startswith("2: It holds a NUL")
    assert _text_of("").startswith("1: The first line names")
    assert _text_of("+4311001\n").startswith("1: The first line names")
    assert _text_of("number,number\n").startswith("1: The first line names")
    assert _text_of("number,colour\n").startswith("1: The first line names")
    assert _text_of('number,note\n+4311001,"open\n').startswith("2: A quotation mark")


def test_files_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MAX_LINES", 2)
    assert len(read(b"number\n+431\n+432\n").rows) == 2
    assert _text_of("number\n+431\n+432\n+433\n").startswith("4: At most 2 lines")
    monkeypatch.setattr(sheets, "MAX_BYTES", 5)
    assert "too large" in _text_of("number\n")


def test_a_note_is_as_long_as_a_note_may_be() -> None:
    assert _problems(f"number,note\n+431,{'x' * 201}\n") == ["2: The note is longer than 200 characters."]


def test_no_cell_is_a_formula_but_a_number_keeps_its_plus() -> None:
    rows = [Row(0, "+4311001", "=cmd|calc", ("-1", "@x"), None, 0, "free", "@SUM(1);=1+1")]
    header, line = lines(iter(rows))
    assert header == "number,reseller,subscriber,main,extension_digits,state,note\r\n"
    assert next(csv.reader(StringIO(line))) == ["+4311001", "'=cmd|calc", "'-1@@x", "", "0", "free", "'@SUM(1);'=1+1"]


_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n"), max_size=20).map(str.strip)


@given(_TEXT.filter(lambda text: not text.startswith("'")), _TEXT.filter(lambda text: not text.startswith("'")))
def test_what_was_written_is_read_as_it_was(reseller: str, note: str) -> None:
    row = Row(2, "+4311001", reseller, ("alice", "example.org"), True, 0, "assigned", note)
    assert read("".join(lines(iter([row]))).encode()) == ([row], [])


def test_a_problem_has_a_line_and_words() -> None:
    assert Problem(3, "text")._asdict() == {"line": 3, "text": "text"}
