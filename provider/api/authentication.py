"""Who calls the API: a bearer token (RFC 6750), known by its hash, with its scopes, networks, expiry and its
owner's state."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.choices import Area, Scope
from accounts.models import ApiToken, User
from accounts.networks import networks_of
from accounts.scopes import allows, missing
from accounts.tokens import hash_token
from provider.proxies import is_inside

SCHEME = "Bearer"
CHALLENGE = f'{SCHEME} realm="Freiton API"'
# last_used_at is written at most this often, so that a busy token does not cost a write each request.
LAST_USED_STEP = timedelta(minutes=1)
# One sentence for every way in which a token does not hold: what exactly is wrong is nobody's business.
REFUSED = "This token is unknown, expired, revoked, or not to be used from your address. Ask for a new one."


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer frt_…`."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """The token's user and the token; None without credentials. Raises AuthenticationFailed (401)."""
        words = get_authorization_header(request).split()
        if not words:
            return None
        if words[0].lower() != SCHEME.lower().encode() or len(words) != 2:
            raise AuthenticationFailed("Send the header Authorization: Bearer TOKEN.", "malformed_token")
        usable = ApiToken.objects.usable().select_related("user__reseller", "user__customer__reseller")
        token = usable.filter(token_hash=hash_token(words[1].decode("latin-1"))).first()
        address = request.META.get("REMOTE_ADDR", "")
        if token is None or not _may_come_from(token, address):
            raise AuthenticationFailed(REFUSED, "invalid_token")
        _note_use(token, address)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """What WWW-Authenticate says beside a 401: why, where a token was sent (RFC 6750 §3.1)."""
        return f'{CHALLENGE}, error="invalid_token"' if get_authorization_header(request) else CHALLENGE


class InsufficientScope(PermissionDenied):
    """The token may do less than this request needs (403), which the challenge names (RFC 6750 §3.1)."""

    default_code = "insufficient_scope"

    def __init__(self, lacking: Sequence[str]) -> None:
        """lacking: the scopes that are missing."""
        names = " ".join(lacking)
        super().__init__(f"This token lacks the scope that this request needs: {names}.")
        self.auth_header = f'{CHALLENGE}, error="insufficient_scope", scope="{names}"'


class HasScope(BasePermission):
    """The token must carry the scopes of the view's `areas`: to read for safe methods and for what only looks
    (`only_reads`), to write for all else."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """False without a token, so that nothing but a token opens the API. Raises InsufficientScope."""
        if not isinstance(request.auth, ApiToken):
            return False
        only_reads = request.method in SAFE_METHODS or getattr(view, "action", "") in getattr(view, "only_reads", ())
        demand(request.auth, view.areas, is_write=not only_reads)
        return True


def demand_still(request: Request, areas: Iterable[Area]) -> None:
    """Raise AuthenticationFailed or InsufficientScope where the token would be refused by now, or its person belongs to
    somebody else: for a request that has waited."""
    found = BearerAuthentication().authenticate(request)
    if found is None or _standing(found[0]) != _standing(request.user):
        raise AuthenticationFailed(REFUSED, "invalid_token")
    demand(found[1], areas)


def demand(token: ApiToken, areas: Iterable[Area], *, is_write: bool = False) -> None:
    """Raise InsufficientScope unless the token may read, or write, in all of these areas."""
    wanted = list(areas)
    if not allows(token.scopes, wanted, is_write=is_write):
        lacking = missing(token.scopes, wanted, is_write=is_write)
        raise InsufficientScope(lacking or [Scope.WRITE if is_write else Scope.READ])


def _standing(user: Any) -> tuple[Any, ...]:
    return user.pk, user.role, user.reseller_id, user.customer_id


def _may_come_from(token: ApiToken, address: str) -> bool:
    return not token.networks or is_inside(address, networks_of(token.networks))


def _note_use(token: ApiToken, address: str) -> None:
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at >= LAST_USED_STEP:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now, last_used_from=_known_address(address))


def _known_address(text: str) -> str | None:
    """As PostgreSQL takes it; None where a proxy on the same machine speaks by a socket that has no address."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return str(getattr(address, "ipv4_mapped", None) or address)
