"""Which imports a user may see: a reseller those of its own things; customers none."""

from __future__ import annotations

from typing import Self, TypeVar

from django.db import models

from accounts.querysets import ScopedQuerySet
from imports.choices import OPEN

Row = TypeVar("Row", bound=models.Model)


class ImportJobQuerySet(ScopedQuerySet[Row]):
    """Jobs. One that an administrator began for a reseller is the reseller's to see, too."""

    def of_reseller(self, reseller_id: int) -> Self:
        """Return the reseller's jobs."""
        return self.filter(reseller_id=reseller_id)

    def open(self) -> Self:
        """Return the jobs that wait or run."""
        return self.filter(state__in=OPEN)


class OfJobQuerySet(ScopedQuerySet[Row]):
    """What belongs to a job, and is visible with it."""

    def of_reseller(self, reseller_id: int) -> Self:
        """Return what belongs to the reseller's jobs."""
        return self.filter(job__reseller_id=reseller_id)


class OwnQuerySet(ScopedQuerySet[Row]):
    """What only the worker reads: nobody sees any."""
