"""The OpenAPI document as it is served: drawn up once in a process, the same in each."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache

from django.conf import settings

from provider.api.openapi.generator import document


@dataclass(frozen=True, slots=True)
class Document:
    """As it is served. etag: of its bytes."""

    content: bytes
    etag: str


def served() -> Document:
    """The document of the addresses that hold now."""
    return _served(settings.ROOT_URLCONF)


@cache
def _served(urlconf: str) -> Document:
    del urlconf  # what it is remembered by
    content = json.dumps(document(), ensure_ascii=False, separators=(",", ":")).encode()
    return Document(content, f'"{hashlib.sha256(content).hexdigest()[:32]}"')
