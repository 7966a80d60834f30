"""The customer's page: my numbers, my phones now, call settings, my last calls.

Its live parts are fetched alone every few seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET
from django_htmx.http import HttpResponseClientRedirect

from accounts.choices import Role
from accounts.views import home_of
from portal.reads import calls_of, numbers_of, phones_of
from portal.settings_reads import accounts_of

View = Callable[[HttpRequest], HttpResponse]
# Digits of a page's number: a list of a million pages is nobody's.
LONGEST_PAGE = 6


def live_part(view: View) -> View:
    """A part of the page that is fetched alone, by a customer's people; whose session has ended is sent to log in.

    Raises PermissionDenied for everybody else.
    """

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            address = redirect_to_login(reverse("portal"), reverse("login"))
            # A plain redirect would put the login page into the middle of the customer's own.
            return HttpResponseClientRedirect(address.url) if request.headers.get("HX-Request") else address
        if request.user.role != Role.CUSTOMER:
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
        "numbers": numbers_of(request.user, _page(request, "numbers")),  # type: ignore[arg-type]
        "phones": phones_of(request.user, _page(request, "phones")),  # type: ignore[arg-type]
        "accounts": accounts_of(request.user, _page(request, "accounts")),  # type: ignore[arg-type]
        "page": calls_of(request.user, before),  # type: ignore[arg-type]
        "is_first_page": before is None,
        "now": timezone.now(),
    }
    return render(request, "portal/home.html", context)


@require_GET
@live_part
def phones(request: HttpRequest) -> HttpResponse:
    """The list of registered phones alone."""
    found = phones_of(request.user, _page(request, "phones"))  # type: ignore[arg-type]
    context = {"phones": found, "now": timezone.now()}
    return render(request, "portal/phones.html", context)


@require_GET
@live_part
def calls(request: HttpRequest) -> HttpResponse:
    """The list of the last calls alone."""
    page = calls_of(request.user)  # type: ignore[arg-type]
    return render(request, "portal/calls.html", {"page": page, "is_first_page": True})


def _page(request: HttpRequest, name: str) -> int:
    """The number of a list's page; 1 when it is absent or no such number at all."""
    text = request.GET.get(name, "")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) <= LONGEST_PAGE else 1


def _before(request: HttpRequest) -> datetime | None:
    """The time in ?before=; nothing when it is absent or no time at all: a page is better than a complaint."""
    try:
        parsed = parse_datetime(request.GET.get("before", ""))
    except ValueError:
        return None
    return parsed if parsed is not None and parsed.tzinfo is not None else None
