"""Whose a new row is."""

import pytest
from rest_framework.exceptions import ValidationError

from accounts.api.owners import reseller_of
from accounts.models import Reseller, User


def test_a_resellers_row_is_its_own() -> None:
    own = Reseller(name="Own")
    assert reseller_of(User(role="reseller", reseller=own), None) is own


def test_an_administrator_says_whose() -> None:
    named = Reseller(name="Named")
    assert reseller_of(User(role="admin"), named) is named
    with pytest.raises(ValidationError) as refused:
        reseller_of(User(role="admin"), None)
    assert refused.value.get_codes() == {"reseller": ["required"]}
