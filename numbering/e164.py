"""E.164 numbers as text: a plus, then 2 to 15 digits, the first of them not 0 (ITU-T E.164 §6).

Pure: sipedge/routing imports this module and numbering/formats.py, so nothing of Django is in them.
"""

from __future__ import annotations

import re

MAX_DIGITS = 15  # E.164 §6.1: country code and national significant number together
MIN_DIGITS = 2

# What digits without any prefix must have at least to be taken for a whole E.164 number: with the country code
# the shortest numbers in use (Niue, Saint Helena, base numbers in Vienna) have seven. Fewer are short codes and
# extensions.
MIN_DIGITS_BARE = 7

E164 = re.compile(rf"\+[1-9][0-9]{{{MIN_DIGITS - 1},{MAX_DIGITS - 1}}}").fullmatch
"""The match of a text that is one, None for others."""


def is_e164(text: str) -> bool:
    """Tell whether `text` is an E.164 number written with its plus and nothing else."""
    return E164(text) is not None
