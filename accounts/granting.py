"""What somebody may give to somebody else: never more than he has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.actions import create_token
from accounts.choices import Role
from accounts.models import ApiToken, User
from accounts.networks import outside
from accounts.scopes import ALL_SCOPES, covers

POWER = {Role.CUSTOMER: 0, Role.RESELLER: 1, Role.ADMIN: 2}
MORE = "more_than_yours"
"""The code of what is refused because it would be more."""


def outranks(user: User, other: User) -> bool:
    """Whether `user` may do more than `other` by its role."""
    return POWER[Role(user.role)] > POWER[Role(other.role)]


def is_as_good_as_all(user: User) -> bool:
    """Whether who logs in as this person may do all that a reseller or the provider may: by way of its own pages, with
    new tokens. Only a token that is good for everything may make such people or give them passwords."""
    return Role(user.role) is not Role.CUSTOMER


def is_bound(own: ApiToken) -> bool:
    """Whether this token is good for a time, or from some places, alone; a login is for ever and from everywhere."""
    return own.expires_at is not None or bool(own.networks)


def grant_token(
    own: ApiToken,
    user: User,
    name: str,
    scopes: Iterable[str],
    *,
    expires_at: datetime | None = None,
    networks: Sequence[str] | None = None,
) -> tuple[ApiToken, str]:
    """Make a token for `user` by means of one's own; return its row and its text.

    user: one that is visible to the own token's user. expires_at, networks: None for those of the own token. What a
    token is good for never grows this way: neither its scopes, nor the time and the places that it may be used in.

    Raises ValidationError for user, scopes, expires_at, networks, and what `create_token` refuses.
    """
    wanted, sources = list(scopes), list(own.networks if networks is None else networks)
    errors = {}
    if outranks(user, own.user):
        errors["user"] = ValidationError(_("This person may do more than you."), MORE)
    if more := [scope for scope in wanted if scope in ALL_SCOPES and not covers(own.scopes, scope)]:
        words = _("Your own token lacks %(scopes)s, so one that you make cannot have it either.")
        errors["scopes"] = ValidationError(words % {"scopes": ", ".join(more)}, MORE)
    if own.networks and (not sources or outside(sources, own.networks)):
        words = _("Your own token is good from %(own)s alone: one that you make cannot be used from elsewhere.")
        errors["networks"] = ValidationError(words % {"own": ", ".join(own.networks)}, MORE)
    ends = own.expires_at if expires_at is None else expires_at
    if own.expires_at is not None and ends is not None and ends > own.expires_at:
        words = _("Your own token ends at %(own)s: one that you make cannot outlive it.")
        errors["expires_at"] = ValidationError(words % {"own": own.expires_at.isoformat()}, MORE)
    if errors:
        raise ValidationError(errors)
    return create_token(user, name, wanted, ends, sources)
