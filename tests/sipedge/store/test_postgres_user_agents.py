"""Which User-Agents are banned is known at the start, and what the panel changes a moment later."""

import asyncio
import time
from typing import Any

import pytest

from sipedge.store.postgres import PostgresStore

pytestmark = pytest.mark.django_db(transaction=True)

BAN = "INSERT INTO accounts_useragentban (pattern, note, is_active, created_at) VALUES ($1, '', true, now())"


async def _soon(store: PostgresStore, is_banned: bool) -> None:
    began = time.monotonic()
    while (store.user_agents.find("evil phone") is not None) is not is_banned:
        assert time.monotonic() - began < 1.0
        await asyncio.sleep(0.005)


async def test_a_ban_in_the_panel_reaches_the_edge_within_a_second(store: PostgresStore, panel: Any) -> None:
    assert store.user_agents.find("evil phone") is None
    await panel.execute(BAN, "evil*")
    await _soon(store, is_banned=True)
    await panel.execute("UPDATE accounts_useragentban SET is_active = false WHERE pattern = 'evil*'")
    await _soon(store, is_banned=False)


async def test_what_was_banned_before_the_start_is_banned(panel: Any, store: PostgresStore, edge_dsn: str) -> None:
    await panel.execute(BAN, "evil*")
    await store.stop()
    await store.start()
    assert store.user_agents.find("EVIL phone") == "evil*"
