"""Which address shows what."""

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import include, path, re_path
from django.urls.resolvers import URLPattern, URLResolver
from django.views.i18n import set_language

from accounts.api.me import MeView
from accounts.token_views import my_tokens, revoke_my_token
from accounts.views import Login, reseller_page
from calls.api.explain import ExplainView
from desired.api.views import DesiredStateViewSet
from provider.api.root import DocsView, ProblemsView, SchemaView, TextView, unknown_address
from provider.api.router import router
from provider.health import healthz
from provider.metrics import metrics
from provider.panel import explain, security, statistics

api: list[URLPattern | URLResolver] = [
    path("v1/explain/", ExplainView.as_view(), name="api-explain"),
    path("v1/me/", MeView.as_view(), name="api-me"),
    path("v1/plan/", DesiredStateViewSet.as_view({"post": "plan"}), name="api-plan"),
    path("v1/apply/", DesiredStateViewSet.as_view({"post": "apply"}), name="api-apply"),
    path("v1/state/", DesiredStateViewSet.as_view({"get": "state"}), name="api-state"),
    path("v1/", include((router.urls, "api"))),
    path("schema/", SchemaView.as_view(), name="api-schema"),
    path("docs/", DocsView.as_view(), name="api-docs"),
    path("redoc/", DocsView.as_view(template_name="api/redoc.html"), name="api-redoc"),
    path("problems/", ProblemsView.as_view(), name="api-problems"),
    path("quickstart/", TextView.as_view(file="api-quickstart.md"), name="api-quickstart"),
    path("changelog/", TextView.as_view(file="api-changelog.md"), name="api-changelog"),
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
    path("tokens/", my_tokens, name="tokens"),
    path("tokens/<uuid:uid>/revoke/", revoke_my_token, name="token-revoke"),
    path("", include("portal.urls")),
]

handler400 = "provider.errors.bad_request"
handler403 = "provider.errors.forbidden"
handler404 = "provider.errors.not_found"
handler500 = "provider.errors.server_error"
