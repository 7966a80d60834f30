"""Which members an answer has: `?fields=id,name` leaves all others away, `?expand=customer` writes what a reference
refers to in the place of its id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError

from accounts.choices import Area

FIELDS: Final = "fields"
EXPAND: Final = "expand"


@dataclass(frozen=True, slots=True)
class Expansion:
    """What a reference can be written as.

    serializer: of the row. source: the attribute that holds it. joins, prefetched: what that row's own references and
    lists need, so that a page costs the same whatever its length. area: what a token must be good for to read it, so
    that a narrow one sees no more by way of a reference than it is shown directly.
    """

    serializer: Any
    source: str
    joins: Sequence[str] = ()
    prefetched: Sequence[str] = ()
    area: Area = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class Shape:
    """What was asked for: members by name, None for all; references to be written out."""

    fields: frozenset[str] | None = None
    expand: tuple[str, ...] = ()


WHOLE: Final = Shape()


def shape_of(parameters: Mapping[str, str], known: Iterable[str], expandable: Iterable[str]) -> Shape:
    """Read `fields` and `expand`. Raises ValidationError that names what there is."""
    fields = _names(parameters.get(FIELDS, ""))
    expand = _names(parameters.get(EXPAND, ""))
    errors = {}
    if unknown := sorted(set(fields) - set(known)):
        errors[FIELDS] = _refused(unknown, known)
    if unknown := sorted(set(expand) - set(expandable)):
        errors[EXPAND] = _refused(unknown, expandable)
    if errors:
        raise ValidationError(errors)
    return Shape(frozenset(fields) or None, tuple(expand)) if fields or expand else WHOLE


def parameters_for(known: Iterable[str], expandable: Iterable[str]) -> list[OpenApiParameter]:
    """What the OpenAPI document says of both."""
    found = [_parameter(FIELDS, known, "The members that the answer shall have; all without it.")]
    if expandable := list(expandable):
        found.append(_parameter(EXPAND, expandable, "The references that are to be written out."))
    return found


def _names(text: str) -> list[str]:
    return [name for name in (part.strip() for part in text.split(",")) if name]


def _refused(unknown: Sequence[str], known: Iterable[str]) -> list[Any]:
    message = f"Not known here: {', '.join(unknown)}. Known are: {', '.join(known) or 'none'}."
    return ValidationError(message, "unknown").detail  # type: ignore[return-value]


def _parameter(name: str, known: Iterable[str], description: str) -> OpenApiParameter:
    return OpenApiParameter(
        name, str, many=True, enum=list(known), style="form", explode=False, description=description
    )
