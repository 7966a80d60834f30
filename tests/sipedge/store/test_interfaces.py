"""The promises of interfaces.py: one suite for the store in memory and the one on PostgreSQL."""

import asyncio
import uuid
from dataclasses import replace

import pytest

from sipedge.facts import CallRecord, NumberFacts
from sipedge.store.interfaces import MISS, CommitOutcome, FlowPage, KnownFlow, RowRefused, Store
from tests.sipedge.store.stock import (
    ALIAS,
    ALICE_HA1,
    BASE_NUMBER,
    DOMAIN,
    FREE_NUMBER,
    NUMBER,
    PORTED_NUMBER,
    Stock,
    a_binding,
    answer,
    removing,
    writing,
)

Stocked = tuple[Store, Stock]


async def test_domains_by_name_alias_and_id(stocked: Stocked) -> None:
    store, stock = stocked

    domain = store.domains.by_name(DOMAIN)

    assert domain is not None
    assert domain.id == stock.domain
    assert domain.name == domain.names[0] == DOMAIN
    assert domain.number_format is not None
    assert domain.number_format.country_code == "43"
    assert not domain.strict_call_id
    assert store.domains.by_name(ALIAS) is store.domains.by_id(stock.domain) is store.domains.default is domain
    assert store.domains.by_name("elsewhere.example.org") is None


async def test_gateways_by_source_and_id(stocked: Stocked) -> None:
    store, stock = stocked

    gateway = store.gateways.by_source("127.0.0.2")

    assert gateway is not None
    assert (gateway.id, gateway.name, gateway.host, gateway.port) == (stock.gateway, "PSTN", "127.0.0.2", 5060)
    assert gateway.number_format is not None
    assert store.gateways.by_source("198.51.100.77") is gateway
    assert store.gateways.by_source("127.0.0.1") is None
    assert store.gateways.by_source("2001:db8::1") is None
    assert store.gateways.by_id(stock.gateway) is gateway
    assert gateway in store.gateways.all
    assert store.gateways.all is store.gateways.all
    assert store.gateways.by_tls_name("GW.example.org") is gateway
    assert store.gateways.by_tls_name("sip:gw.example.org") is gateway
    assert store.gateways.by_tls_name("*.example.org") is None
    assert store.gateways.by_tls_name("") is None


async def test_routes_longest_prefix_first(stocked: Stocked) -> None:
    store, _ = stocked

    assert [route.prefix for route in store.gateways.routes] == ["43", ""]
    assert [route.prefix for route in store.gateways.routes_for("number", "4312345")] == ["43", ""]
    assert [route.prefix for route in store.gateways.routes_for("number", "49")] == [""]
    assert [*store.gateways.routes_for("emergency", "43"), *store.gateways.rules_for("number", "43")] == []
    assert store.gateways.by_username("PSTN") is None


async def test_a_subscriber_with_its_credentials(stocked: Stocked) -> None:
    store, stock = stocked

    alice = await answer(store.subscribers.fetch((stock.domain, "alice")))

    assert alice is not None
    assert (alice.id, alice.username, alice.domain_id) == (stock.alice, "alice", stock.domain)
    assert (alice.display_name, alice.is_active, alice.main_number) == ("Alice", True, NUMBER)
    (credential,) = alice.credentials
    assert (credential.md5, credential.md5_at) == (ALICE_HA1.md5, ALICE_HA1.md5_at)
    assert store.subscribers.get((stock.domain, "alice")) is alice


async def test_a_suspended_subscriber_without_credentials(stocked: Stocked) -> None:
    store, stock = stocked

    bob = await answer(store.subscribers.fetch((stock.domain, "bob")))

    assert bob is not None
    assert (bob.is_active, bob.main_number, bob.credentials) == (False, None, ())


async def test_who_does_not_exist_is_none_whatever_the_name(stocked: Stocked) -> None:
    store, stock = stocked

    for name in ("mallory", "ALICE", "", "a" * 500, "nul\0", "\udcff", "'; DROP TABLE x; --"):
        assert await answer(store.subscribers.fetch((stock.domain, name))) is None
        assert await answer(store.numbers.fetch(name)) is None


async def test_an_absence_is_remembered(stocked: Stocked) -> None:
    store, stock = stocked
    await answer(store.subscribers.fetch((stock.domain, "mallory")))
    await answer(store.numbers.fetch("+999"))

    assert store.subscribers.get((stock.domain, "mallory")) is None
    assert store.numbers.get("+999") is None


async def test_numbers(stocked: Stocked) -> None:
    store, stock = stocked

    number = await answer(store.numbers.fetch(NUMBER))
    free = await answer(store.numbers.fetch(FREE_NUMBER))

    assert number is not None
    assert (number.e164, number.subscriber_id, number.domain_id, number.username) == (
        *(NUMBER, stock.alice, stock.domain, "alice"),
    )
    assert free is not None
    assert (free.subscriber_id, free.username) == (None, None)


