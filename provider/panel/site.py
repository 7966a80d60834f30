"""The admin site: administrators alone, through the login page that everybody uses."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _
from unfold.dataclasses import SearchResult
from unfold.sites import UnfoldAdminSite

from accounts.choices import Role


def is_admin(request: HttpRequest) -> bool:
    """Whether the request is an active administrator's."""
    user = request.user
    return user.is_authenticated and user.is_active and user.role == Role.ADMIN


# Of each kind the search shows so many; whoever wants more searches in the list itself.
SEARCH_LIMIT = 8


class PanelSite(UnfoldAdminSite):
    """The provider's panel."""

    index_title = _("Dashboard")
    index_template = "admin/dashboard.html"

    def has_permission(self, request: HttpRequest) -> bool:
        """Only administrators."""
        return is_admin(request)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        """Apps and their pages, found when something asks: each page has them in its context, hardly one shows them."""
        return SimpleLazyObject(lambda: super(PanelSite, self).get_app_list(request, app_label))

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # noqa: ARG002
        """Sends to the common login page. Raises PermissionDenied for those who are in, but are no administrators."""
        if is_admin(request):
            return redirect("admin:index")
        if request.user.is_authenticated:
            raise PermissionDenied(_("The panel is for the provider's administrators."))
        return redirect_to_login(request.get_full_path(), reverse("login"))

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # noqa: ARG002
        """What Ctrl+K finds: pages by their name and rows by their beginning. Fresh each time, and never a million."""
        term = request.GET.get("s", "").replace("\0", "").strip().lower()
        if not term:
            return HttpResponse()
        started = time.perf_counter()
        found = [*self._search_apps(self.get_app_list(request), term), *self._rows_that_begin_with(request, term)]
        paginator = Paginator(found, max(1, len(found)))
        context = {
            "page_obj": paginator,
            "results": paginator.page(1),
            "page_counter": 0,
            "execution_time": time.perf_counter() - started,
            "command_show_history": True,
        }
        template = "command_results" if "extended" in request.GET else "search_results"
        headers = {"HX-Trigger": "search"}
        return TemplateResponse(request, f"unfold/helpers/{template}.html", context, headers=headers)

    def _rows_that_begin_with(self, request: HttpRequest, term: str) -> Iterator[SearchResult]:
        for label in self._get_config("COMMAND", request)["search_models"]:
            page = self.get_model_admin(apps.get_model(label))
            rows, _may_have_duplicates = page.get_search_results(request, page.get_queryset(request), term)
            for row in rows[:SEARCH_LIMIT]:
                yield SearchResult(str(row), str(row._meta.verbose_name), page_of(row), "arrow_right_alt")


def list_of(model: type[Model]) -> str:
    """The address of the list of a model's rows."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def page_of(row: Model) -> str:
    """The address of a row's own page."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
