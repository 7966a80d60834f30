"""Lists of the panel that can be had as a file: the rows that their filters and their search leave."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from provider.panel.admin import PanelAdmin

PATH = "export"


class ExportingAdmin(PanelAdmin):
    """A list with a button that downloads it. A subclass has `export_csv` among its `actions_list`."""

    def exported(self, rows: Any) -> HttpResponseBase:
        """The file with these rows."""
        raise NotImplementedError

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list, whose way to the file takes its filters along."""
        response = super().changelist_view(request, extra_context)
        context = getattr(response, "context_data", None) or {}
        for one in context.get("actions_list", []):
            if one["path"].endswith(f"/{PATH}/"):
                one["path"] += f"?{request.GET.urlencode()}"
        return response

    @action(description=_("Export CSV"), url_path=PATH, icon="download")
    def export_csv(self, request: HttpRequest) -> HttpResponseBase:
        """The rows of the list, narrowed as its address says; with a filter that there is not: back to the list."""
        try:
            rows = self.get_changelist_instance(request).get_queryset(request)
        except (IncorrectLookupParameters, SuspiciousOperation):
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        return self.exported(rows)
