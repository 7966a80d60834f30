"""Entity tags: the same for the same, and what names one."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from provider.api.etags import etag_of, is_named


def test_a_tag_is_of_what_is_shown() -> None:
    row = {"id": UUID(int=1), "at": datetime(2026, 1, 1, tzinfo=UTC), "names": ["a", "b"]}
    assert etag_of(row) == etag_of(dict(reversed(row.items())))
    assert etag_of(row) != etag_of(row | {"names": ["b", "a"]})
    assert etag_of(row).startswith('"')


@pytest.mark.parametrize(
    ("header", "is_meant"),
    [('"a"', True), ("*", True), ('"b", "a"', True), ('W/"a"', True), ('"b"', False), ("a", False), ("", False)],
)
def test_what_names_a_version(header: str, is_meant: bool) -> None:
    assert is_named(header, '"a"') is is_meant
