"""Destinations found with a real name server, which is the test's own, and kept."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import dns.rcode
import pytest

from sipedge.sip.fields import parse_via
from sipedge.sip.flow import Flow
from sipedge.sip.uri import parse_uri
from sipedge.transport import nameservers
from sipedge.transport import resolver as resolver_module
from sipedge.transport.hosts import HostsFile
from sipedge.transport.nameservers import NameServers
from sipedge.transport.resolver import FAILED_KEPT, LEAST_KEPT, NONE_KEPT, Resolver, Unresolvable
from tests.sipedge.transport.name_server import NameServer

Destinations = list[tuple[str, str, int]]


class Names:
    """A resolver, its name server, and its clock."""

    def __init__(self, hosts: Path) -> None:
        self.server = NameServer()
        self.now = 1000.0
        self.hosts = hosts
        self.transports = {"udp", "tcp", "tls"}

    async def start(self) -> None:
        await self.server.start()
        self.resolver = Resolver(
            lambda flow: flow.transport in self.transports,
            os.urandom,
            lambda: self.now,
            NameServers([self.server.address]),
            HostsFile(self.hosts),
        )

    async def stop(self) -> None:
        await self.resolver.close()
        await self.server.stop()

    async def locate(self, uri: str) -> Destinations:
        """The destinations of a URI, once they are found."""
        waiting, woken = self.resolver.locate(parse_uri(uri)), asyncio.Event()
        waiting.add_wake_up(woken.set)
        await asyncio.wait_for(woken.wait(), 10)
        return [(flow.transport, flow.host, flow.port) for flow in waiting.result()]

    def locate_now(self, uri: str) -> Destinations:
        """The same, without a look-up."""
        return [(flow.transport, flow.host, flow.port) for flow in self.resolver.locate(parse_uri(uri)).result()]


@pytest.fixture
async def names(tmp_path: Path) -> AsyncIterator[Names]:
    names = Names(tmp_path / "hosts")
    await names.start()
    yield names
    await names.stop()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolver_module, "STEP_PATIENCE", 0.05)
    monkeypatch.setattr(nameservers, "ATTEMPT_SECONDS", 0.05)
    monkeypatch.setattr(nameservers, "LIFETIME_SECONDS", 0.2)


async def test_naptr_leads_to_srv_leads_to_addresses(names: Names) -> None:
    names.server.add(
        "carrier.example",
        "NAPTR",
        '20 1 "s" "SIP+D2U" "" _sip._udp.carrier.example.',
        '10 1 "s" "SIP+D2T" "" _sip._tcp.carrier.example.',
    )
    names.server.add("_sip._tcp.carrier.example", "SRV", "2 1 5070 second.example.", "1 1 5071 first.example.")
    names.server.add("_sip._udp.carrier.example", "SRV", "1 1 5060 first.example.")
    names.server.add("first.example", "A", "192.0.2.1")
    names.server.add("first.example", "AAAA", "2001:db8::1")
    names.server.add("second.example", "CNAME", "third.example")
    names.server.add("third.example", "A", "192.0.2.3")
    assert await names.locate("sip:+431@carrier.example") == [
        ("tcp", "2001:db8::1", 5071),
        ("tcp", "192.0.2.1", 5071),
        ("tcp", "192.0.2.3", 5070),
        ("udp", "2001:db8::1", 5060),
        ("udp", "192.0.2.1", 5060),
    ]


async def test_literals_and_this_machine_need_no_name_server(names: Names) -> None:
    names.hosts.write_text("192.0.2.9 gw.example\n2001:db8::9 gw.example\n")
    names.server.is_silent = True
    assert names.locate_now("sip:a@192.0.2.1") == [("udp", "192.0.2.1", 5060)]
    assert names.locate_now("sip:a@localhost:5080") == [("udp", "::1", 5080), ("udp", "127.0.0.1", 5080)]
    assert names.locate_now("sip:a@gw.example") == [("udp", "2001:db8::9", 5060), ("udp", "192.0.2.9", 5060)]
    assert not names.server.asked


async def test_what_is_kept_is_answered_at_once_and_asked_once(names: Names) -> None:
    names.server.add("gw.example", "A", "192.0.2.1")
    await names.locate("sip:gw.example:5060")
    assert names.locate_now("sip:gw.example:5060") == [("udp", "192.0.2.1", 5060)]
    assert names.server.asked["gw.example", "A"] == 1


async def test_those_who_ask_at_once_wait_for_one_answer(names: Names) -> None:
    names.server.add("gw.example", "A", "192.0.2.1")
    found = await asyncio.gather(*[names.locate("sip:gw.example:5060") for _ in range(50)])
    assert found == [[("udp", "192.0.2.1", 5060)]] * 50
    assert names.server.asked["gw.example", "A"] == 1


@pytest.mark.parametrize(("ttl", "kept"), [(60, 60.0), (0, LEAST_KEPT), (10_000_000, 3_600.0)])
async def test_an_answer_is_kept_as_long_as_its_ttl_says_within_bounds(names: Names, ttl: int, kept: float) -> None:
    names.server.add("gw.example", "A", "192.0.2.1", ttl=ttl)
    await names.locate("sip:gw.example:5060")
    names.server.add("gw.example", "A", "192.0.2.2", ttl=ttl)
    names.now += kept - 0.1
    assert await names.locate("sip:gw.example:5060") == [("udp", "192.0.2.1", 5060)]
    names.now += 0.2
    assert await names.locate("sip:gw.example:5060") == [("udp", "192.0.2.2", 5060)]


async def test_that_there_is_no_such_name_is_kept_shortly(names: Names) -> None:
    for _ in range(3):
        with pytest.raises(Unresolvable):
            await names.locate("sip:new.example:5060")
    assert names.server.asked["new.example", "A"] == 1
    names.server.add("new.example", "A", "192.0.2.3")
    names.now += NONE_KEPT
    assert await names.locate("sip:new.example:5060") == [("udp", "192.0.2.3", 5060)]


@pytest.mark.usefixtures("impatient")
async def test_a_dead_name_server_is_waited_for_shortly_and_then_left_alone(names: Names) -> None:
    names.server.is_silent = True
    with pytest.raises(Unresolvable):
        await names.locate("sip:gw.example:5060")
    await asyncio.gather(*names.resolver._tasks)
    asked = names.server.asked["gw.example", "A"]
    assert names.resolver.locate(parse_uri("sip:gw.example:5060")).done
    assert names.server.asked["gw.example", "A"] == asked
    names.server.is_silent = False
    names.server.add("gw.example", "A", "192.0.2.1")
    names.now += FAILED_KEPT
    assert await names.locate("sip:gw.example:5060") == [("udp", "192.0.2.1", 5060)]


async def test_what_ran_out_serves_on_while_no_name_server_knows_better(names: Names) -> None:
    names.server.add("gw.example", "A", "192.0.2.1", ttl=60)
    await names.locate("sip:gw.example:5060")
    names.server.rcode = dns.rcode.SERVFAIL
    names.now += 3_600
    assert await names.locate("sip:gw.example:5060") == [("udp", "192.0.2.1", 5060)]
    assert names.locate_now("sip:gw.example:5060") == [("udp", "192.0.2.1", 5060)]
    names.now += 100_000
    with pytest.raises(Unresolvable):
        await names.locate("sip:gw.example:5060")


@pytest.mark.usefixtures("impatient")
async def test_an_answer_that_comes_too_late_serves_the_next_call(
    names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nameservers, "LIFETIME_SECONDS", 10.0)  # however slow this machine is: asked again meanwhile
    names.server.is_silent = True
    names.server.add("gw.example", "A", "192.0.2.1")
    with pytest.raises(Unresolvable):
        await names.locate("sip:gw.example:5060")
    names.server.is_silent = False
    await asyncio.gather(*names.resolver._tasks)
    assert names.locate_now("sip:gw.example:5060") == [("udp", "192.0.2.1", 5060)]


@pytest.mark.usefixtures("impatient")
async def test_naptr_and_srv_that_a_firewall_swallows_cost_the_service_and_not_the_call(names: Names) -> None:
    class Swallowing(NameServers):
        async def ask(self, question):  # type: ignore[no-untyped-def]
            if question.kind in ("NAPTR", "SRV"):
                await asyncio.sleep(0.2)
                raise nameservers.NoAnswer
            return await super().ask(question)

    names.resolver._name_servers = Swallowing([names.server.address])
    names.server.add("gw.example", "A", "192.0.2.1")
    assert await names.locate("sip:gw.example") == [("udp", "192.0.2.1", 5060)]


async def test_the_questions_under_way_are_bounded(names: Names, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolver_module, "MAX_OPEN", 10)
    names.server.is_silent = True
    first = [names.resolver.locate(parse_uri(f"sip:{number}.example:5060")) for number in range(5)]
    one_more = names.resolver.locate(parse_uri("sip:more.example:5060"))
    assert [waiting.done for waiting in (*first, one_more)] == [False] * 5 + [True]


async def test_what_is_kept_is_bounded(names: Names, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolver_module, "MAX_KEPT", 10)
    for number in range(20):
        names.server.add(f"{number}.example", "A", "192.0.2.1")
        await names.locate(f"sip:{number}.example:5060")
    assert len(names.resolver._kept) == 10
    assert names.locate_now("sip:19.example:5060") == [("udp", "192.0.2.1", 5060)]


async def test_calls_are_shared_by_weight(names: Names) -> None:
    names.server.add("_sip._udp.gw.example", "SRV", "1 90 5060 heavy.example.", "1 10 5060 light.example.")
    names.server.add("heavy.example", "A", "192.0.2.1")
    names.server.add("light.example", "A", "192.0.2.2")
    await names.locate("sip:gw.example;transport=udp")
    first = [names.locate_now("sip:gw.example;transport=udp")[0][1] for _ in range(1_000)]
    assert 800 < first.count("192.0.2.1") < 980


async def test_only_what_the_edge_can_send_to_is_a_destination(names: Names) -> None:
    names.server.add("gw.example", "A", "192.0.2.1")
    names.transports = {"udp"}
    with pytest.raises(Unresolvable):
        await names.locate("sip:gw.example;transport=tcp")


async def test_where_a_response_goes_whose_connection_is_gone(names: Names) -> None:
    names.server.add("_sip._tcp.ua.example", "SRV", "1 1 5066 host.example.")
    names.server.add("host.example", "A", "192.0.2.1")
    waiting, woken = names.resolver.locate_sender(parse_via("SIP/2.0/TCP ua.example;branch=x")), asyncio.Event()
    waiting.add_wake_up(woken.set)
    await asyncio.wait_for(woken.wait(), 10)
    assert waiting.result() == (Flow("tcp", "192.0.2.1", 5066),)


async def test_closing_ends_what_is_under_way(names: Names) -> None:
    names.server.is_silent = True
    waiting = names.resolver.locate(parse_uri("sip:gw.example"))
    await names.resolver.close()
    assert not waiting.done
    assert names.resolver._tasks == set()
