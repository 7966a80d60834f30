"""Registers the app subscribers: SIP domains, accounts of phones, and what is registered now."""

from django.apps import AppConfig


class SubscribersConfig(AppConfig):
    """Domains, subscribers, their credentials and bindings."""

    name = "subscribers"
    verbose_name = "Subscribers"
