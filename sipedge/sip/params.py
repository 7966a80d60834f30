"""Tokens, quoted strings, parameters and comma-separated lists: what header values consist of.

Source: RFC 3261 §25.1. Parameter values are kept as they were written, quotes included, so that writing
a field gives the same parameters back. Quantifiers in the patterns are possessive wherever two of them
could share characters: a hostile value costs linear time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from sipedge.sip.uri import Params

TCHAR: Final = r"[A-Za-z0-9.!%*_+`'~-]"
QUOTED: Final = r'"[^"\\]*+(?>(?:\\.[^"\\]*+)*)"'
_PARAM = re.compile(
    rf"[ \t]*+;[ \t]*+({TCHAR}++)(?>(?:[ \t]*+=[ \t]*+([^ \t\",;<>=?\\]++|{QUOTED}))?)[ \t]*+", re.DOTALL
)
_LIST_STOP = re.compile(r'[,"<]')
_QUOTED_REST = re.compile(r'[^"\\]*+(?>(?:\\.[^"\\]*+)*)"', re.DOTALL)
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)
_TO_ESCAPE = re.compile(r'(["\\\x00-\x08\x0b\x0c\x0e-\x1f\x7f])')
_TOKEN_RE = re.compile(rf"{TCHAR}++")


class HeaderError(ValueError):
    """A header field is missing or malformed.

    status: the SIP status owed to the sender of a request. reason: its reason phrase.
    """

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


def is_token(text: str) -> bool:
    """Whether the text is a `token` of §25.1 (methods, header names, parameter names)."""
    return _TOKEN_RE.fullmatch(text) is not None


def quote(text: str) -> str:
    """The text as a quoted-string of §25.1."""
    return '"' + _TO_ESCAPE.sub(r"\\\1", text) + '"'


def unquote(value: str) -> str:
    """The content of a quoted-string; any other value as it is."""
    if not value.startswith('"'):
        return value
    inner = value[1:-1]
    return _QUOTED_PAIR.sub(r"\1", inner) if "\\" in inner else inner


def parse_params(text: str) -> Params:
    """Parse `*(;name[=value])`. Names are lower-cased, values raw. Raises HeaderError."""
    params: list[tuple[str, str | None]] = []
    position = 0
    while position < len(text):
        match = _PARAM.match(text, position)
        if match is None:
            raise HeaderError("Malformed Header Parameter")
        params.append((match[1].lower(), match[2]))
        position = match.end()
    return tuple(params)


def str_params(params: Params) -> str:
    """Write parameters: `;name=value` for each, `;name` where the value is None."""
    return "".join([f";{name}" if value is None else f";{name}={value}" for name, value in params])


def find_param(params: Params, name: str) -> str | None:
    """The unquoted value of a parameter (name lower-case); '' when it has none, None when it is absent."""
    for known, value in params:
        if known == name:
            return "" if value is None else unquote(value)
    return None


def set_params(params: Params, changes: Iterable[tuple[str, str | None]]) -> Params:
    """The parameters with these set: in place where they stood, else at the end."""
    pending = dict(changes)
    changed = [(name, pending.pop(name)) if name in pending else (name, value) for name, value in params]
    return tuple(changed + list(pending.items()))


def split_list(text: str) -> list[str]:
    """Split a comma-separated list outside quotes and angle brackets; empty elements are left out.

    Raises HeaderError when a quote or a bracket is not closed.
    """
    if "," not in text:
        return [text] if text else []
    if '"' not in text and "<" not in text:
        return [value for raw in text.split(",") if (value := raw.strip(" \t"))]
    values: list[str] = []
    start = position = 0
    while (match := _LIST_STOP.search(text, position)) is not None:
        position = match.end()
        if match[0] == ",":
            values.append(text[start : position - 1])
            start = position
        else:
            position = _closing(text, position, match[0])
    values.append(text[start:])
    return [value for raw in values if (value := raw.strip(" \t"))]


def _closing(text: str, position: int, opening: str) -> int:
    if opening == '"':
        match = _QUOTED_REST.match(text, position)
        end = match.end() if match else 0
    else:
        end = text.find(">", position) + 1
    if not end:
        raise HeaderError("Unbalanced Quotes Or Brackets")
    return end
