"""Tells Django about the app."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """See the app's models for what it is about."""

    name = "portal"
