"""Ways to spoil a SIP message, each of them seen on real networks or in RFC 4475. Pure: the randomness is given."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final

Mutator = Callable[[Random, bytes], bytes]

MAX_LENGTH: Final = 60_000  # bytes: what still fits into a datagram
_HOW_OFTEN: Final = (1, 1, 1, 2, 3, 5, 20)
"""Mostly so little that the message still gets far."""
_LINE_END: Final = b"\r\n"
_NUMBERS: Final = (b"0", b"-1", b"255", b"256", b"65536", b"2147483648", b"4294967296", b"9" * 40, b"1e9", b"0x10", b"")
_ODD_BYTES: Final = (
    *(b"\0", b"\r", b"\n", b"\r\n", b"\r\n ", b"\t", b'"', b"\\", b"<", b">", b";", b",", b"=", b"%", b"%00"),
    *(b"%0D%0A", b"\x08", b"\x85", b"\xe2\x80\xa8"),
    *(b"\xc3\xa9", b"\xff", b"\xed\xa0\x80", b"\xf0\x9f\x93\x9e", b"\xef\xbb\xbf", b"\xc0\x80", b"\x7f", b"\x1b"),
)
_COMPACT: Final = ((b"Via", b"v"), (b"From", b"f"), (b"To", b"t"), (b"Call-ID", b"i"), (b"Contact", b"m"))


def flip_bits(rng: Random, data: bytes) -> bytes:
    """A few bits the other way round."""
    changed = bytearray(data)
    for _ in range(rng.choice(_HOW_OFTEN)):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def replace_bytes(rng: Random, data: bytes) -> bytes:
    """Some bytes by any others."""
    changed = bytearray(data)
    for _ in range(rng.choice(_HOW_OFTEN)):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def truncate(rng: Random, data: bytes) -> bytes:
    """The end is missing."""
    return data[: rng.randrange(1, max(len(data), 2))]


def append_noise(rng: Random, data: bytes) -> bytes:
    """Something follows that does not belong to it."""
    return data + rng.randbytes(rng.randrange(1, 200))


def noise(rng: Random, _data: bytes) -> bytes:
    """Nothing but noise."""
    return rng.randbytes(rng.randrange(1, 1400))


def insert_odd_bytes(rng: Random, data: bytes) -> bytes:
    """NUL, line ends, quotes, broken and rare encodings anywhere."""
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        position = rng.randrange(len(data) + 1)
        data = data[:position] + rng.choice(_ODD_BYTES) + data[position:]
    return data


def duplicate_line(rng: Random, data: bytes) -> bytes:
    """A header field twice, or three hundred times."""
    lines = data.split(_LINE_END)
    chosen = rng.randrange(len(lines))
    return _LINE_END.join(lines[:chosen] + [lines[chosen]] * rng.choice((2, 2, 2, 12, 300)) + lines[chosen:])


def remove_line(rng: Random, data: bytes) -> bytes:
    """A header field is missing."""
    lines = data.split(_LINE_END)
    del lines[rng.randrange(len(lines))]
    return _LINE_END.join(lines)


def swap_lines(rng: Random, data: bytes) -> bytes:
    """Two lines in each other's place, the start line among them."""
    lines = data.split(_LINE_END)
    one, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return _LINE_END.join(lines)


def change_number(rng: Random, data: bytes) -> bytes:
    """A number becomes a huge, negative or empty one."""
    places = [index for index, byte in enumerate(data) if 0x30 <= byte <= 0x39]
    if not places:
        return data + rng.choice(_NUMBERS)
    start = end = rng.choice(places)
    while end < len(data) and 0x30 <= data[end] <= 0x39:
        end += 1
    return data[:start] + rng.choice(_NUMBERS) + data[end:]


def stretch_line(rng: Random, data: bytes) -> bytes:
    """A line that is far too long."""
    lines = data.split(_LINE_END)
    lines[rng.randrange(len(lines))] *= rng.randrange(2, 400)
    return _LINE_END.join(lines)


def fold_lines(rng: Random, data: bytes) -> bytes:
    """White space becomes folds, deeply."""
    fold = rng.choice((b"\r\n ", b"\r\n\t", b" \r\n \r\n ", b"\r\n" + b" " * 500))
    start, line_end, rest = data.partition(_LINE_END)
    return start + line_end + rest.replace(b" ", fold, rng.randrange(1, 30))


def rewrite_names(rng: Random, data: bytes) -> bytes:
    """Other spellings of the same header names, white space before the colon."""
    for name, compact in _COMPACT:
        written = rng.choice((name, compact, name.upper(), name + b" ", name + b"\t ", compact + b" "))
        data = data.replace(_LINE_END + name + b":", _LINE_END + written + b":")
    return data


def cross(rng: Random, data: bytes) -> bytes:
    """The beginning of the message with its own later half again."""
    return data[: rng.randrange(len(data))] + data[rng.randrange(len(data)) :]


MUTATORS: Final[tuple[Mutator, ...]] = (
    *(flip_bits, replace_bytes, truncate, append_noise, noise, insert_odd_bytes, duplicate_line, remove_line),
    *(swap_lines, change_number, stretch_line, fold_lines, rewrite_names, cross),
)


def mutate(rng: Random, data: bytes) -> bytes:
    """One to three of the mutators, one after the other; at least one byte comes out."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        data = rng.choice(MUTATORS)(rng, data)[:MAX_LENGTH] or b"\0"
    return data
