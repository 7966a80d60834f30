"""Who calls the API: a bearer token (RFC 6750), known by its hash, with its scopes, expiry and its owner's state."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.choices import Scope
from accounts.models import ApiToken, User
from accounts.tokens import hash_token

SCHEME = "Bearer"
# last_used_at is written at most this often, so that a busy token does not cost a write each request.
LAST_USED_STEP = timedelta(minutes=1)
# One sentence for every way in which a token does not hold: what exactly is wrong is nobody's business.
REFUSED = "This token is unknown, expired or revoked. Ask your provider for a new one."


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer frt_…`."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """The token's user and the token; None without credentials. Raises AuthenticationFailed (401)."""
        words = get_authorization_header(request).split()
        if not words:
            return None
        if words[0].lower() != SCHEME.lower().encode() or len(words) != 2:
            raise AuthenticationFailed("Send the header Authorization: Bearer TOKEN.", "malformed_token")
        usable = ApiToken.objects.usable().select_related("user__reseller", "user__customer")
        token = usable.filter(token_hash=hash_token(words[1].decode("latin-1"))).first()
        if token is None:
            raise AuthenticationFailed(REFUSED, "invalid_token")
        _note_use(token)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 - the framework's signature
        """What WWW-Authenticate says beside a 401."""
        return f'{SCHEME} realm="Freiton API"'


class HasScope(BasePermission):
    """The token must carry the scope that the method needs: `read` for safe methods, `write` for all."""

    message = "This token lacks the scope that this request needs."
    code = "insufficient_scope"

    def has_permission(self, request: Request, view: Any) -> bool:  # noqa: ARG002 - the framework's signature
        """False without a token, so that nothing but a token opens the API."""
        if not isinstance(request.auth, ApiToken):
            return False
        if request.method in SAFE_METHODS and Scope.READ in request.auth.scopes:
            return True
        return Scope.WRITE in request.auth.scopes


def _note_use(token: ApiToken) -> None:
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at >= LAST_USED_STEP:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
