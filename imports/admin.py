"""The panel's pages of imports: a file is chosen, and its job watched while it goes on."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter
from unfold.decorators import action, display

from imports import actions
from imports.actions import ImportRefused
from imports.admin_upload import upload_page
from imports.choices import OPEN, ImportState
from imports.files import passwords_file, problems_file, result_file
from imports.models import ImportJob
from provider.panel.admin import PanelAdmin, ReadOnly
from provider.panel.asking import object_or_404
from provider.panel.rows import label
from provider.panel.site import page_of

SHOWN = 100
"""Problems that the page of a job shows; the file has all."""
TONES = {
    ImportState.QUEUED: None,
    ImportState.RUNNING: "info",
    ImportState.DONE: "success",
    ImportState.FAILED: "danger",
    ImportState.CANCELLED: "warning",
}


@admin.register(ImportJob)
class ImportJobAdmin(ReadOnly, PanelAdmin):
    """Imports, the newest first."""

    list_display = ["made", "kind", "reseller", "file_name", "made_by_name", "rows", "refused", "stands"]
    list_display_links = ["made"]
    list_filter = [
        ("kind", ChoicesDropdownFilter),
        ("state", ChoicesDropdownFilter),
        ("reseller", AutocompleteSelectFilter),
    ]
    list_select_related = ["reseller"]
    sortable_by: list[str] = []
    autocomplete_fields = ["reseller"]
    ordering = ["-id"]
    search_fields = ["file_name__istartswith"]
    search_help_text = _("Beginning of the file's name")
    actions_list = ["upload"]
    empty_title = _("No imports here")
    empty_text = _("Choose a file: you see what becomes of each of its rows, and try it out before if you like.")

    @action(description=_("Import a file"), url_path="upload", icon="upload")
    def upload(self, request: HttpRequest) -> HttpResponse:
        """Takes a file."""
        return upload_page(request, self)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        """A job, and what can be done with it."""
        del form_url, extra_context
        job: ImportJob = object_or_404(self, request, object_id)
        if request.method == "POST":
            return _carried_out(request, job)
        downloads = {"result": result_file, "errors": problems_file}
        if (wanted := request.GET.get("download", "")) in downloads:
            return downloads[wanted](job)
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": job,
            "title": str(job),
            "job": job,
            "tone": TONES[ImportState(job.state)],
            "problems": list(job.problems.all()[:SHOWN]),
            "more_problems": job.problems.count() > SHOWN if job.rows_failed > SHOWN else False,
            "can_apply": job.is_dry_run and job.state == ImportState.DONE and actions.has_file(job),
        }
        return TemplateResponse(request, "admin/imports/job.html", context)

    @display(description=_("since"))
    def made(self, obj: ImportJob) -> Any:
        """When it was begun."""
        return obj.created_at

    @display(description=_("rows"))
    def rows(self, obj: ImportJob) -> str:
        """How far it is."""
        return f"{obj.rows_done} / {obj.rows_total}" if obj.state in OPEN else str(obj.rows_total)

    @display(description=_("refused"))
    def refused(self, obj: ImportJob) -> int:
        """How many rows were not accepted."""
        return obj.rows_failed

    @display(description=_("state"))
    def stands(self, obj: ImportJob) -> Any:
        """Where it stands."""
        text = (
            _("dry run, %(state)s") % {"state": obj.get_state_display()} if obj.is_dry_run else obj.get_state_display()
        )
        return label((obj.state, text), TONES)


def _carried_out(request: HttpRequest, job: ImportJob) -> HttpResponseBase:
    """Do what a button of the page says."""
    user: Any = request.user
    try:
        if "cancel" in request.POST:
            actions.cancel(job)
            messages.success(request, _("The import stops behind the rows that are under way."))
        elif "apply" in request.POST:
            job = actions.do_it(job, user)
        elif "passwords" in request.POST:
            return passwords_file(actions.take_passwords(job))
    except ImportRefused as refused:
        messages.error(request, str(refused.text))
    return redirect(page_of(job))
