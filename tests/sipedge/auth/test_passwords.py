"""Passwords in the form that is encrypted."""

import pytest

from sipedge.auth.ha1 import Ha1Set
from sipedge.auth.passwords import pack_password, unpack_password


@pytest.mark.parametrize("password", ["geheim", "", "Paßwort mit Leerzeichen", "\0"])
def test_what_was_packed_is_unpacked(password: str) -> None:
    assert unpack_password(pack_password(password)) == password


@pytest.mark.parametrize("packed", [b"", b"geheim", b"password", b"password\0\xff", Ha1Set(md5=b"x" * 16).pack()])
def test_anything_else_is_no_password(packed: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  one of two, by which byte is wrong
        unpack_password(packed)


def test_a_password_is_no_ha1() -> None:
    with pytest.raises(ValueError, match="not a packed Ha1Set"):
        Ha1Set.unpack(pack_password("x" * 16))
