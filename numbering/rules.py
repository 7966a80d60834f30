"""The rules that a reading names (formats.Reading.rule), in the language of who reads them.

numbering/formats.py is pure and writes English. Here its sentences stand as templates, so that they are found again in
what it wrote; what stands in a {} is a sentence itself, or a number.
"""

from __future__ import annotations

import re
from typing import Final

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

# Sentences that hold another one come first: "national, after the prefix 0, but …".
RULES: Final = (
    _("{}, but {} is no E.164 number (2 to 15 digits, the first not 0)"),
    _("{}, but no national number has {} digits"),
    _("{}; {}… belongs to +{}"),
    _("digits without a prefix are E.164 here, but these are not {}"),
    _("{} to {} digits, the first not 0"),
    _("international, after the prefix {}"),
    _("national, after the prefix {}"),
    _("national, without a prefix"),
    _("local, in the area {}"),
    _("an extension behind {}"),
    _("an emergency number"),
    _("a service number, sent on as it is"),
    _("E.164 with the plus"),
    _("E.164 without the plus"),
    _("nothing behind the national prefix"),
    _("digits without a prefix mean nothing here"),
    _("a number in the same area, but the format has no area code"),
    _("not a phone number: it holds something else than digits"),
)
_FOUND_BY: Final = [(rule, re.compile(re.escape(rule).replace(r"\{\}", "(.+)"))) for rule in RULES]


def in_words(rule: str) -> str:
    """The rule in the language that is active; what is no rule stays as it is."""
    for template, pattern in _FOUND_BY:
        found = pattern.fullmatch(rule)
        if found is not None:
            return gettext(template).format(*map(in_words, found.groups()))
    return rule
