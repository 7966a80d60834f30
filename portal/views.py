"""The customer's page: my numbers, my phones now, my last calls. Its live parts are fetched alone every few seconds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET

from accounts.choices import Role
from accounts.views import home_of
from portal.reads import calls_of, numbers_of, phones_of

View = Callable[[HttpRequest], HttpResponse]


def customers_only(view: View) -> View:
    """Raises PermissionDenied for everybody but a customer's people."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if request.user.role != Role.CUSTOMER:  # type: ignore[union-attr]
            raise PermissionDenied
        return view(request)

    return guarded


@login_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The page. Administrators and resellers are sent to where they begin."""
    if request.user.role != Role.CUSTOMER:  # type: ignore[union-attr]
        return redirect(home_of(request.user))  # type: ignore[arg-type]
    before = _before(request)
    context = {
        "numbers": numbers_of(request.user),  # type: ignore[arg-type]
        "phones": phones_of(request.user),  # type: ignore[arg-type]
        "page": calls_of(request.user, before),  # type: ignore[arg-type]
        "is_first_page": before is None,
        "now": timezone.now(),
    }
    return render(request, "portal/home.html", context)


@login_required
@require_GET
@customers_only
def phones(request: HttpRequest) -> HttpResponse:
    """The list of registered phones alone."""
    context = {"phones": phones_of(request.user), "now": timezone.now()}  # type: ignore[arg-type]
    return render(request, "portal/phones.html", context)


@login_required
@require_GET
@customers_only
def calls(request: HttpRequest) -> HttpResponse:
    """The list of the last calls alone."""
    page = calls_of(request.user)  # type: ignore[arg-type]
    return render(request, "portal/calls.html", {"page": page, "is_first_page": True})


def _before(request: HttpRequest) -> datetime | None:
    """The time in ?before=; nothing when it is absent or no time at all: a page is better than a complaint."""
    try:
        parsed = parse_datetime(request.GET.get("before", ""))
    except ValueError:
        return None
    return parsed if parsed is not None and parsed.tzinfo is not None else None
