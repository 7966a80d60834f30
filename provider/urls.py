"""Which address shows what."""

from django.contrib import admin
from django.urls import path
from django.urls.resolvers import URLPattern, URLResolver

from provider.health import healthz
from provider.metrics import metrics

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("metrics", metrics, name="metrics"),
    path("admin/", admin.site.urls),
]
