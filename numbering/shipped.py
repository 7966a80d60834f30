"""The number formats that Freiton ships: one for each national plan, written once and then the provider's own.

What a plan says (emergency and service numbers, lengths, premium) is read from its file, so a new version brings it
without touching a row. A shipped format may be renamed and changed like any other; it can only not be deleted in the
panel, which is how a later start knows that it has been written.
"""

from __future__ import annotations

from itertools import chain

from django.db import transaction

from numbering.choices import BareDigitsChoice
from numbering.models import NumberFormat
from numbering.plans import PLANS, Plan, plan


@transaction.atomic
def ensure_shipped_formats() -> None:
    """Write the formats that are not there yet. A name that somebody has used already stays theirs."""
    written = set(NumberFormat.objects.exclude(shipped="").values_list("shipped", flat=True))
    missing = [known for key in PLANS if key not in written and (known := plan(key)) is not None]
    if not missing:
        return
    taken = set(NumberFormat.objects.values_list("name", flat=True))
    NumberFormat.objects.bulk_create(_format(known, taken) for known in missing)


def _format(known: Plan, taken: set[str]) -> NumberFormat:
    names = chain([known.name], (f"{known.name} ({known.key.upper()}{n or ''})" for n in range(len(taken) + 1)))
    return NumberFormat(
        name=next(name for name in names if name not in taken),
        country_code=known.country_code,
        international_prefix=known.international_prefix,
        national_prefix=known.national_prefix,
        bare_digits=BareDigitsChoice(known.bare_digits),
        plan=known.key,
        shipped=known.key,
    )
