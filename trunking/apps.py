"""Registers the app trunking: the ways to and from the telephone network."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TrunkingConfig(AppConfig):
    """Carriers, gateways and routes."""

    name = "trunking"
    verbose_name = _("Interconnect")
