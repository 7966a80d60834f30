"""Registers the app calls: what was called, and how it ended."""

from django.apps import AppConfig


class CallsConfig(AppConfig):
    """Call records."""

    name = "calls"
    verbose_name = "Calls"
