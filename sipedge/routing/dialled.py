"""The digits, or the name, that a URI asks for."""

from __future__ import annotations

import re
from typing import Final

from sipedge.sip.uri import Uri

_NUMBER: Final = re.compile(r"\+?[0-9*#().-]+")
_CONTEXT: Final = re.compile(r";phone-context=(\+[0-9().-]+)(?:;|$)", re.IGNORECASE)


def dialled(uri: Uri) -> str:
    """The user part as it is looked up: of a telephone number without its parameters (RFC 3261 §19.1.6); else they are
    its. A local number in the context of a global prefix is put behind that (RFC 3966 §5.1.5)."""
    number, params = _parts(uri)
    return _in_context(number, params) if params else number


def keyed(uri: Uri) -> str:
    """The same without its context: what somebody keyed, before the phone said where that number is one."""
    return _parts(uri)[0]


def _parts(uri: Uri) -> tuple[str, str]:
    """The number, or the name, and the parameters of a telephone number."""
    user = uri.user_unescaped or ""
    number, semicolon, _ = user.partition(";")
    params = _tel_params(uri)
    if not semicolon or _NUMBER.fullmatch(number) is None:
        return user, params
    return number, user[len(number) :] + params


def _tel_params(uri: Uri) -> str:
    return "".join(f";{name}={value or ''}" for name, value in uri.params) if uri.scheme == "tel" else ""


def _in_context(number: str, params: str) -> str:
    context = None if number.startswith("+") else _CONTEXT.search(params)
    return context[1] + number if context else number
