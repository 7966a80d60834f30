"""Which address shows what."""

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import include, path, re_path
from django.urls.resolvers import URLPattern, URLResolver
from django.views.i18n import set_language

from accounts.views import Login, reseller_page
from calls.api.explain import ExplainView
from provider.api.root import DocsView, ProblemsView, SchemaView, unknown_address
from provider.api.router import router
from provider.health import healthz
from provider.metrics import metrics
from provider.panel import explain, security, statistics

api: list[URLPattern | URLResolver] = [
    path("v1/explain/", ExplainView.as_view(), name="api-explain"),
    path("v1/", include((router.urls, "api"))),
    path("schema/", SchemaView.as_view(), name="api-schema"),
    path("docs/", DocsView.as_view(), name="api-docs"),
    path("redoc/", DocsView.as_view(template_name="api/redoc.html"), name="api-redoc"),
    path("problems/", ProblemsView.as_view(), name="api-problems"),
    re_path(r"", unknown_address, name="api-unknown"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("metrics", metrics, name="metrics"),
    path("api/", include(api)),
    path("admin/", include(security.urls(admin.site))),
    path("admin/", include(statistics.urls(admin.site))),
    path("admin/", include(explain.urls(admin.site))),
    path("admin/", admin.site.urls),
    path("login/", Login.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("language/", set_language, name="set_language"),
    path("reseller/", reseller_page, name="reseller"),
    path("", include("portal.urls")),
]

handler400 = "provider.errors.bad_request"
handler403 = "provider.errors.forbidden"
handler404 = "provider.errors.not_found"
handler500 = "provider.errors.server_error"
