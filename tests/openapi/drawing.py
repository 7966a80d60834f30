"""The document outside of a run of the tests: with settings of its own, and no database."""

from __future__ import annotations

import os
import secrets
import tempfile
from typing import Any


def drawn_alone() -> dict[str, Any]:
    """The OpenAPI document."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "provider.settings",
            "DATA_DIR": folder,
            "SECRET_KEY": secrets.token_urlsafe(48),
        }
        import django

        django.setup()
        from provider.api.openapi.generator import document

        return document()
