"""What the state of things does not allow is a conflict (409): what was sent is right, and may be right later."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ValidationError

from provider.api.problems import Conflict


@contextmanager
def as_conflict(*fields: str) -> Iterator[None]:
    """Say what an action refuses as a Conflict, with the action's code; of the fields `fields`, or where none are
    named, whatever it is about."""
    try:
        yield
    except ValidationError as refused:
        by_field = getattr(refused, "error_dict", {})
        if fields and not set(by_field) <= set(fields):
            raise
        first = next(iter(by_field.values()))[0] if by_field else refused.error_list[0]
        raise Conflict(" ".join(refused.messages), first.code or "conflict") from refused
