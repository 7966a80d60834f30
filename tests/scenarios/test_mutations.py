"""Whatever is done to messages on their way, the edge goes on, binds nothing, and forwards nothing that is broken.

`make mutations COUNT=100000` sends so many; `make test` a few thousand.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from calls.models import Call
from subscribers.models import Binding
from tests.ports import GATEWAY, Ports
from tests.scenarios import planted_edge
from tests.scenarios.provisioning import Exchange
from tests.scenarios.running import EDGE_START_SECONDS, Program, RunningEdge
from tests.scenarios.sip_client import Endpoint
from tests.scenarios.sip_message import Received
from tests.scenarios.spoilt import Assault, BusyPhones, fault_of
from tests.scenarios.waiting import eventually

COUNT = int(os.environ.get("MUTATIONS", "3000"))
SEED = 4475
LONG = 50_000
MOST_GROWTH = 12 << 20
"""Bytes, from half-way to the end: 2 of 100,000 messages. Half of them kept by mistake would be 100 MB and more."""
SETTLING_SECONDS = 120.0
TRANSACTIONS = "freiton_edge_transactions"
EXCEPTIONS = "freiton_edge_exceptions_total"
BROKEN = "freiton_edge_broken_messages_total"


@pytest.fixture(autouse=True)
def _no_name_is_asked_for_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names that mutation made up are no business of the machine's name servers."""
    monkeypatch.setenv("SIP_NAMESERVERS", "127.0.0.1:9")


def test_spoilt_messages(edge: RunningEdge, exchange: Exchange, phone: Endpoint, gateway: Endpoint) -> None:
    assault = Assault(edge, exchange, phone, gateway, SEED)
    bound = set(Binding.objects.values_list("contact", flat=True))
    assert len(bound) == 1
    phones = BusyPhones(phone)
    assault.run(COUNT // 2)
    half_way = _settled(edge)
    assault.run(COUNT)
    growth = _settled(edge) - half_way
    phones.end()
    _say(edge, assault, phones, growth)
    assert phones.faults == []
    assert phones.heard > COUNT / 100
    assert set(Binding.objects.values_list("contact", flat=True)) == bound
    assert edge.figure(EXCEPTIONS) == 0
    assert edge.figure(BROKEN) > COUNT / 10
    assert growth < MOST_GROWTH


def _settled(edge: RunningEdge) -> int:
    """Bytes in use; of a long campaign when all of its transactions have ended."""
    if COUNT >= LONG:
        eventually(lambda: edge.figure(TRANSACTIONS) == 0, "all transactions have ended", SETTLING_SECONDS)
    return edge.resident_bytes()


def _say(edge: RunningEdge, assault: Assault, phones: BusyPhones, growth: int) -> None:
    memory = [assault.memory[len(assault.memory) * tenth // 10] >> 20 for tenth in range(10)]
    print(  # noqa: T201  what `make mutations` shows
        f"\n{assault.sent} messages, {assault.sent / assault.seconds:.0f}/s; {phones.heard} were still good "
        f"enough to reach the phone, {edge.figure(BROKEN):.0f} were no messages; {Call.objects.count()} calls; "
        f"MB in use at each tenth: {memory}; grew by {growth / 2**20:.1f} MB from half-way to the end"
    )


class FaultyEdge(RunningEdge):
    """An edge with a bug in one of its handlers."""

    def start(self) -> None:
        """Starts it, and waits until it answers an OPTIONS."""
        command = [sys.executable, "-m", planted_edge.__name__]
        self.program = Program(command, self._variables, self._log)
        eventually(self.answers, "the faulty edge answers", EDGE_START_SECONDS)


@pytest.fixture
def faulty_edge(edge_dsn: str, exchange: Exchange, ports: Ports, tmp_path: Path) -> Iterator[RunningEdge]:
    """A running one."""
    running = FaultyEdge(edge_dsn, ports, tmp_path)
    yield running
    running.program.end()


def test_a_planted_bug_does_not_go_unseen(faulty_edge: RunningEdge, exchange: Exchange) -> None:
    with (
        Endpoint(faulty_edge.address) as phone,
        Endpoint(faulty_edge.address, GATEWAY, faulty_edge.address[1]) as gateway,
    ):
        assault = Assault(faulty_edge, exchange, phone, gateway, SEED)
        phones = BusyPhones(phone)
        assault.run(3_000)
        phones.end()
    assert faulty_edge.figure(EXCEPTIONS) > 0
    assert planted_edge.REASON in faulty_edge.program.said()


def test_what_a_phone_would_find_wrong_is_found() -> None:
    good = (
        ("Via", "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1"), ("From", "<sip:a@b>;tag=1"), ("To", "<sip:c@d>"),
        ("Call-ID", "x"), ("CSeq", "1 INVITE"), ("Max-Forwards", "69"), ("Content-Length", "2"),
    )  # fmt: skip
    assert fault_of(Received("INVITE sip:c@d SIP/2.0", good, b"ab")) == ""
    for name, value in (("Content-Length", "3"), ("CSeq", "1 BYE"), ("Max-Forwards", "-1"), ("To", "<sip:c@d")):
        bad = tuple((known, value if known == name else was) for known, was in good)
        assert fault_of(Received("INVITE sip:c@d SIP/2.0", bad, b"ab")) != "", name
