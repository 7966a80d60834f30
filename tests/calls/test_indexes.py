"""Every index of the calls costs each call that is written: none is there that no page reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from calls.models import Call
from tests.factories.calls import CallFactory

pytestmark = pytest.mark.django_db

NEWEST = ("-started_at", "-id")


def _page(**where: Any) -> Callable[[], Any]:
    return lambda: Call.objects.filter(**where).order_by(*NEWEST)[:50]


READ_BY: dict[str, Callable[[], Any]] = {
    "call_by_start": _page(),  # the list without a filter, the dashboard
    "call_open": lambda: Call.objects.open().values("pk"),  # how many calls stand, in the panel's sidebar
    **{  # whose call: the API of a reseller, a customer's page, ?subscriber=
        f"call_by_{side}_{owner}": _page(**{f"{side}_{owner}_id": 1})
        for side in ("caller", "callee")
        for owner in ("reseller", "customer", "subscriber")
    },
    **{f"call_by_{side}_number": _page(**{f"{side}_number": "+4311001"}) for side in ("caller", "callee")},
    **{f"call_by_{gateway}": _page(**{f"{gateway}_id": 1}) for gateway in ("gateway_in", "gateway_out")},
    "call_leg": _page(parent_id=UUID(int=1)),  # a call's forwardings, on its page and when it ends
    "call_by_sip_call_id": _page(sip_call_id="a@192.0.2.1"),  # the panel's search
}


def test_every_index_has_its_page() -> None:
    assert {index.name for index in Call._meta.indexes} == set(READ_BY)


@pytest.mark.parametrize("name", READ_BY)
def test_the_page_is_read_by_the_index(name: str) -> None:
    for _ in range(30):
        CallFactory(ended=True)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE calls_call")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass", [name])
        parts = [part for (part,) in cursor.fetchall()]
    plan = READ_BY[name]().explain()
    assert parts
    assert any(f" using {part} " in plan or f" on {part} " in plan for part in parts), plan
