"""Where a block of numbers was bought: on the block's own page, which knows nothing of carriers."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from numbering.models import NumberBlock
from provider.panel.admin import PanelInline
from trunking.models import BlockPurchase


class PurchaseInline(PanelInline):
    """The carrier that the block is from."""

    model = BlockPurchase
    fields = ["carrier", "contract", "bought_on"]
    autocomplete_fields = ["carrier"]
    max_num = 1
    verbose_name = _("purchase")
    verbose_name_plural = _("Where it was bought")

    def get_queryset(self, request: HttpRequest) -> QuerySet[BlockPurchase]:
        """With what a row names."""
        return super().get_queryset(request).select_related("carrier")


_page = admin.site.get_model_admin(NumberBlock)
_page.inlines = [*_page.inlines, PurchaseInline]  # type: ignore[misc]  # a class variable, but of this page alone
