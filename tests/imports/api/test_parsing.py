"""Bodies that are files; what is done with them is tried in test_views.py."""

from io import BytesIO
from types import SimpleNamespace

import pytest

from imports.api.parsing import CsvParser, Upload
from imports.reading import MAX_BYTES
from provider.api.problems import TooLarge


def _parse(content: bytes, length: str | None = None) -> Upload:
    request = SimpleNamespace(META={"CONTENT_LENGTH": str(len(content)) if length is None else length})
    return CsvParser().parse(BytesIO(content), "text/csv", {"request": request})


def test_a_file_is_told_from_every_other_one() -> None:
    one, same, other = (_parse(content) for content in (b"a", b"a", b"b"))
    assert one.fingerprint == same.fingerprint != other.fingerprint
    for upload in (one, same, other):
        upload.file.close()


@pytest.mark.parametrize("length", [str(MAX_BYTES + 1), "-1", "many"])
def test_what_says_to_be_too_large_is_not_read(length: str) -> None:
    with pytest.raises(TooLarge):
        _parse(b"a", length)
