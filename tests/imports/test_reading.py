"""CSV files as streams of lines, whatever program wrote them."""

from io import BytesIO

import pytest

from imports.reading import MAX_LINE, FileError, Line, open_sheet


def _read(content: bytes) -> list[Line]:
    return list(open_sheet(BytesIO(content), lambda header: header).lines)


def _refused(content: bytes) -> tuple[int, str]:
    with pytest.raises(FileError) as refused:
        _read(content)
    assert str(refused.value).startswith(f"Line {refused.value.line}: ")
    return refused.value.line, refused.value.code


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_separators_line_ends_and_marks(separator: str, end: str, mark: str) -> None:
    content = (mark + end.join([separator.join("ab"), separator.join(["ä", "2"])])).encode()
    sheet = open_sheet(BytesIO(content), lambda header: header)
    assert (sheet.columns, list(sheet.lines)) == (["a", "b"], [Line(2, ["ä", "2"])])


def test_lines_are_counted_as_an_editor_does() -> None:
    assert _read(b'a,b\n\n"x\ny",1\n , \nz,2\n') == [Line(3, ["x\ny", "1"]), Line(6, ["z", "2"])]


@pytest.mark.parametrize(
    ("content", "refused"),
    [
        (b"", (1, "empty")),
        (b"a,b\nx,1\ny,\xff\n", (3, "not_utf8")),
        (b'a,b\nx,1\ny,"1\n', (3, "not_csv")),
        (b'a,b\nx,1\ny,"1"2\n', (3, "not_csv")),
        (b"a,b\nx,\0\n", (2, "not_csv")),
        (b"a,b\n" + b"x" * MAX_LINE, (2, "not_csv")),
    ],
)
def test_what_is_no_csv_file(content: bytes, refused: tuple[int, str]) -> None:
    assert _refused(content) == refused


def test_rows_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imports.reading.MAX_ROWS", 2)
    assert len(_read(b"a\n1\n2\n")) == 2
    assert _refused(b"a\n1\n2\n3\n") == (4, "too_many_rows")
