"""Cells that no spreadsheet computes, and that read back as they were."""

import csv

import pytest

from provider.csv_cells import Echo, bare, harmless


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("", ""), ("plain", "plain"), ("a=b", "a=b"), ("=1+1", "'=1+1"), ("-x", "'-x"), ("@a", "'@a"),
        ("\tx", "'\tx"), ("a;=1", "a;'=1"), ("a\t+1", "a\t'+1"), ("a\n@b", "a\n'@b"), ("'quoted'", "'quoted'"),
        ("'=1", "''=1"), ("''-", "'''-"), ("a;'+1", "a;''+1"),
    ],
)  # fmt: skip
def test_what_begins_like_a_formula_is_text(text: str, cell: str) -> None:
    assert (harmless(text), bare(cell)) == (cell, text)


def test_a_line_is_given_back() -> None:
    assert csv.writer(Echo()).writerow(["a", 'say "b"']) == 'a,"say ""b"""\r\n'
