"""The header fields of a message: an ordered list of (canonical name, raw value), with an index.

What is read often (`get`) goes through a dict that is made on demand; every change drops it. A copy
shares index and parsed values until one of the two is changed (nothing shared is ever changed in place,
but for parsed values being added, which are the same for both).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sipedge.sip.names import CANONICAL_NAMES, KNOWN_NAMES, UNDIVIDED
from sipedge.sip.params import HeaderError, split_list

HeaderList = list[tuple[str, str]]


class Headers:
    """Header fields in order. Names given to the methods may have any spelling; canonical ones are fastest.

    headers: read it freely, change it by the methods only.
    """

    __slots__ = ("_index", "_parsed", "headers")

    def __init__(self, headers: Iterable[tuple[str, str]] = ()) -> None:
        self.headers: HeaderList = list(headers)
        self._index: dict[str, str] | None = None
        self._parsed: dict[str, Any] = {}

    def take(self, headers: HeaderList, index: dict[str, str]) -> None:
        """Have these header fields from now on. index: dict(headers)."""
        self.headers = headers
        self._index = index if len(index) == len(headers) else dict(reversed(headers))
        self._parsed = {}

    def get(self, name: str) -> str | None:
        """The value of the first header line of this name, None when there is none."""
        index = self._index
        if index is None:
            index = self._make_index()
        value = index.get(name)
        if value is not None or name in KNOWN_NAMES:
            return value
        return next(iter(self.get_all(name)), None)

    def get_all(self, name: str) -> list[str]:
        """The values of all header lines of this name, in order, lists not split."""
        name = CANONICAL_NAMES[name]
        if name in KNOWN_NAMES:
            index = self._index or self._make_index()
            if len(index) == len(self.headers):
                return [index[name]] if name in index else []
            return [value for known, value in self.headers if known == name]
        folded = name.lower()
        return [value for known, value in self.headers if known.lower() == folded]

    def values(self, name: str) -> list[str]:
        """All elements of a comma-separated header, over all its lines; empty elements are left out.

        Of a header that is no list (Date, Subject, Authorization …) every line is one element.
        Raises HeaderError when a quote or bracket is not closed.
        """
        if name in UNDIVIDED or CANONICAL_NAMES[name] in UNDIVIDED:
            return [line for line in self.get_all(name) if line]
        return [value for line in self.get_all(name) for value in split_list(line)]

    def has(self, name: str) -> bool:
        """Whether there is a header line of this name."""
        return self.get(name) is not None

    def names_are_among(self, known: frozenset[str]) -> bool:
        """Whether all lines have a name of these, canonical ones: a cheap first look for what is seldom there."""
        return (self._index or self._make_index()).keys() <= known

    def repeats_a_name(self) -> bool:
        """Whether any name has more than one line: a cheap first look for doubled single headers."""
        return len(self._index or self._make_index()) != len(self.headers)

    def prepend(self, name: str, value: str) -> None:
        """Insert a line above the first of this name, or on top when there is none (Via, Record-Route)."""
        name = CANONICAL_NAMES[name]
        self.headers.insert(max(self._position(name), 0), (name, value))
        self._forget(name)

    def append(self, name: str, value: str) -> None:
        """Add a line at the end."""
        name = CANONICAL_NAMES[name]
        self.headers.append((name, value))
        index = self._index
        self._forget(name)
        if index is not None and name not in index and name in KNOWN_NAMES:
            self._index = {**index, name: value}

    def set(self, name: str, value: str) -> None:
        """Make this the only line of this name, where the first one stood or at the end."""
        name = CANONICAL_NAMES[name]
        position = self._position(name)
        if position < 0:
            self.headers.append((name, value))
        else:
            self.headers[position] = (name, value)
            later = self.headers[position + 1 :]
            self.headers[position + 1 :] = [item for item in later if not _same(item[0], name)]
        self._forget(name)

    def remove(self, name: str) -> int:
        """Remove all lines of this name. Returns how many there were."""
        name = CANONICAL_NAMES[name]
        before = len(self.headers)
        self.headers = [item for item in self.headers if not _same(item[0], name)]
        self._forget(name)
        return before - len(self.headers)

    def remove_first_value(self, name: str) -> str | None:
        """Remove the first list element (the top Via, the first Route) and return it; None: there is none.

        Raises HeaderError when the line cannot be split.
        """
        return self._change_first_value(CANONICAL_NAMES[name], None)

    def replace_first_value(self, name: str, value: str) -> None:
        """Put another value in the place of the first list element. Raises HeaderError when there is none."""
        if self._change_first_value(CANONICAL_NAMES[name], value) is None:
            raise HeaderError(f"Missing {name}")

    def _make_index(self) -> dict[str, str]:
        index = dict(self.headers)
        if len(index) != len(self.headers):
            index = dict(reversed(self.headers))  # the first of several lines is the one that stays
        self._index = index
        return index

    def _change_first_value(self, name: str, new: str | None) -> str | None:
        position = self._position(name)
        while position >= 0:
            elements = split_list(self.headers[position][1])
            rest = ([new] if new is not None and elements else []) + elements[1:]
            if rest:
                self.headers[position] = (name, ", ".join(rest))
            else:
                del self.headers[position]
            self._forget(name)
            if elements:
                return elements[0]
            position = self._position(name)
        return None

    def _position(self, name: str) -> int:
        for position, (known, _) in enumerate(self.headers):
            if known == name or _same(known, name):
                return position
        return -1

    def _forget(self, name: str) -> None:
        self._index = None
        self._parsed = parsed = self._parsed.copy()  # never the one that a copy of the message has
        for key in [key for key in parsed if key.startswith(name)]:
            del parsed[key]


def _same(a: str, b: str) -> bool:
    return a == b or (a not in KNOWN_NAMES and b not in KNOWN_NAMES and a.lower() == b.lower())
