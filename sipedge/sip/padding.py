"""Content-Length with several spaces before its digits, as those write it who leave room for it and fill it in."""

from __future__ import annotations

import re
from typing import Final

_PADDED: Final = re.compile(rb"\r\nContent-Length:  +(?=[0-9])")


def unpadded(data: bytes) -> bytes:
    """The message with one space there, which is what `serialise` writes; what follows the header section stays."""
    start = data.find(b"\r\nContent-Length:  ")
    if start < 0 or start > data.find(b"\r\n\r\n"):
        return data
    padded = _PADDED.match(data, start)
    return data if padded is None else data[:start] + b"\r\nContent-Length: " + data[padded.end() :]
