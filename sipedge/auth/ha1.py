"""What is kept of a SIP password: the HA1 digests of RFC 7616 §3.4.2, never the password.

One credential has up to four of them: MD5 and SHA-256 (RFC 8760), each for the digest user `alice`
and for `alice@example.org`, which some phones send. The packed form is what is encrypted and stored.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

_PACKED_VERSION: Final = 1
_FIELDS: Final = (("md5", 16), ("sha256", 32), ("md5_at", 16), ("sha256_at", 32))


@dataclass(frozen=True, slots=True)
class Ha1Set:
    """The HA1 values of one credential as raw bytes (16 for MD5, 32 for SHA-256); None: not known.

    md5, sha256: for the digest user `user`. md5_at, sha256_at: for the digest user `user@realm`.
    """

    md5: bytes | None = None
    sha256: bytes | None = None
    md5_at: bytes | None = None
    sha256_at: bytes | None = None

    def __post_init__(self) -> None:
        for name, length in _FIELDS:
            value = getattr(self, name)
            if value is not None and len(value) != length:
                raise ValueError(f"HA1 {name} must have {length} bytes, not {len(value)}")

    def __repr__(self) -> str:
        known = ", ".join(name for name, _ in _FIELDS if getattr(self, name) is not None)
        return f"<Ha1Set {known}>"  # an HA1 is as good as the password: it must not reach a log

    @classmethod
    def from_password(cls, username: str, realm: str, password: str) -> Ha1Set:
        """All four values of a password. username without '@realm'; realm: the domain's first name."""
        short = f"{username}:{realm}:{password}".encode()
        long = f"{username}@{realm}:{realm}:{password}".encode()
        return cls(
            md5=hashlib.md5(short, usedforsecurity=False).digest(),
            sha256=hashlib.sha256(short).digest(),
            md5_at=hashlib.md5(long, usedforsecurity=False).digest(),
            sha256_at=hashlib.sha256(long).digest(),
        )

    def pack(self) -> bytes:
        """The stored form: a version byte, a byte with one bit for each known value, the values."""
        mask = 0
        values = b""
        for bit, (name, _) in enumerate(_FIELDS):
            value: bytes | None = getattr(self, name)
            if value is not None:
                mask |= 1 << bit
                values += value
        return bytes((_PACKED_VERSION, mask)) + values

    @classmethod
    def unpack(cls, packed: bytes) -> Ha1Set:
        """Read what `pack` wrote. Raises ValueError when it is anything else."""
        if len(packed) < 2 or packed[0] != _PACKED_VERSION or packed[1] >= 1 << len(_FIELDS):
            raise ValueError("not a packed Ha1Set")
        values: dict[str, bytes] = {}
        position = 2
        for bit, (name, length) in enumerate(_FIELDS):
            if packed[1] & 1 << bit:
                values[name] = packed[position : position + length]
                position += length
        if position != len(packed):
            raise ValueError("not a packed Ha1Set: wrong length")
        return cls(**values)
