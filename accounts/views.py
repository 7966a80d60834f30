"""Coming in and going out, and the page that a reseller finds behind the door."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from accounts.choices import Role, TokenState
from accounts.forms import LoginForm
from accounts.models import User
from accounts.token_views import MOST_SHOWN, own_tokens

HOMES = {Role.ADMIN: "admin:index", Role.RESELLER: "reseller", Role.CUSTOMER: "portal"}


def home_of(user: User) -> str:
    """The address where somebody of this role begins."""
    return reverse(HOMES[Role(user.role)])


class Login(LoginView):
    """The one login page: for admins, resellers and customers."""

    authentication_form = LoginForm
    template_name = "accounts/login.html"
    redirect_authenticated_user = True

    def get_default_redirect_url(self) -> str:
        """Where the user's role begins, unless the page that sent here is asked for by ?next=."""
        return home_of(self.request.user)  # type: ignore[arg-type]


@login_required
@require_GET
def reseller_page(request: HttpRequest) -> HttpResponse:
    """What a reseller has here: the address of the API and the tokens that open it."""
    if request.user.role != Role.RESELLER:  # type: ignore[union-attr]
        raise PermissionDenied
    tokens = own_tokens(request.user).in_state(TokenState.VALID)[:MOST_SHOWN]  # type: ignore[arg-type, attr-defined]
    return render(request, "accounts/reseller.html", {"tokens": tokens})
