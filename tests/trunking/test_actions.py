"""Writing many destination rules at once."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from tests.factories.accounts import CustomerFactory, ResellerFactory
from tests.factories.trunking import DestinationRuleFactory
from trunking.actions import add_rules
from trunking.models import DestinationRule
from trunking.rule_sets import NewRule

pytestmark = pytest.mark.django_db

SEVEN = [NewRule("7", False, "Russia"), NewRule("77", None, "Kazakhstan")]


def _verdicts(**owner: Any) -> dict[str, bool]:
    return dict(DestinationRule.objects.filter(**owner).values_list("prefix", "is_allowed"))


def test_what_is_not_chosen_stays_as_it_was() -> None:
    assert add_rules(SEVEN) == 2
    assert _verdicts() == {"7": False, "77": True}


def test_also_where_it_was_barred() -> None:
    DestinationRuleFactory(prefix="", is_allowed=False)
    assert add_rules([rule._replace(is_allowed=True) if rule.prefix == "7" else rule for rule in SEVEN]) == 2
    assert _verdicts() == {"": False, "7": True, "77": False}


def test_a_rule_that_stands_is_kept() -> None:
    mine = DestinationRuleFactory(prefix="7", is_allowed=True, reason="mine")
    assert add_rules(SEVEN) == 1
    mine.refresh_from_db()
    assert (mine.is_allowed, mine.reason) == (True, "mine")
    assert add_rules(SEVEN) == 0


def test_a_rule_for_service_numbers_is_another_one() -> None:
    DestinationRuleFactory(prefix="7", kind="service", is_allowed=True)
    assert add_rules(SEVEN) == 2
    assert _verdicts(kind="number") == {"7": False, "77": True}


def test_rules_of_a_customer_are_its_resellers_too_and_nobody_elses() -> None:
    customer = CustomerFactory()
    DestinationRuleFactory(prefix="7", is_allowed=True)
    assert add_rules(SEVEN, customer=customer) == 2
    assert _verdicts(reseller=customer.reseller, customer=customer) == {"7": False, "77": True}
    assert _verdicts(reseller=None) == {"7": True}
    with pytest.raises(ValidationError):
        add_rules(SEVEN, reseller=ResellerFactory(), customer=customer)


def test_nothing_is_nothing() -> None:
    assert add_rules([]) == 0
