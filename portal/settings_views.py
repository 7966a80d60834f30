"""The page on which a customer sets what is done with the calls of one subscriber."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.choices import Role
from portal.forms import CallSettingsForm
from portal.settings_reads import reader_for, settings_of
from subscribers.models import Subscriber
from subscribers.settings_actions import change_wishes, wishes_of


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def call_settings(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Shows what holds (GET), and makes hold what is asked for (POST).

    Raises PermissionDenied for those who are no customer's people, Http404 for a subscriber that is not theirs.
    """
    if request.user.role != Role.CUSTOMER:  # type: ignore[union-attr]
        raise PermissionDenied
    own = Subscriber.objects.visible_to(request.user).select_related("domain", "call_settings")
    subscriber = get_object_or_404(own, uid=uid)
    reader = reader_for(request.user, subscriber)  # type: ignore[arg-type]
    form = CallSettingsForm(reader, wishes_of(subscriber), request.POST if request.method == "POST" else None)
    if request.method == "POST" and _is_done(subscriber, form):
        messages.success(request, _("Saved. It holds from the next call on."))
        return redirect("portal-settings", uid=uid)
    context = {
        "subscriber": subscriber,
        "form": form,
        "settings": settings_of(subscriber),
        "shown_numbers": subscriber.shown_numbers.all(),
        "country_code": reader.number_format.country_code,
    }
    return render(request, "portal/settings.html", context)


def _is_done(subscriber: Subscriber, form: CallSettingsForm) -> bool:
    if not form.is_valid():
        return False
    try:
        change_wishes(subscriber, form.wishes, form.cleaned_data["seen"])
    except ValidationError as refused:
        form.refuse(refused)
        return False
    return True
