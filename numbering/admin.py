"""What the panel shows of numbers: blocks and numbers (admin_inventory.py), how they are written (admin_formats.py),
and what of it stands on the pages of the apps below.
"""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from numbering.admin_formats import DomainDialInline, SubscriberDialInline
from numbering.admin_inventory import AssignmentInline
from numbering.models import NumberAssignment
from provider.panel.admin import PanelInline
from subscribers.models import Domain, Subscriber


class NumbersInline(AssignmentInline):
    """The numbers of a subscriber."""

    fields = ["number", "is_main", "valid_from", "valid_until"]
    readonly_fields = fields
    verbose_name_plural = _("Numbers, now and before: given and taken on the number's own page")

    def get_queryset(self, request: HttpRequest) -> QuerySet[NumberAssignment]:
        """With what a row names."""
        return super().get_queryset(request).select_related("number")


def _extend(model: type[Model], inline: type[PanelInline]) -> None:
    """Adds to the page of an app below: it knows nothing of numbers, but its page is where people look for them."""
    page = admin.site.get_model_admin(model)
    page.inlines = [*page.inlines, inline]  # type: ignore[misc]  # a class variable, but of this page alone


_extend(Subscriber, NumbersInline)
_extend(Subscriber, SubscriberDialInline)
_extend(Domain, DomainDialInline)
