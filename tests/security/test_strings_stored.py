"""Hostile strings in PostgreSQL and in pages: the row `strings`, where it needs a database.

As in the matrix, each check is also seen to fail without its defence.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest
from django.template import base as template_base
from django.test import Client
from django.utils import html as django_html

from calls.models import Call
from sipedge.store.postgres import PostgresStore
from sipedge.store.settings import StoreSettings
from subscribers.models import Binding
from tests.factories.two_resellers import TwoResellers, make_two_resellers
from tests.security.rows_strings import HOSTILE
from tests.sipedge.store.stock import Stock, a_binding, answer, stock_postgres, writing

Run = Callable[[], Awaitable[None]]
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def stock(edge_dsn: str) -> Stock:
    return stock_postgres()


async def ask_and_store(dsn: str, stock: Stock) -> None:
    """Hostile names are looked up, hostile values are written and read again."""
    store = PostgresStore(dsn, stock.credential_keys, StoreSettings(deadline=2.0))
    await store.start()
    try:
        for text in HOSTILE[:6]:
            assert await answer(store.subscribers.fetch((stock.domain, text))) is None
            assert await answer(store.numbers.fetch(text)) is None
        known = await answer(store.bindings.fetch(stock.alice))
        new = [
            a_binding(f"n{number}", user_agent=text, call_id=f"{text}", instance_id=text)
            for number, text in enumerate(HOSTILE)
        ]
        assert known == ()
        await answer(store.bindings.commit(stock.alice, writing(*new)))
    finally:
        await store.stop()
    connection = await asyncpg.connect(dsn)
    found = await connection.fetch("SELECT user_agent FROM edge_binding")
    await connection.close()
    assert sorted(row["user_agent"] for row in found) == sorted(HOSTILE)


async def _interpolated(self: Any, query: str, *args: Any, **_words: Any) -> Any:
    """A query with its parameters written into it."""

    def written(match: re.Match[str]) -> str:
        value = args[int(match[1]) - 1]
        values = list(value) if isinstance(value, list | tuple) else None
        quoted = ", ".join("NULL" if one is None else f"'{one}'" for one in (values or [value]))
        return f"ARRAY[{quoted}]" if values is not None else quoted

    try:
        return await self._fetch_plain(re.sub(r"\$(\d+)", written, query))
    except asyncpg.PostgresError as error:
        raise AssertionError(f"PostgreSQL read a value as SQL: {error}") from error


@pytest.mark.django_db(transaction=True)
async def test_values_are_parameters(edge_dsn: str, stock: Stock) -> None:
    await ask_and_store(edge_dsn, stock)


@pytest.mark.django_db(transaction=True)
async def test_values_in_statements_are_seen_to_fail(
    edge_dsn: str, stock: Stock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asyncpg.Connection, "_fetch_plain", asyncpg.Connection.fetch, raising=False)
    monkeypatch.setattr(asyncpg.Connection, "fetch", _interpolated)
    with pytest.raises(Exception):  # noqa: B017, PT011  whichever of the values PostgreSQL stumbles over first
        await ask_and_store(edge_dsn, stock)


def see_pages(two: TwoResellers) -> None:
    """Every page that shows what phones wrote: none has a tag of theirs."""
    side = two.a
    Binding.objects.update(user_agent=SCRIPT, contact=f"sip:{SCRIPT}@192.0.2.1")
    Call.objects.update(caller=f"sip:{SCRIPT}@x", callee=f"sip:{SCRIPT}@y", sip_call_id=SCRIPT, reason=SCRIPT)
    call = Call.objects.order_by("-started_at").first()
    assert call is not None
    pages = {
        two.admin: [
            "/admin/",
            "/admin/calls/call/",
            f"/admin/calls/call/{call.pk}/change/",
            "/admin/subscribers/binding/",
        ],
        side.customer_user: ["/"],
    }
    shown = 0
    for user, paths in pages.items():
        client = Client()
        client.force_login(user)
        for path in paths:
            response = client.get(path, follow=True)
            assert response.status_code == 200, (path, response.status_code)
            text = response.content.decode()
            assert SCRIPT not in text, path
            shown += text.count("&lt;script&gt;alert(1)")
    assert shown > 3


@pytest.mark.django_db
def test_pages_escape_what_phones_wrote() -> None:
    see_pages(make_two_resellers())


@pytest.mark.django_db
def test_pages_that_do_not_escape_are_seen_to_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    two = make_two_resellers()
    for module in (template_base, django_html):
        monkeypatch.setattr(module, "conditional_escape", str)
    with pytest.raises(AssertionError):
        see_pages(two)