async def test_extensions_lead_to_their_base_number(stocked: Stocked) -> None:
    store, stock = stocked
    base = await answer(store.numbers.fetch(BASE_NUMBER))
    assert base == NumberFacts(BASE_NUMBER, stock.alice, stock.domain, "alice")

    for extension in ("0", "12", "999"):
        facts = await answer(store.numbers.fetch(BASE_NUMBER + extension))
        assert facts == NumberFacts(BASE_NUMBER, stock.alice, stock.domain, "alice", extension)
        assert store.numbers.get(BASE_NUMBER + extension) == facts
    assert await answer(store.numbers.fetch(BASE_NUMBER + "1000")) is None


async def test_the_longest_number_wins_whether_somebody_has_it_or_not(stocked: Stocked) -> None:
    store, _ = stocked
    free = f"{BASE_NUMBER}7"

    assert await answer(store.numbers.fetch(free)) == NumberFacts(free, None, None, None)
    behind = await answer(store.numbers.fetch(f"{free}1"))
    assert behind is not None
    assert (behind.e164, behind.extension) == (BASE_NUMBER, "71")


async def test_a_number_that_was_ported_out_is_said_to_be(stocked: Stocked) -> None:
    store, _ = stocked

    gone = NumberFacts(PORTED_NUMBER, None, None, None, is_ported_out=True)
    assert await answer(store.numbers.fetch(PORTED_NUMBER)) == gone
    assert await answer(store.numbers.fetch(f"{PORTED_NUMBER}5")) == replace(gone, extension="5")


@pytest.mark.parametrize("dialled", ["+4314000", "+4314099", "+4314050", "+43140507", "+431405077"])
async def test_numbers_in_a_block_that_nobody_took_are_ours(stocked: Stocked, dialled: str) -> None:
    store, _ = stocked

    assert await answer(store.numbers.fetch(dialled)) == NumberFacts(dialled, None, None, None)


@pytest.mark.parametrize("dialled", ["+4314100", "+4313999", "+431409", "+431400", "+4314050777", "+43141007", "+43"])
async def test_numbers_beside_a_block_are_not_ours(stocked: Stocked, dialled: str) -> None:
    store, _ = stocked

    assert await answer(store.numbers.fetch(dialled)) is None


async def test_numbers_asked_for_together_do_not_disturb_each_other(stocked: Stocked) -> None:
    store, _ = stocked
    dialled = [NUMBER, FREE_NUMBER, f"{BASE_NUMBER}5", f"{BASE_NUMBER}7", "+4314001", "+999", PORTED_NUMBER]

    together = await asyncio.gather(*(answer(store.numbers.fetch(one)) for one in dialled))

    assert [facts and facts.e164 for facts in together] == [
        *(NUMBER, FREE_NUMBER, BASE_NUMBER, f"{BASE_NUMBER}7", "+4314001", None, PORTED_NUMBER),
    ]


async def test_a_binding_is_written_and_read_back_as_it_was(stocked: Stocked) -> None:
    store, stock = stocked
    assert await answer(store.bindings.fetch(stock.alice)) == ()
    binding = a_binding(flow="udp:192.0.2.1:5060", path="<sip:p;lr>", instance_id="<urn:1>", reg_id=3, q=250)

    assert await answer(store.bindings.commit(stock.alice, writing(binding))) is CommitOutcome.COMMITTED

    assert store.bindings.get(stock.alice) == (binding,)
    assert await answer(store.bindings.fetch(stock.alice)) == (binding,)


async def test_a_refresh_and_a_removal(stocked: Stocked) -> None:
    store, stock = stocked
    await answer(store.bindings.fetch(stock.alice))
    first, second = a_binding(cseq=1), a_binding(cseq=2, seconds=7200)
    await answer(store.bindings.commit(stock.alice, writing(first)))

    assert await answer(store.bindings.commit(stock.alice, writing(second, over=(first,)))) is CommitOutcome.COMMITTED
    assert store.bindings.get(stock.alice) == (second,)

    assert await answer(store.bindings.commit(stock.alice, removing(second))) is CommitOutcome.COMMITTED
    assert store.bindings.get(stock.alice) == ()
    assert await answer(store.bindings.fetch(stock.alice)) == ()


async def test_the_flows_of_an_edge_are_walked_through(stocked: Stocked) -> None:
    store, stock = stocked
    await answer(store.bindings.fetch(stock.alice))
    natted = a_binding("natted", flow="udp:203.0.113.1:1024", expires_at=1_900_000_000.25)
    elsewhere = a_binding("elsewhere", flow="udp:203.0.113.1:1025", edge="edge2")
    await answer(store.bindings.commit(stock.alice, writing(natted, elsewhere, a_binding("by contact"))))

    page = await answer(store.bindings.page("edge1", (0, "")))

    assert page == FlowPage(
        (KnownFlow(stock.alice, "key-natted", natted.contact, "udp:203.0.113.1:1024", 1_900_000_000.25),), None
    )
    assert await answer(store.bindings.page("edge1", (stock.alice, "key-natted"))) == FlowPage((), None)


