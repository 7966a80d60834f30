"""The page on which a reseller's and a customer's people make tokens for themselves, and revoke them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.actions import revoke_token
from accounts.choices import Role, TokenState
from accounts.models import ApiToken, User
from accounts.querysets import ScopedQuerySet
from accounts.token_forms import TokenForm

MOST_SHOWN = 100
"""The newest; who has more asks the API."""


def own_tokens(user: User) -> ScopedQuerySet[ApiToken]:
    """The tokens of this person alone, the newest first."""
    return ApiToken.objects.visible_to(user).filter(user=user)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def my_tokens(request: HttpRequest) -> HttpResponse:
    """Lists one's own tokens (GET) and makes one (POST), whose text the answer shows this once. Administrators are sent
    to the panel, where all tokens are."""
    user: Any = request.user
    if user.role == Role.ADMIN:
        return redirect("admin:accounts_apitoken_changelist")
    form = TokenForm(user, request.POST if request.method == "POST" else None)
    made = form.make() if request.method == "POST" else None
    if made is not None:
        token, text = made
        return render(request, "accounts/token_made.html", {"token": token, "text": text})
    context = {"form": form, "tokens": own_tokens(user)[:MOST_SHOWN], "address": request.META.get("REMOTE_ADDR", "")}
    return render(request, "accounts/tokens.html", context, status=400 if form.errors else 200)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def revoke_my_token(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Asks whether one of one's own tokens is to end (GET), and ends it (POST). Raises Http404 for others."""
    token = get_object_or_404(own_tokens(request.user), uid=uid)  # type: ignore[arg-type]
    if request.method == "POST":
        revoke_token(token)
        messages.success(request, _("“%(name)s” is revoked. It opens nothing any more.") % {"name": token.name})
        return redirect("tokens")
    return render(request, "accounts/token_revoke.html", {"token": token, "is_valid": token.state == TokenState.VALID})
