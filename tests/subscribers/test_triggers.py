"""What triggers keep true: a row of call settings beneath each forwarding and list, and lists that stay short."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, models, transaction

from subscribers.models import CallerRule, CallSettings, Forwarding, ShownNumber
from subscribers.triggers import MAX_CALLER_RULES, MAX_SHOWN_NUMBERS
from tests.factories.subscribers import (
    CallerRuleFactory,
    ForwardingFactory,
    ShownNumberFactory,
    SubscriberFactory,
)

pytestmark = pytest.mark.django_db


def _check_deferred() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize(
    ("model", "rows", "most"),
    [
        (CallerRule, lambda s, n: CallerRule(subscriber=s, pattern=f"+43{n + 1}"), MAX_CALLER_RULES),
        (ShownNumber, lambda s, n: ShownNumber(subscriber=s, e164=f"+49{n + 1}"), MAX_SHOWN_NUMBERS),
    ],
)
def test_lists_are_bounded_however_they_are_filled(model: type[models.Model], rows: Any, most: int) -> None:
    subscriber, other = SubscriberFactory(), SubscriberFactory()
    model._default_manager.bulk_create(rows(subscriber, n) for n in range(most))
    stray = rows(other, most)
    stray.save()
    with pytest.raises(IntegrityError, match=f"at most {most} rows"), transaction.atomic():
        rows(subscriber, most + 1).save()
    with pytest.raises(IntegrityError, match=f"at most {most} rows"), transaction.atomic():
        model._default_manager.filter(pk=stray.pk).update(subscriber=subscriber)
    assert model._default_manager.filter(subscriber=subscriber).count() == most


@pytest.mark.parametrize("factory", [ForwardingFactory, CallerRuleFactory, ShownNumberFactory])
def test_beneath_each_row_lies_one_of_call_settings(factory: Any) -> None:
    row = factory()
    settings = row.subscriber.call_settings
    assert (settings.international, settings.called_number_in, settings.max_calls) == (False, "contact", None)
    settings.international = True
    settings.save()
    second = factory(subscriber=row.subscriber, **({"condition": "busy"} if factory is ForwardingFactory else {}))
    assert CallSettings.objects.get(subscriber=row.subscriber).international
    other = SubscriberFactory()
    second.subscriber = other
    second.save()
    assert CallSettings.objects.filter(subscriber=other).exists()
    _check_deferred()


def test_who_takes_the_settings_away_takes_all_of_them() -> None:
    rule = CallerRuleFactory()
    ForwardingFactory(subscriber=rule.subscriber)
    CallSettings.objects.all()._raw_delete("default")
    _check_deferred()
    assert not CallerRule.objects.exists()
    assert not Forwarding.objects.exists()
