"""Registers the app numbering: E.164 numbers, who has them, and how each side writes them."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NumberingConfig(AppConfig):
    """Phone numbers, assignments and number formats."""

    name = "numbering"
    verbose_name = _("Numbers")
