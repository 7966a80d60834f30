"""Call settings of many subscribers: what is sent is merged as for one, and refused as for one."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction
from rest_framework.exceptions import ValidationError

from portal.api.many import change_many
from portal.api.serializers import CallSettingsSerializer
from subscribers.grants_actions import grants_of
from subscribers.models import Subscriber
from subscribers.settings_actions import wishes_of
from tests.factories.two_resellers import TwoResellers

DOCUMENTS: tuple[dict[str, Any], ...] = (
    {},
    {"do_not_disturb": True, "max_calls": 3},
    {"forwardings": {"busy": {"targets": ["bob", "+43 1 55599"], "seconds": 30}}},
    {"forwardings": {"busy": {"targets": ["bob"]}, "always": {"targets": ["X@A.example.org"], "is_active": False}}},
    {"forwardings": {"busy": None}, "caller_rules": [{"pattern": "+43900*", "note": "Dear"}]},
    {"caller_rules": [{"pattern": "+43900*", "action": "allow"}], "shown_numbers": [{"e164": "+43155588"}]},
    {"international": True, "forwardings": {"parallel": {"targets": ["+493012345678"]}}},
    {"forwardings": {"no_answer": {"targets": ["+43900123456", "+43155599"]}}},
    {"forwardings": {"no_answer": {"seconds": 30}}},
    {"forwardings": {"always": {"targets": ["nobody", "x@else.example"]}}},
    {"caller_rules": [{"pattern": "nobody at all"}], "max_calls": 0},
    {"caller_rules": [], "shown_numbers": [], "international": False},
)


def _alone(subscriber: Subscriber, user: Any, sent: dict[str, Any]) -> Any:
    """What the serializer of one makes of it: what holds then, or what is refused."""
    fresh = Subscriber.objects.select_related("domain").get(pk=subscriber.pk)
    context = {"request": SimpleNamespace(user=user)}
    serializer = CallSettingsSerializer(fresh, data=sent, partial=True, context=context)
    try:
        serializer.is_valid(raise_exception=True)
        serializer.save()
    except ValidationError as error:
        return error.get_full_details()
    return _held(subscriber)


def _held(subscriber: Subscriber) -> Any:
    fresh = Subscriber.objects.get(pk=subscriber.pk)
    return wishes_of(fresh), grants_of(fresh), list(fresh.caller_rules.order_by("pattern").values("pattern", "note"))


@pytest.mark.django_db
def test_what_many_become_and_are_refused_is_what_one_does(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    user = side.reseller_user
    for sent in DOCUMENTS:
        with transaction.atomic():
            expected = _alone(side.alice, user, sent)
            transaction.set_rollback(True)
        fresh = Subscriber.objects.select_related("domain").get(pk=side.alice.pk)
        with transaction.atomic():
            refused = change_many(user, {fresh: sent})
            transaction.set_rollback(bool(refused))
        found = refused[fresh].get_full_details() if refused else _held(side.alice)
        assert found == expected, sent
