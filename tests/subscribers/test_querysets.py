"""Reads of the app subscribers beyond visible_to, which tests/accounts/test_querysets.py covers for all models."""

from datetime import timedelta

import pytest
from django.utils import timezone

from subscribers.models import Binding
from tests.factories.subscribers import BindingFactory

pytestmark = pytest.mark.django_db


def test_current_bindings_are_those_that_have_not_expired() -> None:
    current = BindingFactory()
    BindingFactory(expires_at=timezone.now() - timedelta(seconds=1))
    assert list(Binding.objects.current()) == [current]
