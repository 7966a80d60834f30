"""Registers the app imports: files of many rows, worked through by jobs."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ImportsConfig(AppConfig):
    """Imports of subscribers and numbers."""

    name = "imports"
    verbose_name = _("Imports")

    def ready(self) -> None:
        """Large files of the panel's page of numbers become jobs."""
        from imports.admin_upload import take_numbers
        from numbering import admin_import

        admin_import.hand_over = take_numbers
