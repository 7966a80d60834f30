"""Registers the app numbering: E.164 numbers, who has them, and how each side writes them."""

from django.apps import AppConfig


class NumberingConfig(AppConfig):
    """Phone numbers, assignments and number formats."""

    name = "numbering"
    verbose_name = "Numbers"
