"""Names of hosts as people write them, in the form in which they are stored and phones send them. Pure."""

from __future__ import annotations

from typing import Final

# What IDNA2003, which we have, and IDNA2008 read differently: sharp s, final sigma, and the joiners.
_READ_DIFFERENTLY: Final = frozenset("\u00df\u1e9e\u03c2\u200c\u200d")


def as_host(text: str) -> str:
    """A host's name in lower case, with labels beyond ASCII as A-labels: Bücher.Example is xn--bcher-kva.example.

    What looks alike for a machine (full-width letters, other dots) becomes the same name (NFKC, RFC 3491); what looks
    alike for people alone stays another one, and shows it. Raises ValueError for what cannot be written so.
    """
    if text.isascii():
        return text.lower()
    if found := sorted(_READ_DIFFERENTLY & set(text)):
        raise ValueError(f"“{found[0]}” is read differently by different programs: write the name as xn--…")
    try:
        return text.encode("idna").decode("ascii").lower()
    except UnicodeError as error:
        raise ValueError("This cannot be written as a host name.") from error
