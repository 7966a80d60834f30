"""How tests use the panel: as the administrator."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.db.models import Model
from django.forms import inlineformset_factory
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User


def admin_client(admin: User) -> Client:
    """A browser that is logged in as the administrator."""
    client = Client()
    client.force_login(admin)
    return client


def queries_of(client: Client, path: str) -> int:
    """How many queries a page takes; the page must be given."""
    with CaptureQueriesContext(connection) as queries:
        response = client.get(path)
    assert response.status_code == 200, response.content[:300]
    return len(queries)


def no_rows(model: type[Model]) -> dict[str, str]:
    """What the form of a model's page says of its inlines where none has a row."""
    form = {}
    for inline in admin.site._registry[model].inlines:
        prefix = inlineformset_factory(model, inline.model, fields=[]).get_default_prefix()
        form |= {f"{prefix}-TOTAL_FORMS": "0", f"{prefix}-INITIAL_FORMS": "0"}
    return form


def field_errors(response: Any) -> dict[str, list[str]]:
    """Field → what is wrong with it, of an admin form that was refused."""
    if response.status_code != 200:
        pytest.fail(f"the form was accepted: {response.status_code} {response.headers.get('Location')}")
    return dict(response.context["adminform"].form.errors)
