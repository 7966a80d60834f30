"""The project as an app."""

from django.apps import apps
from django.contrib import admin

from provider.apps import PanelConfig, ProviderConfig
from provider.celery import app
from provider.panel.site import PanelSite


def test_celery_is_there_wherever_django_is() -> None:
    assert isinstance(apps.get_app_config("provider"), ProviderConfig)
    assert app.set_as_current
    from celery import current_app

    assert current_app.main == "provider"


def test_the_panel_is_our_own() -> None:
    assert isinstance(apps.get_app_config("admin"), PanelConfig)
    assert isinstance(admin.site, PanelSite)
