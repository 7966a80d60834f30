"""Every address of the URL configuration, so that a new page is measured without anybody thinking of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver


@dataclass(frozen=True, slots=True)
class Route:
    """One address. route: as it is written in the configuration; name: with its namespace."""

    route: str
    name: str
    view: Any

    @property
    def takes_arguments(self) -> bool:
        """Whether the address names an object."""
        return any(mark in self.route for mark in "<(")


def routes() -> list[Route]:
    """All of them, in the order in which they are looked up."""
    return list(_below(get_resolver().url_patterns, "/", ""))


def _below(patterns: list[Any], prefix: str, namespace: str) -> Iterator[Route]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _below(pattern.url_patterns, route, inner)
        elif isinstance(pattern, URLPattern):
            yield Route(route, f"{namespace}{pattern.name}" if pattern.name else "", pattern.callback)
