"""Reads of the app subscribers beyond visible_to, which tests/accounts/test_querysets.py covers for all models."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from subscribers import querysets
from subscribers.models import Binding, Subscriber
from tests.factories.subscribers import BindingFactory, SubscriberFactory
from tests.factories.two_resellers import TwoResellers

pytestmark = pytest.mark.django_db


def test_current_bindings_are_those_that_have_not_expired() -> None:
    current = BindingFactory()
    BindingFactory(expires_at=timezone.now() - timedelta(seconds=1))
    assert list(Binding.objects.current()) == [current]


WAYS = {"few": (1_000, 50_000), "many": (0, 50_000), "most": (0, 0)}


@pytest.fixture(params=WAYS.values(), ids=WAYS)
def _way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of the ways to somebody's bindings, whatever the number of subscribers."""
    few, many = request.param
    monkeypatch.setattr(querysets, "FEW", few)
    monkeypatch.setattr(querysets, "MANY", many)


@pytest.fixture
def bindings(two_resellers: TwoResellers) -> list[Binding]:
    """Ten more phones of each side, and one that has expired."""
    made = []
    for side in (two_resellers.a, two_resellers.b):
        for _ in range(10):
            account = SubscriberFactory(domain=side.domain, customer=side.customer)
            made.append(BindingFactory(subscriber=account, transport="tcp"))
        BindingFactory(subscriber=side.alice, expires_at=timezone.now() - timedelta(seconds=1))
    return made


@pytest.mark.usefixtures("bindings", "_way")
def test_somebodys_bindings_are_the_same_on_every_way(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    everything = Binding.objects.current().order_by("-id")
    for user in (two_resellers.admin, side.reseller_user, side.customer_user):
        rows = everything.visible_to(user)
        theirs = {account.pk for account in Subscriber.objects.visible_to(user)}
        expected = [binding for binding in everything if binding.subscriber_id in theirs]
        assert rows.take(5) == expected[:5]
        assert rows.take(8, 4) == expected[4:8]
        assert rows.count_up_to(1000) == len(expected)
        assert rows.count_up_to(3) == 3
        assert list(rows) == expected


@pytest.mark.usefixtures("bindings", "_way")
def test_two_sets_of_subscribers_narrow_each_other(two_resellers: TwoResellers) -> None:
    side, other = two_resellers.a, two_resellers.b
    named = Subscriber.objects.filter(username__startswith="subscriber")
    rows = Binding.objects.visible_to(side.reseller_user).of_subscribers(named).order_by("id")
    assert {binding.transport for binding in rows.take(100)} == {"tcp"}
    assert (len(rows.take(100)), rows.count_up_to(100)) == (10, 10)
    foreign = rows.of_customer(other.customer.pk)
    assert (foreign.take(10), foreign.count_up_to(10)) == ([], 0)


@pytest.mark.usefixtures("bindings")
def test_of_many_subscribers_no_binding_looks_for_its_own(
    two_resellers: TwoResellers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(querysets, "FEW", 0)
    rows = Binding.objects.of_reseller(two_resellers.a.reseller.pk).order_by("-id")
    with CaptureQueriesContext(connection) as queries:
        rows.take(10)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {queries[-1]['sql']}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "hashed SubPlan" in plan, plan
    assert "Join" not in plan, plan
    assert "Nested Loop" not in plan, plan


@pytest.mark.usefixtures("bindings")
def test_a_rare_transport_is_read_by_its_index() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    rows = Binding.objects.current().order_by("-id")
    for transport in ("tcp", "tls", "ws", "wss"):
        assert "binding_by_transport" in rows.filter(transport=transport)[:50].explain()
    assert "binding_by_transport" not in rows.filter(transport="udp")[:50].explain()


def test_whose_the_suspended_are_is_read_from_their_index(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    for _ in range(30):
        SubscriberFactory(domain=side.domain, customer=side.customer)
    gone = SubscriberFactory(domain=side.domain, customer=side.customer, is_active=False)
    SubscriberFactory(domain=two_resellers.b.domain, customer=two_resellers.b.customer, is_active=False)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE subscribers_subscriber")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
    rows = Subscriber.objects.filter(is_active=False, domain=side.domain).order_by("username", "id")
    with CaptureQueriesContext(connection) as queries:
        assert rows.select_related("domain").take(50) == [gone]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {queries[0]['sql']}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Index Only Scan using subscriber_suspended" in plan, plan
