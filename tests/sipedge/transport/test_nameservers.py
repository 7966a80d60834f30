"""Questions to a real name server, which is the test's own."""

from collections.abc import AsyncIterator

import dns.nameserver
import dns.rcode
import dns.resolver
import pytest

from sipedge.proxy.locate import Naptr, Question, Srv
from sipedge.transport import nameservers
from sipedge.transport.nameservers import MAX_RECORDS, NameServers, NoAnswer, Records
from tests.sipedge.transport.name_server import NameServer


@pytest.fixture
async def server() -> AsyncIterator[NameServer]:
    server = NameServer()
    await server.start()
    yield server
    await server.stop()


async def ask(server: NameServer, kind: str, name: str) -> Records:
    return await NameServers([server.address]).ask(Question(kind, name))


async def test_each_kind_of_record(server: NameServer) -> None:
    server.add("gw.example", "NAPTR", '10 20 "s" "SIP+D2U" "" _sip._udp.GW.example.')
    server.add("_sip._udp.gw.example", "SRV", "1 2 5070 One.example.", "3 4 5071 .")
    server.add("one.example", "A", "192.0.2.1", "192.0.2.2")
    server.add("one.example", "AAAA", "2001:db8::1")
    assert (await ask(server, "NAPTR", "gw.example")).records == (
        Naptr(10, 20, "s", "SIP+D2U", "_sip._udp.gw.example"),
    )
    assert set((await ask(server, "SRV", "_sip._udp.gw.example")).records) == {
        Srv(1, 2, 5070, "one.example"),
        Srv(3, 4, 5071, ""),
    }
    assert set((await ask(server, "A", "one.example")).records) == {"192.0.2.1", "192.0.2.2"}
    assert (await ask(server, "AAAA", "one.example")).records == ("2001:db8::1",)


async def test_the_shortest_ttl_of_a_chain_counts(server: NameServer) -> None:
    server.add("gw.example", "CNAME", "alias.example", ttl=60)
    server.add("alias.example", "CNAME", "real.example", ttl=20)
    server.add("real.example", "A", "192.0.2.1", ttl=300)
    assert await ask(server, "A", "gw.example") == Records(("192.0.2.1",), 20)


async def test_no_such_name_and_no_such_record_are_answers(server: NameServer) -> None:
    server.add("gw.example", "A", "192.0.2.1")
    assert (await ask(server, "A", "gone.example")).records == ()
    assert (await ask(server, "SRV", "gw.example")).records == ()


@pytest.mark.parametrize("rcode", [dns.rcode.SERVFAIL, dns.rcode.REFUSED])
async def test_a_server_that_fails_is_none(server: NameServer, rcode: dns.rcode.Rcode) -> None:
    server.rcode = rcode
    with pytest.raises(NoAnswer):
        await ask(server, "A", "gw.example")


async def test_silence_is_none_either(server: NameServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nameservers, "LIFETIME_SECONDS", 0.1)
    server.is_silent = True
    with pytest.raises(NoAnswer):
        await ask(server, "A", "gw.example")
    assert server.asked["gw.example", "A"] >= 1


async def test_the_next_name_server_is_asked_when_the_first_is_silent(
    server: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nameservers, "ATTEMPT_SECONDS", 0.05)
    second = NameServer()
    await second.start()
    second.add("gw.example", "A", "192.0.2.1")
    server.is_silent = True
    answer = await NameServers([server.address, second.address]).ask(Question("A", "gw.example"))
    await second.stop()
    assert answer.records == ("192.0.2.1",)
    assert server.asked["gw.example", "A"] == 1


async def test_an_answer_that_was_cut_off_is_fetched_by_tcp(server: NameServer) -> None:
    server.add("gw.example", "A", *[f"192.0.2.{number}" for number in range(1, 200)])
    server.cuts_off = True
    assert len((await ask(server, "A", "gw.example")).records) == MAX_RECORDS
    assert server.by_tcp == 1


@pytest.mark.parametrize("name", ["x" * 64 + ".example", "a..example", ".".join(["abcdefg"] * 40)])
async def test_what_is_no_name_has_no_answer(server: NameServer, name: str) -> None:
    with pytest.raises(NoAnswer):
        await ask(server, "A", name)
    assert not server.asked


async def test_a_machine_without_name_servers_has_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_configuration(*_: object) -> None:
        raise dns.resolver.NoResolverConfiguration

    monkeypatch.setattr(dns.resolver.BaseResolver, "read_resolv_conf", no_configuration)
    with pytest.raises(NoAnswer):
        await NameServers().ask(Question("A", "gw.example"))


async def test_other_name_servers_of_the_system_are_found_when_the_old_ones_fail(
    server: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    known: list[tuple[str, int]] = []

    def read_resolv_conf(resolver: dns.resolver.BaseResolver, _: object) -> None:
        if not known:
            raise dns.resolver.NoResolverConfiguration
        resolver.nameservers = [dns.nameserver.Do53Nameserver(*address) for address in known]

    monkeypatch.setattr(dns.resolver.BaseResolver, "read_resolv_conf", read_resolv_conf)
    name_servers = NameServers()
    with pytest.raises(NoAnswer):
        await name_servers.ask(Question("A", "gw.example"))
    server.add("gw.example", "A", "192.0.2.1")
    known.append(server.address)
    assert (await name_servers.ask(Question("A", "gw.example"))).records == ("192.0.2.1",)
