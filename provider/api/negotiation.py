"""The API speaks JSON, whatever Accept says: a browser that looks at an address gets the same as a program."""

from __future__ import annotations

from collections.abc import Iterable

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class AlwaysJson(DefaultContentNegotiation):
    """Takes the view's first renderer; of the parsers the one for the body's media type (none: 415)."""

    def select_renderer(  # type: ignore[override]  # takes any iterable
        self,
        request: Request,  # noqa: ARG002 - the framework's signature
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,  # noqa: ARG002 - the framework's signature
    ) -> tuple[BaseRenderer, str]:
        """The renderer and the media type of the answer."""
        first = next(iter(renderers))
        return first, str(first.media_type)
