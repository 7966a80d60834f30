"""A page of calls that is found side by side holds what the plain query holds, whatever narrows the list.

These are tests of calls/querysets.py: `take` and `count_up_to`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from calls.choices import Direction
from calls.models import Call
from sipedge.proxy.identity import ANONYMOUS
from tests.factories.calls import CallFactory, call_between
from tests.factories.trunking import GatewayFactory
from tests.factories.two_resellers import TwoResellers

Narrow = Callable[[Any, TwoResellers], Any]
ORDERS = [("-started_at", "-id"), ("started_at", "id"), ("-started_at", "-pk")]

NARROWED: dict[str, Narrow] = {
    "all": lambda rows, _world: rows,
    "reseller": lambda rows, world: rows.of_reseller(world.a.reseller.pk),
    "customer": lambda rows, world: rows.of_customer(world.b.customer.pk),
    "subscriber of a reseller": lambda rows, world: rows.of_reseller(world.a.reseller.pk).filter(
        Q(caller_subscriber=world.a.alice) | Q(callee_subscriber=world.a.alice)
    ),
    "number, not the anonymous one's": lambda rows, world: rows.of_customer(world.a.customer.pk).filter(
        (Q(caller_number="+4311001") & (~Q(caller=ANONYMOUS) | Q(caller_customer=world.a.customer)))
        | Q(callee_number="+4311001")
    ),
    "direction": lambda rows, world: rows.filter(direction=Direction.INBOUND).of_reseller(world.a.reseller.pk),
    "place in the list": lambda rows, world: rows.of_reseller(world.a.reseller.pk).filter(
        Q(started_at__lt=timezone.now() - timedelta(minutes=9)) | Q(pk__lt="ffffffff-0000-7000-8000-000000000000"),
        started_at__lte=timezone.now() - timedelta(minutes=9),
    ),
    "direction out": lambda rows, world: rows.of_reseller(world.a.reseller.pk).filter(direction=Direction.OUTBOUND),
    "calls out by a gateway": lambda rows, _world: rows.filter(direction=Direction.OUTBOUND).filter(
        Q(gateway_in_id=1) | Q(gateway_out_id=1)
    ),
    "internal calls by a gateway": lambda rows, _world: rows.filter(direction=Direction.INTERNAL).filter(
        Q(gateway_in_id=1) | Q(gateway_out_id=1)
    ),
    "gateway": lambda rows, _world: rows.filter(Q(gateway_in__name="the one") | Q(gateway_out__name="the one")),
    "nobody's": lambda rows, _world: rows.none(),
    "nobody's of a reseller": lambda rows, world: rows.of_reseller(world.a.reseller.pk).none(),
    "not": lambda rows, world: rows.exclude(Q(caller_reseller=world.a.reseller) | Q(callee_reseller=world.a.reseller)),
}


@pytest.fixture
def world(two_resellers: TwoResellers) -> TwoResellers:
    """Calls of all kinds between and inside two resellers, a minute apart."""
    a, b, gateway = two_resellers.a, two_resellers.b, GatewayFactory(name="the one")
    pairs = [(a.alice, a.bob), (a.alice, b.bob), (b.bob, a.alice), (b.alice, b.bob)]
    for minute in range(24):
        begun = {"started_at": timezone.now() - timedelta(minutes=minute)}
        caller, callee = pairs[minute % 4]
        call_between(caller, callee, caller_number="+4311001" if minute % 3 else "", **begun)
        fields = {"callee_reseller": a.reseller, "callee_customer": a.customer, "callee_number": "+4311001"}
        caller_uri = ANONYMOUS if minute % 2 else "sip:+43660@192.0.2.1"
        CallFactory(direction=Direction.INBOUND, gateway_in=gateway, caller=caller_uri, **fields, **begun)
    return two_resellers


@pytest.mark.parametrize("order", ORDERS, ids="".join)
@pytest.mark.parametrize("narrow", NARROWED.values(), ids=NARROWED)
def test_a_page_is_the_slice_of_the_plain_query(world: TwoResellers, narrow: Narrow, order: tuple[str, ...]) -> None:
    rows = narrow(Call.objects.all(), world).order_by(*order)
    assert rows.take(7) == list(rows[:7])
    assert rows.take(12, 5) == list(rows[5:12])
    assert rows.take(1000) == list(rows)
    assert rows.take(2000, 1000) == []


@pytest.mark.parametrize("narrow", NARROWED.values(), ids=NARROWED)
def test_rows_of_both_sides_are_counted_once(world: TwoResellers, narrow: Narrow) -> None:
    rows = narrow(Call.objects.all(), world)
    assert rows.count_up_to(1000) == rows.count()
    assert rows.count_up_to(3) == min(3, rows.count())


def test_what_a_row_names_comes_with_the_page(world: TwoResellers) -> None:
    rows = Call.objects.of_reseller(world.a.reseller.pk).select_related("caller_subscriber__domain")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        names = [str(call.caller_subscriber) for call in rows.take(10)]
    assert (len(queries), len(names)) == (2, 10)


def test_each_side_is_read_by_its_own_index(world: TwoResellers) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    rows = Call.objects.of_reseller(world.a.reseller.pk)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        rows.take(10)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {queries[0]['sql']}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "caller_reseller_id_started_at_id_idx on" in plan  # each month has its own
    assert "callee_reseller_id_started_at_id_idx on" in plan
    assert " OR " not in plan
