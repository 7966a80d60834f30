"""How a password that must be known again is packed before it is encrypted.

A phone's is kept as HA1 alone (ha1.py). A gateway's and a carrier's belong to realms that the other side chooses, so
the password itself is kept. The mark keeps the two kinds apart: neither can be put in the other's place.
"""

from __future__ import annotations

from typing import Final

_MARK: Final = b"password\0"


def pack_password(password: str) -> bytes:
    """The form that is encrypted."""
    return _MARK + password.encode()


def unpack_password(packed: bytes) -> str:
    """Read what `pack_password` wrote. Raises ValueError when it is anything else."""
    if not packed.startswith(_MARK):
        raise ValueError("not a packed password")
    return packed[len(_MARK) :].decode()
