"""From whom blocks of numbers were bought."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Identified
from numbering.models import NumberBlock
from trunking.models.gateways import Carrier
from trunking.querysets import ProviderQuerySet


class BlockPurchase(Identified):
    """From which carrier a block is. Here and not on NumberBlock, which knows nothing of carriers.

    What was split from a block has its purchase by `NumberBlock.split_from`.
    """

    block = models.OneToOneField(
        NumberBlock, verbose_name=_("block"), on_delete=models.CASCADE, related_name="purchase"
    )
    carrier = models.ForeignKey(
        Carrier, verbose_name=_("carrier"), on_delete=models.PROTECT, related_name="block_purchases"
    )
    contract = models.CharField(_("contract"), max_length=100, blank=True, default="", db_default="")
    bought_on = models.DateField(_("bought on"), null=True, blank=True)

    objects = ProviderQuerySet.as_manager()

    class Meta:
        verbose_name = _("purchase of a block")
        verbose_name_plural = _("purchases of blocks")
        ordering = ["block_id"]

    def __str__(self) -> str:
        return f"{self.block}: {self.carrier}"
