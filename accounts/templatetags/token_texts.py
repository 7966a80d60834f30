"""What pages say of tokens."""

from __future__ import annotations

from collections.abc import Collection

from django import template

from accounts.token_words import scopes_in_words

register = template.Library()


@register.filter
def in_words(scopes: Collection[str]) -> list[str]:
    """What a token with these scopes may do, a line for each area."""
    return scopes_in_words(scopes)
