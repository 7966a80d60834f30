"""Names made into addresses, with a name server that only the test knows."""

import asyncio
import socket
from typing import Any

import pytest

from sipedge.transport import resolver as resolver_module
from sipedge.transport.resolver import KEPT_SECONDS, NOT_FOUND_SECONDS, Resolver, Unresolvable
from tests.sipedge.transport.loopback import until


class NameServer:
    """Stands in for getaddrinfo, and for the loop's clock, which the cache goes by."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.names: dict[str, str | type[Exception] | None] = {"gw.example.org": "192.0.2.1"}
        self.asked: list[str] = []
        self.is_silent = False
        loop = asyncio.get_running_loop()
        self.ahead = 0.0
        real_time = loop.time
        monkeypatch.setattr(loop, "time", lambda: real_time() + self.ahead)
        monkeypatch.setattr(loop, "getaddrinfo", self.getaddrinfo)

    async def getaddrinfo(self, host: str, port: None, **options: Any) -> list[Any]:
        self.asked.append(host)
        while self.is_silent:  # noqa: ASYNC110  cancelled by the resolver's own patience
            await asyncio.sleep(0.001)
        answer = self.names.get(host)
        if isinstance(answer, type):
            raise answer("no")
        return [(socket.AF_INET, socket.SOCK_DGRAM, 17, "", (answer, 0))] if answer else []


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> NameServer:
    return NameServer(monkeypatch)


async def look_up(resolver: Resolver, host: str) -> str:
    waiting = resolver.lookup(host)
    await until(lambda: waiting.done)
    return waiting.result()


async def test_a_name_is_asked_for_once_and_kept(server: NameServer) -> None:
    resolver = Resolver()
    assert await look_up(resolver, "gw.example.org") == "192.0.2.1"
    kept = resolver.lookup("gw.example.org")
    assert kept.done
    assert kept.result() == "192.0.2.1"
    assert server.asked == ["gw.example.org"]


async def test_those_who_ask_together_wait_for_one_answer(server: NameServer) -> None:
    resolver = Resolver()
    assert resolver.lookup("gw.example.org") is resolver.lookup("gw.example.org")
    assert await look_up(resolver, "gw.example.org") == "192.0.2.1"
    assert server.asked == ["gw.example.org"]


async def test_an_address_is_asked_for_again_when_it_is_old(server: NameServer) -> None:
    resolver = Resolver()
    await look_up(resolver, "gw.example.org")
    server.names["gw.example.org"] = "192.0.2.2"
    server.ahead = KEPT_SECONDS - 1.0
    assert await look_up(resolver, "gw.example.org") == "192.0.2.1"
    server.ahead = KEPT_SECONDS + 1.0
    assert await look_up(resolver, "gw.example.org") == "192.0.2.2"


@pytest.mark.parametrize("answer", [None, socket.gaierror, UnicodeError])
async def test_a_name_without_an_address_is_asked_again_soon(
    server: NameServer, answer: type[Exception] | None
) -> None:
    resolver = Resolver()
    server.names["new.example.org"] = answer
    for _ in range(2):
        with pytest.raises(Unresolvable):
            await look_up(resolver, "new.example.org")
    assert server.asked == ["new.example.org"]
    server.names["new.example.org"] = "192.0.2.3"
    server.ahead = NOT_FOUND_SECONDS + 1.0
    assert await look_up(resolver, "new.example.org") == "192.0.2.3"


async def test_a_silent_name_server_is_not_waited_for(server: NameServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolver_module, "PATIENCE_SECONDS", 0.01)
    server.is_silent = True
    with pytest.raises(Unresolvable):
        await look_up(Resolver(), "gw.example.org")


async def test_the_names_that_are_kept_are_bounded(server: NameServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolver_module, "MAX_NAMES", 3)
    resolver = Resolver()
    for number in range(10):
        server.names[f"{number}.example.org"] = "192.0.2.9"
        await look_up(resolver, f"{number}.example.org")
        assert len(resolver._known) <= 3
