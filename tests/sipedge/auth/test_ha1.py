import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipedge.auth.ha1 import Ha1Set


def test_all_four_values_of_a_password() -> None:
    known = Ha1Set.from_password("alice", "example.org", "geheim")
    assert known.md5 == hashlib.md5(b"alice:example.org:geheim", usedforsecurity=False).digest()
    assert known.sha256 == hashlib.sha256(b"alice:example.org:geheim").digest()
    assert known.md5_at == hashlib.md5(b"alice@example.org:example.org:geheim", usedforsecurity=False).digest()
    assert known.sha256_at == hashlib.sha256(b"alice@example.org:example.org:geheim").digest()


def test_the_example_of_rfc_7616() -> None:
    known = Ha1Set.from_password("Mufasa", "http-auth@example.org", "Circle of Life")
    assert known.md5 is not None
    assert known.md5.hex() == "3d78807defe7de2157e2b0b6573a855f"


def optional(length: int) -> st.SearchStrategy[bytes | None]:
    return st.none() | st.binary(min_size=length, max_size=length)


@given(st.builds(Ha1Set, optional(16), optional(32), optional(16), optional(32)))
def test_what_is_packed_is_unpacked(known: Ha1Set) -> None:
    assert Ha1Set.unpack(known.pack()) == known


def test_a_packed_set_has_a_pinned_form() -> None:
    assert Ha1Set(md5=b"m" * 16, sha256_at=b"s" * 32).pack() == b"\x01\x09" + b"m" * 16 + b"s" * 32


@pytest.mark.parametrize(
    "packed", [b"", b"\x01", b"\x02\x00", b"\x01\x10", b"\x01\x01" + b"m" * 15, b"\x01\x01" + b"m" * 17, b"\x01\x00x"]
)
def test_what_is_no_packed_set_is_refused(packed: bytes) -> None:
    with pytest.raises(ValueError, match=r"packed|HA1"):
        Ha1Set.unpack(packed)


def test_a_value_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="sha256 must have 32 bytes, not 16"):
        Ha1Set(sha256=b"x" * 16)


def test_no_value_shows_in_logs() -> None:
    known = Ha1Set.from_password("alice", "example.org", "geheim")
    assert repr(known) == "<Ha1Set md5, sha256, md5_at, sha256_at>"
    assert repr(Ha1Set()) == "<Ha1Set >"
