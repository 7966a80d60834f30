"""The admin site: administrators alone, through the login page that everybody uses."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from accounts.choices import Role


def is_admin(request: HttpRequest) -> bool:
    """Whether the request is an active administrator's."""
    user = request.user
    return user.is_authenticated and user.is_active and user.role == Role.ADMIN


class PanelSite(UnfoldAdminSite):
    """The provider's panel."""

    index_title = _("Dashboard")
    index_template = "admin/dashboard.html"

    def has_permission(self, request: HttpRequest) -> bool:
        """Only administrators."""
        return is_admin(request)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # noqa: ARG002
        """Sends to the common login page. Raises PermissionDenied for those who are in, but are no administrators."""
        if is_admin(request):
            return redirect("admin:index")
        if request.user.is_authenticated:
            raise PermissionDenied(_("The panel is for the provider's administrators."))
        return redirect_to_login(request.get_full_path(), reverse("login"))
