"""The store on PostgreSQL as a whole: what the panel changes, and a PostgreSQL that goes, freezes and comes back."""

import asyncio
from collections.abc import Callable
from typing import Any

from sipedge.auth.ha1 import Ha1Set
from sipedge.store.interfaces import MISS
from sipedge.store.postgres import PostgresStore
from tests.sipedge.store.stock import (
    ALICE_HA1,
    DOMAIN,
    FREE_NUMBER,
    NUMBER,
    Panel,
    Stock,
    a_binding,
    answer,
    eventually,
    writing,
)


async def test_misses_that_come_together_are_one_query(store: PostgresStore, stock: Stock) -> None:
    names = ["alice", "bob", *(f"nobody{n}" for n in range(40))]

    waitings = [store.subscribers.fetch((stock.domain, name)) for name in names]
    numbers = [store.numbers.fetch(number) for number in (NUMBER, FREE_NUMBER, "+999")]
    facts = await asyncio.gather(*map(answer, waitings))
    await asyncio.gather(*map(answer, numbers))

    assert [fact.username for fact in facts if fact is not None] == ["alice", "bob"]
    assert store.counts()["subscriber_queries"] == 1
    assert store.counts()["number_queries"] == 1


async def test_a_new_credential_counts_within_a_second(
    store: PostgresStore, stock: Stock, panel: Panel, edge_dsn: str
) -> None:
    from cryptography.fernet import Fernet

    key = (stock.domain, "alice")
    await answer(store.subscribers.fetch(key))
    new = Ha1Set.from_password("alice", DOMAIN, "another password")
    secret = Fernet(stock.credential_keys[0]).encrypt(new.pack()).decode()

    await panel.execute(
        "UPDATE subscribers_sipcredential SET secret = $1 WHERE subscriber_id = $2", secret, stock.alice
    )

    await eventually(lambda: store.subscribers.get(key) is MISS)
    alice = await answer(store.subscribers.fetch(key))
    assert alice is not None
    assert alice.credentials == (Ha1Set(md5=new.md5, md5_at=new.md5_at),)


async def test_another_digest_algorithm_of_the_domain_counts_for_its_subscribers(
    store: PostgresStore, stock: Stock, panel: Panel
) -> None:
    key = (stock.domain, "alice")
    await answer(store.subscribers.fetch(key))

    await panel.execute("UPDATE subscribers_domain SET digest_algorithm = 'SHA-256'")

    await eventually(lambda: store.subscribers.get(key) is MISS)
    alice = await answer(store.subscribers.fetch(key))
    assert alice is not None
    assert alice.credentials == (Ha1Set(sha256=ALICE_HA1.sha256, sha256_at=ALICE_HA1.sha256_at),)


async def test_each_change_in_the_panel_is_forgotten_here_within_a_second(
    store: PostgresStore, stock: Stock, panel: Panel
) -> None:
    alice = (stock.domain, "alice")
    changes: list[tuple[str, Callable[[], Any]]] = [
        ("UPDATE subscribers_subscriber SET is_active = false WHERE username = 'alice'", _get(store, alice)),
        ("UPDATE accounts_reseller SET is_active = false", _get(store, alice)),
        ("UPDATE accounts_customer SET is_active = false", _get(store, alice)),
        ("UPDATE subscribers_domain SET is_active = false", _get(store, alice)),
        ("UPDATE numbering_numberassignment SET valid_until = now() + interval '1 day'", _get(store, alice)),
        ("DELETE FROM numbering_numberassignment", lambda: store.numbers.get(NUMBER)),
        ("DELETE FROM numbering_phonenumber WHERE e164 = '+4311002'", lambda: store.numbers.get(FREE_NUMBER)),
        ("UPDATE subscribers_binding SET q = 5", lambda: store.bindings.get(stock.alice)),
        ("DELETE FROM subscribers_binding", lambda: store.bindings.get(stock.alice)),
    ]
    await answer(store.bindings.fetch(stock.alice))
    await answer(store.bindings.commit(stock.alice, writing(a_binding())))
    for statement, get in changes:
        await asyncio.gather(
            answer(store.subscribers.fetch(alice)),
            answer(store.numbers.fetch(NUMBER)),
            answer(store.numbers.fetch(FREE_NUMBER)),
            answer(store.bindings.fetch(stock.alice)),
        )
        assert get() is not MISS, statement
        await panel.execute(statement)
        await eventually(lambda get=get: get() is MISS)  # type: ignore[misc]


def _get(store: PostgresStore, key: tuple[int, str]) -> Callable[[], Any]:
    return lambda: store.subscribers.get(key)


async def test_who_is_created_is_no_longer_unknown(store: PostgresStore, stock: Stock, panel: Panel) -> None:
    carol = (stock.domain, "carol")
    assert await answer(store.subscribers.fetch(carol)) is None
    assert await answer(store.numbers.fetch("+4319999")) is None

    await panel.execute(
        "INSERT INTO subscribers_subscriber (uid, username, display_name, is_active, created_at, domain_id,"
        " customer_id, reseller_id) SELECT gen_random_uuid(), 'carol', '', true, now(), domain_id, customer_id,"
        " reseller_id FROM subscribers_subscriber WHERE id = $1",
        stock.alice,
    )
    await panel.execute("UPDATE numbering_phonenumber SET e164 = '+4319999' WHERE e164 = $1", FREE_NUMBER)

    await eventually(lambda: store.subscribers.get(carol) is MISS and store.numbers.get("+4319999") is MISS)
    assert await answer(store.subscribers.fetch(carol)) is not None
    assert await answer(store.numbers.fetch("+4319999")) is not None


async def test_domains_and_gateways_follow_the_panel(store: PostgresStore, stock: Stock, panel: Panel) -> None:
    await panel.execute(
        "INSERT INTO subscribers_domainname (name, domain_id, is_primary) VALUES ('new.example', $1, false)",
        stock.domain,
    )
    await eventually(lambda: store.domains.by_name("new.example") is not None)

    await panel.execute("UPDATE trunking_gatewaysource SET network = '203.0.113.0/24' WHERE network = '127.0.0.2/32'")
    await eventually(lambda: store.gateways.by_source("203.0.113.9") is not None)
    assert store.gateways.by_source("127.0.0.2") is None

    await panel.execute("UPDATE numbering_numberformat SET country_code = '49'")
    await eventually(lambda: store.domains.by_name(DOMAIN).number_format.country_code == "49")  # type: ignore[union-attr]


async def test_the_edges_own_writes_do_not_come_back(store: PostgresStore, stock: Stock, panel: Panel) -> None:
    heard: list[object] = []
    await panel.add_listener("edge", lambda *message: heard.append(message[3]))
    binding = a_binding()
    await answer(store.bindings.fetch(stock.alice))
    await answer(store.bindings.commit(stock.alice, writing(binding)))

    await panel.execute("UPDATE subscribers_subscriber SET is_active = true WHERE id = $1", stock.bob)
    await eventually(lambda: bool(heard))

    assert len(heard) == 1
    assert store.bindings.get(stock.alice) == (binding,)
