"""How many numbers of a block are in which state, kept by triggers: nobody counts a million rows for it.

A statement adds what it changed as rows of its own, so that two who assign numbers of one block do not wait for each
other. numbering/tasks.py sums these rows up.
"""

from __future__ import annotations

from django.db import models

from accounts.querysets import ScopedQuerySet
from numbering.choices import Holding
from numbering.models_inventory import NumberBlock


class BlockCount(models.Model):
    """That so many numbers more (`amount`, negative: less) of a block are in a state; all rows together count."""

    block = models.ForeignKey(
        NumberBlock, on_delete=models.CASCADE, related_name="counts", db_constraint=False, db_index=False
    )
    holding = models.CharField(max_length=11, choices=Holding.choices)
    amount = models.BigIntegerField()

    # Parts of a sum, for the sum's sake: nobody is shown any.
    objects = ScopedQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["block", "holding"], name="blockcount_by_block")]

    def __str__(self) -> str:
        return f"{self.block_id}: {self.amount:+} {self.holding}"
