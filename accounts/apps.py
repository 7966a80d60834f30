"""Registers the app accounts: who may do what."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People, the owners of data, and API tokens."""

    name = "accounts"
    verbose_name = "Accounts"
