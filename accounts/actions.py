"""What is done with accounts beyond saving one row: making and revoking API tokens."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.choices import Scope
from accounts.models import ApiToken, User
from accounts.tokens import PREFIX_LENGTH, hash_token, new_token


def create_token(
    user: User,
    name: str,
    scopes: Iterable[str] = (Scope.READ,),
    expires_at: datetime | None = None,
) -> tuple[ApiToken, str]:
    """Make an API token for `user`; return its row and its text, which nobody can read again.

    Raises ValidationError for `name`, `scopes` or `expires_at`.
    """
    chosen = list(dict.fromkeys(str(scope) for scope in scopes))
    if not chosen or not set(chosen) <= set(Scope.values):
        known = ", ".join(Scope.values)
        raise ValidationError({"scopes": _("Choose at least one of: %(known)s.") % {"known": known}})
    if expires_at is not None and expires_at <= timezone.now():
        raise ValidationError({"expires_at": _("This time has passed already.")})
    text = new_token()
    token = ApiToken(
        user=user,
        name=name,
        prefix=text[:PREFIX_LENGTH],
        token_hash=hash_token(text),
        scopes=chosen,
        expires_at=expires_at,
    )
    token.full_clean()
    token.save()
    return token, text


def revoke_token(token: ApiToken) -> None:
    """End a token for good; one that is revoked already keeps its time."""
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
