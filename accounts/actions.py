"""What is done with accounts beyond saving one row: making and revoking API tokens, giving passwords."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.choices import Scope, TokenState
from accounts.models import ApiToken, User
from accounts.networks import MOST_NETWORKS, read_source
from accounts.scopes import ALL_SCOPES
from accounts.tokens import PREFIX_LENGTH, hash_token, new_password, new_token

MOST_TOKENS = 500
"""Of one person, that are valid at the same time: a program that makes one each time it runs is stopped."""


def create_token(
    user: User,
    name: str,
    scopes: Iterable[str] = (Scope.READ,),
    expires_at: datetime | None = None,
    networks: Iterable[str] = (),
) -> tuple[ApiToken, str]:
    """Make an API token for `user`; return its row and its text, which nobody can read again.

    networks: from which it may be used, as `read_source` writes them; none: from anywhere.

    Raises ValidationError for `user`, `name`, `scopes`, `expires_at` or `networks`.
    """
    chosen = list(dict.fromkeys(str(scope) for scope in scopes))
    if not chosen or not set(chosen) <= set(ALL_SCOPES):
        known = ", ".join(ALL_SCOPES)
        raise ValidationError({"scopes": _("Choose at least one of: %(known)s.") % {"known": known}})
    if expires_at is not None and expires_at <= timezone.now():
        raise ValidationError({"expires_at": _("This time has passed already.")})
    sources = _checked_sources(networks)
    text = new_token()
    token = ApiToken(
        user=user,
        name=name,
        prefix=text[:PREFIX_LENGTH],
        token_hash=hash_token(text),
        scopes=chosen,
        networks=sources,
        expires_at=expires_at,
    )
    token.full_clean()
    with transaction.atomic():
        _refuse_one_too_many(user)
        token.save()
    return token, text


def _checked_sources(networks: Iterable[str]) -> list[str]:
    try:
        sources = list(dict.fromkeys(read_source(network) for network in networks))
    except ValidationError as error:
        raise ValidationError({"networks": error}) from error
    if len(sources) > MOST_NETWORKS:
        raise ValidationError({"networks": _("At most %(n)d networks.") % {"n": MOST_NETWORKS}})
    return sources


def _refuse_one_too_many(user: User) -> None:
    """Raises ValidationError where the user has as many valid tokens as one may; who asks meanwhile waits."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if user.api_tokens.in_state(TokenState.VALID).count() >= MOST_TOKENS:
        words = _("This person has %(n)d valid tokens already. Revoke those that nobody uses.")
        raise ValidationError({"user": ValidationError(words % {"n": MOST_TOKENS}, "too_many")})


def set_password(user: User, password: str | None = None) -> str | None:
    """Give a stored or unstored user a password, without saving; return the one that was made where none is given.

    When it is saved, the user's sessions end by themselves: they are bound to the password's hash. Tokens stay.

    Raises ValidationError for `password`: too weak.
    """
    if password is not None:
        try:
            validate_password(password, user)
        except ValidationError as error:
            raise ValidationError({"password": error}) from error
    made = new_password() if password is None else None
    user.set_password(password if made is None else made)
    return made


def revoke_token(token: ApiToken) -> None:
    """End a token for good; one that is revoked already keeps its time."""
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])


def revoke_tokens_of(user: User) -> int:
    """End all tokens of a person; return how many. They were given for what the person was allowed then."""
    return user.api_tokens.filter(revoked_at__isnull=True).update(revoked_at=timezone.now())
