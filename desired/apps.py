"""Registers the app desired: what resellers would like to stand, compared with what stands."""

from django.apps import AppConfig


class DesiredConfig(AppConfig):
    """Documents of a desired state: planned, applied, written out. It keeps nothing of its own, so no page names it."""

    name = "desired"
