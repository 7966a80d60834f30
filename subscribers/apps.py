"""Registers the app subscribers: SIP domains, accounts of phones, and what is registered now."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SubscribersConfig(AppConfig):
    """Domains, subscribers, their credentials and bindings."""

    name = "subscribers"
    verbose_name = _("Service")
