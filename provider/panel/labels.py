"""Labels that several pages share."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

ACTIVE_TONES = {True: "success", False: "danger"}


def active_label(is_active: bool) -> tuple[bool, Any]:
    """What `display(label=ACTIVE_TONES)` makes a coloured label of."""
    return is_active, _("active") if is_active else _("suspended")
