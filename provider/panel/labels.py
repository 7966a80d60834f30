"""Labels and ways of writing that several pages share."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

ACTIVE_TONES = {True: "success", False: "danger"}


def active_label(is_active: bool) -> tuple[bool, Any]:
    """What `display(label=ACTIVE_TONES)` makes a coloured label of."""
    return is_active, _("active") if is_active else _("suspended")


def clock(seconds: float) -> str:
    """75.4 → 1:15; an hour and more → 1:00:00."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
