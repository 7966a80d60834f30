"""Numbers in memory: what a notification makes of them, and what is never asked for."""

from unittest.mock import patch

import pytest

from sipedge.facts import NumberFacts
from sipedge.store.cache import Cache
from sipedge.store.interfaces import MISS
from sipedge.store.numbers import discard_numbers, is_number
from sipedge.store.postgres import PostgresStore
from tests.sipedge.store.stock import BASE_NUMBER, BLOCK, FREE_NUMBER, NUMBER, Stock, answer, eventually

BEHIND = [BASE_NUMBER, f"{BASE_NUMBER}7", f"{BASE_NUMBER}55", f"{BASE_NUMBER}1000"]
Panel = "asyncpg.Connection[asyncpg.Record]"


def known(*e164: str) -> Cache[str, NumberFacts]:
    cache = Cache[str, NumberFacts](100)
    cache.begin_fill(e164)
    for one in e164:
        cache.end_fill(one, NumberFacts(one, None, None, None))
    return cache


def test_a_key_with_a_star_stands_for_all_that_begin_so() -> None:
    cache = known("+431", "+4311", "+43112", "+4321", "+44")

    discard_numbers(cache, ["+4311*", "+44"])

    assert [key for key in ("+431", "+4311", "+43112", "+4321", "+44") if cache.get(key) is not MISS] == [
        *("+431", "+4321"),
    ]


def test_a_message_with_many_stars_is_one_pass() -> None:
    cache = known("+431", "+432", "+433")
    with patch.object(Cache, "discard_where", autospec=True, side_effect=Cache.discard_where) as passes:
        discard_numbers(cache, ["+431*", "+432*", "+9*"])

    assert passes.call_count == 1
    assert [cache.get(key) is MISS for key in ("+431", "+432", "+433")] == [True, True, False]


def test_keys_are_text_and_no_expression() -> None:
    cache = known("+431")

    discard_numbers(cache, ["*", ".*", "(*"])

    assert cache.get("+431") is MISS
    discard_numbers(known("+431"), ["(*", "[*"])


@pytest.mark.parametrize(
    "text", ["", "+", "431", "+0431", "+4311001x", "+43" + "1" * 14, "+431\n", "\udcff", "+\uff14\uff13"]
)
def test_what_is_no_number_is_not_asked_for(text: str) -> None:
    assert not is_number(text)
    assert is_number("+4311001")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("change", "dialled"),
    [
        ("DELETE FROM numbering_phonenumber WHERE e164 = '+43127'", [f"{BASE_NUMBER}7"]),
        ("UPDATE numbering_phonenumber SET extension_digits = 0 WHERE e164 = '+4312'", BEHIND),
        ("DELETE FROM numbering_numberassignment", [NUMBER, *BEHIND]),
        ("DELETE FROM numbering_numberblock", [BLOCK[0], f"{BLOCK[0]}99", f"{BLOCK[0]}999"]),
    ],
)
async def test_a_change_discards_what_it_may_concern_and_nothing_else(
    store: PostgresStore, panel: Panel, change: str, dialled: list[str]
) -> None:
    every = [NUMBER, FREE_NUMBER, *BEHIND, BLOCK[0], f"{BLOCK[0]}99", f"{BLOCK[0]}999", "+4399"]
    for one in every:
        await answer(store.numbers.fetch(one))

    await panel.execute(change)

    await eventually(lambda: store.numbers.get(dialled[0]) is MISS)
    assert [one for one in every if store.numbers.get(one) is MISS] == dialled


@pytest.mark.django_db(transaction=True)
async def test_a_number_that_is_taken_behind_a_base_number_is_seen_at_once(
    store: PostgresStore, panel: Panel, stock: Stock
) -> None:
    await answer(store.numbers.fetch(f"{BASE_NUMBER}8"))
    reseller = await panel.fetchval("SELECT reseller_id FROM edge_domain WHERE id = $1", stock.domain)

    await panel.execute(
        "INSERT INTO numbering_phonenumber (uid, reseller_id, e164, note, created_at) "
        "VALUES (gen_random_uuid(), $1, $2, '', now())",
        reseller,
        f"{BASE_NUMBER}8",
    )

    await eventually(lambda: store.numbers.get(f"{BASE_NUMBER}8") is MISS)
    taken = await answer(store.numbers.fetch(f"{BASE_NUMBER}8"))
    assert taken == NumberFacts(f"{BASE_NUMBER}8", None, None, None)
