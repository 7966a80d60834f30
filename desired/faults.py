"""What is wrong with a document: everything that can be found at once, each with where it stands (RFC 6901)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import ValidationError as FieldRefused
from rest_framework.exceptions import ErrorDetail, ValidationError

from provider.api.problems import NON_FIELD
from provider.api.serializers import refused


class Faults:
    """A list of what is wrong."""

    def __init__(self) -> None:
        self._found: dict[str, list[ErrorDetail]] = {}

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, path: str, message: str, code: str) -> None:
        """Note a fault at a place."""
        self._found.setdefault(path, []).append(ErrorDetail(message, code))

    def add_refusal(self, path: str, error: FieldRefused, names: Mapping[str, str] | None = None) -> None:
        """Note what the models or actions refuse of an object; names: of columns whose members are called otherwise."""
        self.add_details(path, refused(error, names).detail)

    def add_details(self, path: str, detail: Any) -> None:
        """Note the framework's errors, however deep."""
        for place, fault in _leaves(detail, path):
            self._found.setdefault(place, []).append(fault)

    def is_at(self, path: str) -> bool:
        """Whether something is wrong with the object there."""
        return any(place == path or place.startswith(f"{path}/") for place in self._found)

    def raise_any(self) -> None:
        """Raise ValidationError (400) with all of it, if there is any."""
        if self._found:
            raise ValidationError(dict(self._found))  # type: ignore[arg-type]  # lists of details, as the framework's


def pointer(path: str, name: object) -> str:
    """The place of a member or element below a place."""
    return f"{path}/{str(name).replace('~', '~0').replace('/', '~1')}"


def _leaves(detail: Any, path: str) -> Iterator[tuple[str, ErrorDetail]]:
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            # A name with dots is of a member in a member, as the models' errors are named.
            parts = [] if name in ("", NON_FIELD) else str(name).split(".")
            below = path
            for part in parts:
                below = pointer(below, part)
            yield from _leaves(inner, below)
    elif isinstance(detail, list | tuple):
        for index, inner in enumerate(detail):
            yield from _leaves(inner, pointer(path, index) if isinstance(inner, Mapping) else path)
    else:
        yield path, detail
