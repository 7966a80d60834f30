"""Registers the app accounts: who may do what."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """People, the owners of data, and API tokens."""

    name = "accounts"
    verbose_name = _("People")
