"""The project as an app: for its management commands, and so that Celery is there wherever Django is."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class ProviderConfig(AppConfig):
    """Loads Celery's app, by which `@shared_task` finds its queue."""

    name = "provider"

    def ready(self) -> None:
        """Imports Celery's app once all the other apps are there."""
        import provider.celery  # noqa: F401


class PanelConfig(AdminConfig):
    """Django's admin with our own site, which lets administrators alone in."""

    default_site = "provider.panel.site.PanelSite"
