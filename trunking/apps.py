"""Registers the app trunking: the ways to and from the telephone network."""

from django.apps import AppConfig


class TrunkingConfig(AppConfig):
    """Carriers, gateways and routes."""

    name = "trunking"
    verbose_name = "Trunking"
