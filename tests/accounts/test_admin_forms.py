"""What the forms for people check, beyond what the panel's tests go through."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from accounts.admin_forms import check_owner
from accounts.choices import Role


@pytest.mark.parametrize(
    ("role", "reseller", "customer"), [(Role.ADMIN, None, None), (Role.RESELLER, 1, None), (Role.CUSTOMER, None, 1)]
)
def test_what_fits(role: str, reseller: Any, customer: Any) -> None:
    check_owner({"role": role, "reseller": reseller, "customer": customer})


def test_every_field_that_does_not_fit_is_named() -> None:
    with pytest.raises(ValidationError) as refusal:
        check_owner({"role": Role.RESELLER, "reseller": None, "customer": 1})
    assert set(refusal.value.message_dict) == {"reseller", "customer"}
