"""The panel's page that takes a file of numbers: what each line would do first, and a button that does it."""

from __future__ import annotations

import hashlib
import secrets
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldBooleanSwitchWidget

from numbering.imports import Plan, Step, apply, plan
from numbering.sheets import COLUMNS, MAX_BYTES, MAX_LINES, Problem, SheetError, read
from provider.panel.admin import PanelAdmin

SHOWN: Final = 500
"""Lines of each kind that the page shows: nobody reads more, and a browser would not like 100,000."""
KEPT_SECONDS: Final = 3600
"""How long a file that was shown can still be applied."""
AT_ONCE: Final = 1_000
"""Lines that are gone through while somebody waits; a larger file is `hand_over`'s."""
hand_over: Callable[[HttpRequest, str, bytes], HttpResponse] | None = None
"""Takes a large file (its name and what is in it) to where it is gone through by and by: imports/apps.py says."""
_KEY: Final = "number-import:{user}:{token}"


class UploadForm(forms.Form):
    """The file."""

    file = forms.FileField(label=_("CSV file"), widget=UnfoldAdminFileFieldWidget, allow_empty_file=True)

    def clean_file(self) -> bytes:
        """What is in it, if that is not too much."""
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            most = {"most": MAX_BYTES // 1_000_000}
            raise ValidationError(_("The file is too large: at most %(most)d MB."), params=most)
        content: bytes = file.read()
        return content


class ConfirmForm(forms.Form):
    """Which file, and whether lines with problems are left out."""

    token = forms.CharField(widget=forms.HiddenInput)
    seen = forms.CharField(widget=forms.HiddenInput)
    only_good = forms.BooleanField(
        label=_("Leave out the lines with problems"), required=False, widget=UnfoldBooleanSwitchWidget
    )


def import_page(request: HttpRequest, model_admin: PanelAdmin) -> HttpResponse:
    """Takes a file, shows what it would do, and does it."""
    if request.method == "POST" and "token" in request.POST:
        return _confirmed(request, model_admin)
    form = UploadForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if request.method != "POST" or not form.is_valid():
        return _show(request, model_admin, form=form)
    content = form.cleaned_data["file"]
    if hand_over is not None and content.count(b"\n") > AT_ONCE + 1:
        return hand_over(request, getattr(request.FILES["file"], "name", None) or "", content)
    try:
        found = plan(read(content), request.user)  # type: ignore[arg-type]  # an administrator, see AdminsOnly
    except SheetError as error:
        form.add_error("file", _line(error.problem))
        return _show(request, model_admin, form=form)
    token = secrets.token_urlsafe(16)
    cache.set(_KEY.format(user=request.user.pk, token=token), zlib.compress(content), KEPT_SECONDS)
    return _preview(request, model_admin, found, token)


def _line(problem: Problem) -> Any:
    return format_lazy("{} {}: {}", _("Line"), problem.line, problem.text)


def _confirmed(request: HttpRequest, model_admin: PanelAdmin) -> HttpResponse:
    form = ConfirmForm(request.POST)
    token = form.cleaned_data["token"] if form.is_valid() else ""
    kept = cache.get(_KEY.format(user=request.user.pk, token=token))
    if kept is None:
        messages.error(request, _("The file is not kept any more: choose it again."))
        return _show(request, model_admin, form=UploadForm())
    found = plan(read(zlib.decompress(kept)), request.user)  # type: ignore[arg-type]  # an administrator
    if form.cleaned_data["seen"] != _digest(found):
        messages.warning(request, _("The inventory changed meanwhile: this is what the file would do now."))
        return _preview(request, model_admin, found, token)
    try:
        changed = apply(found, only_good=form.cleaned_data["only_good"])
    except ValidationError as refused:
        for text in refused.messages:
            messages.error(request, text)
        return _preview(request, model_admin, found, token)
    cache.delete(_KEY.format(user=request.user.pk, token=token))
    done = ngettext("%(count)d number was changed.", "%(count)d numbers were changed.", changed) % {"count": changed}
    messages.success(request, done)
    return redirect(reverse("admin:numbering_phonenumber_changelist"))


def _digest(found: Plan) -> str:
    """What the plan does, so that nothing else is done than what was shown."""
    told = [*((step.row.line, step.verbs) for step in found.steps), *((one.line, "") for one in found.problems)]
    return hashlib.sha256(repr(told).encode()).hexdigest()


def _preview(request: HttpRequest, model_admin: PanelAdmin, found: Plan, token: str) -> HttpResponse:
    confirm = ConfirmForm(initial={"token": token, "seen": _digest(found)})
    changing = [step for step in found.steps if step.verbs]
    return _show(
        request,
        model_admin,
        confirm=confirm,
        plan=found,
        rows=list(_told(changing[:SHOWN])),
        problems=found.problems[:SHOWN],
        rows_left=max(0, len(changing) - SHOWN),
        problems_left=max(0, len(found.problems) - SHOWN),
        unchanged=len(found.steps) - len(changing),
    )


def _told(steps: list[Step]) -> Iterator[dict[str, Any]]:
    for step in steps:
        subscriber = "@".join(step.row.subscriber) if step.row.subscriber else ""
        verbs = ", ".join(str(verb.label) for verb in step.verbs)
        yield {"line": step.row.line, "e164": step.row.e164, "does": verbs, "subscriber": subscriber}


def _show(request: HttpRequest, model_admin: PanelAdmin, **more: Any) -> HttpResponse:
    context: dict[str, Any] = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": _("Import numbers"),
        "media": model_admin.media,
        "back": reverse("admin:numbering_phonenumber_changelist"),
        "again": request.path,
        "columns": COLUMNS,
        "most_lines": MAX_LINES,
        **more,
    }
    return TemplateResponse(request, "admin/number_import.html", context)
