"""The addresses of the customer's pages."""

from django.urls import path

from portal import settings_views, views

urlpatterns = [
    path("", views.home, name="portal"),
    path("live/phones/", views.phones, name="portal-phones"),
    path("live/calls/", views.calls, name="portal-calls"),
    path("settings/<uuid:uid>/", settings_views.call_settings, name="portal-settings"),
]