async def test_several_rows_of_one_request(stocked: Stocked) -> None:
    store, stock = stocked
    await answer(store.bindings.fetch(stock.alice))
    desk, mobile, soft = a_binding("desk"), a_binding("mobile"), a_binding("soft")
    await answer(store.bindings.commit(stock.alice, writing(desk, mobile)))
    decision = writing(soft, over=(mobile,))

    replaced = type(decision)((mobile, soft), decision.upserts, (desk,))

    assert await answer(store.bindings.commit(stock.alice, replaced)) is CommitOutcome.COMMITTED
    assert set(await answer(store.bindings.fetch(stock.alice))) == {mobile, soft}


async def test_a_row_believed_absent_that_exists_is_a_change(stocked: Stocked) -> None:
    store, stock = stocked
    await answer(store.bindings.fetch(stock.alice))
    there = a_binding(cseq=7)
    await answer(store.bindings.commit(stock.alice, writing(there)))

    outcome = await answer(store.bindings.commit(stock.alice, writing(a_binding(cseq=8))))

    assert outcome is CommitOutcome.CHANGED
    assert store.bindings.get(stock.alice) == (there,)


async def test_a_row_that_is_not_as_it_was_known_is_a_change(stocked: Stocked) -> None:
    store, stock = stocked
    await answer(store.bindings.fetch(stock.alice))
    old, there = a_binding(cseq=1), a_binding(cseq=2, seconds=3700)
    await answer(store.bindings.commit(stock.alice, writing(old)))
    await answer(store.bindings.commit(stock.alice, writing(there, over=(old,))))

    refresh = await answer(store.bindings.commit(stock.alice, writing(a_binding(cseq=3), over=(old,))))
    removal = await answer(store.bindings.commit(stock.alice, removing(old)))

    assert (refresh, removal) == (CommitOutcome.CHANGED, CommitOutcome.CHANGED)
    assert store.bindings.get(stock.alice) == (there,)


async def test_of_several_rows_all_or_none_are_written(stocked: Stocked) -> None:
    store, stock = stocked
    await answer(store.bindings.fetch(stock.alice))
    there = a_binding("desk")
    await answer(store.bindings.commit(stock.alice, writing(there)))

    outcome = await answer(store.bindings.commit(stock.alice, writing(a_binding("mobile"), a_binding("desk", cseq=2))))

    assert outcome is CommitOutcome.CHANGED
    assert await answer(store.bindings.fetch(stock.alice)) == (there,)


async def test_data_that_cannot_be_stored_is_refused(stocked: Stocked) -> None:
    store, stock = stocked
    await answer(store.bindings.fetch(stock.alice))

    for bad in (a_binding(contact="sip:nul\0@192.0.2.1"), a_binding(cseq=2**63)):
        with pytest.raises(RowRefused):
            await answer(store.bindings.commit(stock.alice, writing(bad)))
        with pytest.raises(RowRefused):
            await answer(store.bindings.commit(stock.alice, writing(a_binding("good"), bad)))

    assert await answer(store.bindings.fetch(stock.alice)) == ()


async def test_a_decision_that_changes_nothing_is_committed_at_once(stocked: Stocked) -> None:
    store, stock = stocked

    assert store.bindings.commit(stock.alice, writing()).result() is CommitOutcome.COMMITTED


async def test_turns_are_one_at_a_time(stocked: Stocked) -> None:
    store, stock = stocked

    assert store.bindings.turn(stock.alice) is None
    second = store.bindings.turn(stock.alice)
    assert second is not None
    assert not second.done
    store.bindings.release(stock.alice)
    assert second.done
    store.bindings.release(stock.alice)


async def test_either_store_is_available_and_counts(stocked: Stocked) -> None:
    store, _ = stocked

    assert store.is_available
    assert all(value >= 0 for value in store.counts().values())


async def test_nothing_is_claimed_that_was_never_asked(stocked: Stocked) -> None:
    store, _ = stocked

    assert store.bindings.get(10**12) in (MISS, ())


async def test_saving_and_ending_calls_waits_for_nobody(stocked: Stocked) -> None:
    store, _ = stocked

    store.calls.save(CallRecord(uuid.uuid4(), "internal", "trying", "c@x", "edge1", 1_800_000_000.0))
    store.calls.end(uuid.uuid4(), 1_800_000_000.0, "caller")
    await asyncio.sleep(0)
