"""Login names: which ones are the same, whatever their letters look like to a program.

`Alice`, `alice` and the same in letters of full width (U+FF41 …) are one name, and letters that only look
like others are not mixed in.
"""

from __future__ import annotations

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

ALIKE = frozenset({"LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU", "GEORGIAN"})
"""Scripts whose letters are easily taken for those of another (UTS #39 §4)."""


def login_key(username: str) -> str:
    """What two names have in common that are the same: compatibility forms and the case of letters do not count
    (toNFKC_Casefold of UAX #31, without its removal of what the model's validator refuses anyway)."""
    folded = unicodedata.normalize("NFKC", username).casefold()
    return unicodedata.normalize("NFKC", folded)


def validate_one_script(username: str) -> None:
    """Raises ValidationError for a name whose letters are of several scripts that look alike, such as
    alice with a Cyrillic a."""
    letters = (letter for letter in username if unicodedata.category(letter).startswith("L"))
    scripts = {unicodedata.name(letter, "").partition(" ")[0] for letter in letters}
    if len(scripts & ALIKE) > 1:
        raise ValidationError(_("Take the letters of one script: these look alike and are not."), "mixed_scripts")
