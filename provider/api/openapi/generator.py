"""drf-spectacular's generator, which remembers the views: what we add to the document depends on them."""

from __future__ import annotations

import threading
from typing import Any

from django.utils import translation
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import spectacular_settings

from provider.api.openapi import bulk, dry_runs, examples, headers, members, not_modified, problems, shapes, tags
from provider.api.openapi.operations import Operation

# drf-spectacular loads its extensions when they are first asked for, and two threads at once trip over each other.
_one_at_a_time = threading.Lock()


class Generator(SchemaGenerator):
    """Draws up the document in English, whoever asks. views: by (path, method)."""

    views: dict[tuple[str, str], Any]

    def get_schema(self, request: Any = None, public: bool = False) -> dict[str, Any]:
        """The whole document."""
        with _one_at_a_time, translation.override("en"):
            drawn: dict[str, Any] = super().get_schema(request, public)  # type: ignore[no-untyped-call]
            return drawn

    def _get_paths_and_endpoints(self) -> list[Any]:
        found: list[Any] = super()._get_paths_and_endpoints()  # type: ignore[no-untyped-call]
        self.views = {(path, method): view for path, _regex, method, view in found}
        return found


def complete(result: dict[str, Any], generator: Generator, request: Any, public: bool) -> dict[str, Any]:  # noqa: ARG001
    """A postprocessing hook: what drf-spectacular cannot know of our conventions."""
    operations = [
        Operation(method.upper(), path, generator.views[path, method.upper()], told)
        for path, methods in result["paths"].items()
        for method, told in methods.items()
    ]
    for room in (shapes, bulk, dry_runs, not_modified, problems, headers, members, tags, examples):
        room.add(result, operations)
    return result


def document() -> dict[str, Any]:
    """The document of the addresses that hold now, drawn up anew."""
    drawn: dict[str, Any] = spectacular_settings.DEFAULT_GENERATOR_CLASS().get_schema(public=True)
    return drawn
