"""Writes of several rows of the app trunking."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from accounts.models import Customer, Reseller
from trunking.choices import RuleKind
from trunking.models import DestinationRule
from trunking.rule_sets import NewRule, beginnings_of


@transaction.atomic
def add_rules(rules: Sequence[NewRule], reseller: Reseller | None = None, customer: Customer | None = None) -> int:
    """Write destination rules of one owner; return how many there are more now.

    A rule of this owner for the same prefix that stands already stays as it is. reseller: the customer's, where there
    is one. Raises ValidationError where the two do not belong together.
    """
    owner = DestinationRule(reseller=reseller, customer=customer)
    owner.clean()
    owned = DestinationRule.objects.filter(kind=RuleKind.NUMBER, reseller=owner.reseller_id, customer=customer)
    before = dict(owned.values_list("prefix", "is_allowed"))
    rows = [
        DestinationRule(
            prefix=rule.prefix,
            is_allowed=_verdict_now(rule.prefix, before) if rule.is_allowed is None else rule.is_allowed,
            reason=rule.reason,
            reseller_id=owner.reseller_id,
            customer=customer,
        )
        for rule in rules
    ]
    DestinationRule.objects.bulk_create(rows, ignore_conflicts=True)
    return owned.count() - len(before)


def _verdict_now(prefix: str, known: dict[str, bool]) -> bool:
    """Whether these rules, prefix → is_allowed, let pass what begins with a prefix."""
    return next((known[start] for start in (prefix, *beginnings_of(prefix)) if start in known), True)
