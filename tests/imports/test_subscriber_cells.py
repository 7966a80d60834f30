"""What the cells of a line of subscribers say; the lines themselves are tried in test_subscriber_rows.py."""

import pytest

from imports.reading import FileError
from imports.subscriber_cells import COLUMNS, columns_of, read

LINE = ["carol", "a.example.org", "Bakery", "Carol", "+4311|+4312", "+4312", "yes", "3", "MD5", "hunter2hunter2"]


def test_every_column_is_read() -> None:
    wanted, wrong = read(7, list(COLUMNS), [*LINE, "", "", "", ""])
    assert (wrong, wanted.line, wanted.name) == ([], 7, "carol@a.example.org")
    assert (wanted.numbers, wanted.main_number, wanted.is_active) == (("+4311", "+4312"), "+4312", True)
    assert (wanted.max_calls, wanted.digest_algorithm, wanted.password) == (3, "MD5", "hunter2hunter2")


def test_empty_cells_say_nothing() -> None:
    wanted, wrong = read(2, list(COLUMNS), ["carol", "a.example.org", *[""] * (len(COLUMNS) - 2)])
    assert wrong == []
    assert (wanted.is_active, wanted.max_calls, wanted.numbers, wanted.ha1, wanted.password) == (
        None,
        None,
        (),
        None,
        "",
    )


def test_what_spreadsheets_were_kept_from_is_read_as_it_was_meant() -> None:
    columns = ["username", "domain", "display_name", "numbers", "password"]
    wanted, wrong = read(2, columns, ["carol", "a.example.org", "'=Carol", "'+4311 '+4312", "'=secret99"])
    assert (wrong, wanted.display_name, wanted.numbers) == ([], "=Carol", ("+4311", "+4312"))
    assert wanted.password == "'=secret99"


def test_passwords_are_in_no_message() -> None:
    columns = ["username", "domain", "is_active", "max_calls", "digest_algorithm", "password", "md5"]
    _wanted, wrong = read(2, columns, ["carol!", "a.example.org", *["hunter2\x07"] * 5])
    assert {one.column for one in wrong} == {
        "username",
        "is_active",
        "max_calls",
        "digest_algorithm",
        "password",
        "md5",
    }
    assert not any("hunter2" in str(one.message) for one in wrong)


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("username,domain,colour", "unknown_column"),
        ("username,domain,domain", "column_twice"),
        ("domain", "column_missing"),
    ],
)
def test_headers_that_are_refused(header: str, code: str) -> None:
    with pytest.raises(FileError) as refused:
        columns_of(header.split(","))
    assert refused.value.code == code
    assert columns_of(["Username ", "DOMAIN"]) == ["username", "domain"]
