"""Registers the app events: the feed and its webhooks."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EventsConfig(AppConfig):
    """Events."""

    name = "events"
    verbose_name = _("Events")
