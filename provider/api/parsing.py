"""Request bodies: JSON, read strictly, so that what is stored is what was meant."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import isinf
from typing import IO, Any, Final

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

MOST_DEEP: Final = 32
"""Objects and arrays in one another; the deepest body of ours has six."""
MOST_DIGITS: Final = 100
TOO_DEEP: Final = f"The body is nested too deeply: at most {MOST_DEEP} objects and arrays in one another."


class StrictJsonParser(JSONParser):
    """RFC 8259 in UTF-8, without what programs read differently: a name given twice, NaN, lone surrogates."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The document. Raises ParseError (400) that says where it is none."""
        del media_type, parser_context
        try:
            text = stream.read().decode("utf-8")
        except UnicodeDecodeError as error:
            raise ParseError(f"The body is not UTF-8: byte {error.start}.") from error
        try:
            document = json.loads(
                text, object_pairs_hook=_object, parse_constant=_constant, parse_int=_whole, parse_float=_real
            )
            text.encode() if "\\u" not in text else json.dumps(document, ensure_ascii=False).encode()
        except json.JSONDecodeError as error:
            raise ParseError(
                f"The body is not JSON: {error.msg} (line {error.lineno}, column {error.colno})."
            ) from error
        except RecursionError as error:
            raise ParseError(TOO_DEEP) from error
        except UnicodeEncodeError as error:
            raise ParseError("The body contains half a character (a lone surrogate, \\ud800 to \\udfff).") from error
        except ValueError as error:
            raise ParseError(f"The body is not accepted: {error}.") from error
        if _is_deeper_than(MOST_DEEP, document):
            raise ParseError(TOO_DEEP)
        return document


def _is_deeper_than(most: int, document: Any) -> bool:
    """Level by level, without recursion: who reads the document afterwards may recurse."""
    level = [document]
    for _ in range(most + 1):
        nodes = [node for node in level if isinstance(node, dict | list)]
        if not nodes:
            return False
        level = [inner for node in nodes for inner in (node.values() if isinstance(node, dict) else node)]
    return True


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the member {twice[:100]!r} stands twice in one object")
    return members


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _whole(text: str) -> int:
    if len(text) > MOST_DIGITS:
        raise ValueError(f"a number has more than {MOST_DIGITS} digits")
    return int(text)


def _real(text: str) -> float:
    number = float(text)
    if isinf(number):
        raise ValueError(f"{text[:MOST_DIGITS]} is out of the range of numbers")
    return number
