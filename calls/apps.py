"""Registers the app calls: what was called, and how it ended."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CallsConfig(AppConfig):
    """Call records."""

    name = "calls"
    verbose_name = _("Calls")
