"""What columns of the app accounts may hold, beyond what the database checks."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

FEWEST_LETTERS = 3


def validate_user_agent_pattern(pattern: str) -> None:
    """Raises ValidationError for a pattern that would shut out phones that nobody meant."""
    if not pattern.isprintable():
        raise ValidationError(_("Write plain text without line ends."))
    if len(pattern.replace("*", "").strip()) < FEWEST_LETTERS:
        raise ValidationError(
            _("Write at least %(n)d characters besides *: less would shut out ordinary phones too."),
            params={"n": FEWEST_LETTERS},
        )
