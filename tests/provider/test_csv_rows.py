"""CSV that no spreadsheet runs."""

import pytest

from provider.csv_rows import csv_response, safe_cell


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"), ("+4311001", "'+4311001"), ("-x", "'-x"), ("@a", "'@a"), ("\tx", "'\tx"), ("\r=x", "'\r'=x"),
        ("sip:1;=cmd|x!A1@b", "sip:1;'=cmd|x!A1@b"), ("a\t=1", "a\t'=1"), ("a\n+1", "a\n'+1"), ("a;\t=1", "a;'\t'=1"),
        ("sip:+43@b;user=phone", "sip:+43@b;user=phone"),
        ("plain", "plain"), (None, ""), (-1.5, "-1.5"), (7, "7"), ("a\0b", "ab"),
    ],
)  # fmt: skip
def test_what_begins_like_a_formula_is_text(value: object, cell: str) -> None:
    assert safe_cell(value) == cell


def test_a_file_is_streamed_with_its_header() -> None:
    response = csv_response("calls", ["a", "b"], iter([["=x", 'say "hi", you'], [1, None]]))
    assert response.streaming
    assert response["Content-Disposition"] == 'attachment; filename="calls.csv"'
    text = b"".join(response).decode("utf-8-sig")  # type: ignore[arg-type]
    assert text == 'a,b\r\n\'=x,"say ""hi"", you"\r\n1,\r\n'
