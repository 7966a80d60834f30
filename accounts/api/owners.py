"""Whose a new row is."""

from __future__ import annotations

from rest_framework.exceptions import ValidationError

from accounts.models import Reseller, User


def reseller_of(user: User, named: Reseller | None) -> Reseller:
    """The reseller whose a row that `user` makes is: the one that was named, else its own. Raises ValidationError where
    there is neither."""
    reseller = named or user.reseller
    if reseller is None:
        raise ValidationError({"reseller": ["Say whose it is: the id of a reseller."]}, "required")
    return reseller
