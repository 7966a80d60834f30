"""Which rows of the app trunking a user may see: interconnects are the provider's own business."""

from __future__ import annotations

from typing import TypeVar

from django.db import models

from accounts.querysets import ScopedQuerySet

Row = TypeVar("Row", bound=models.Model)


class ProviderQuerySet(ScopedQuerySet[Row]):
    """Rows that administrators alone see."""
