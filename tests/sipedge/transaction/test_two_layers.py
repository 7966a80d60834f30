"""Two layers joined in memory by a network that loses, doubles and reorders."""

import heapq
import itertools
import random

import pytest

from sipedge.sip.flow import Flow
from sipedge.sip.message import Request, Response, make_response, parse
from sipedge.transaction.effects import Effect, ResponseReceived, Send, TransactionTimeout
from sipedge.transaction.layer import TransactionLayer
from sipedge.transaction.timers import TimerValues
from tests.sipedge.transaction.messages import make_request

CLIENT = Flow("udp", "192.0.2.1", 5060)
SERVER = Flow("udp", "192.0.2.2", 5060)
MAX_DELAY = 0.3  # seconds; packets overtake each other


class Network:
    """A client that asks and a server that answers, with a clock of their own."""

    def __init__(self, seed: int, loss: float, status_code: int) -> None:
        self.random = random.Random(seed)
        self.loss = loss
        self.status_code = status_code
        self.now = 0.0
        self.client = TransactionLayer(TimerValues())
        self.server = TransactionLayer(TimerValues())
        self.finals: dict[str, list[int]] = {}
        self.timeouts = 0
        self.requests_handled: dict[str, int] = {}
        self.acknowledged = 0
        self._packets: list[tuple[float, int, bool, bytes]] = []
        self._count = itertools.count()

    def ask(self, request: Request) -> None:
        _, effects = self.client.open_client(request, SERVER, self.now)
        self._carry_out(effects, to_server=True)

    def run(self, end: float) -> None:
        """Until nothing happens any more, or the end."""
        while (now := self._next()) is not None and now <= end:
            self.now = max(self.now, now)
            while self._packets and self._packets[0][0] <= self.now:
                _, _, to_server, data = heapq.heappop(self._packets)
                self._arrive(data, to_server)
            self._carry_out(self.client.handle_timers(self.now), to_server=True)
            self._carry_out(self.server.handle_timers(self.now), to_server=False)

    def _next(self) -> float | None:
        times = [self.client.next_timer(), self.server.next_timer(), self._packets[0][0] if self._packets else None]
        return min((time for time in times if time is not None), default=None)

    def _carry_out(self, effects: list[Effect], *, to_server: bool) -> None:
        for effect in effects:
            if isinstance(effect, Send):
                assert effect.flow == (SERVER if to_server else CLIENT)
                self._transmit(effect.data, to_server)
            elif isinstance(effect, ResponseReceived) and effect.response.status_code >= 200:
                branch = effect.transaction.request.top_via.branch or ""
                self.finals.setdefault(branch, []).append(effect.response.status_code)
            elif isinstance(effect, TransactionTimeout) and to_server:
                self.timeouts += 1

    def _transmit(self, data: bytes, to_server: bool) -> None:
        copies = 2 if self.random.random() < 0.2 else 1
        for _ in range(copies):
            if self.random.random() >= self.loss:
                arrives = self.now + self.random.random() * MAX_DELAY
                heapq.heappush(self._packets, (arrives, next(self._count), to_server, data))

    def _arrive(self, data: bytes, to_server: bool) -> None:
        message = parse(data)
        if isinstance(message, Response):
            assert not to_server
            self._carry_out(self.client.match_response(message, SERVER, self.now) or [], to_server=True)
            return
        effects = self.server.match_request(message, CLIENT, self.now)
        if effects is None and message.method != "ACK":
            effects = self._answer(message)
        elif message.method == "ACK" and effects is not None:
            self.acknowledged += 1
        self._carry_out(effects or [], to_server=False)

    def _answer(self, request: Request) -> list[Effect]:
        branch = request.top_via.branch or ""
        self.requests_handled[branch] = self.requests_handled.get(branch, 0) + 1
        transaction = self.server.open_server(request, CLIENT, self.now)
        codes = [100, 180, self.status_code] if request.method == "INVITE" else [self.status_code]
        return [
            effect
            for code in codes
            for effect in self.server.respond(transaction, make_response(request, code, to_tag="b"), self.now)
        ]


def branches(count: int) -> list[str]:
    return [f"z9hG4bK-{number}" for number in range(count)]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("method", "status_code"), [("REGISTER", 200), ("REGISTER", 404), ("INVITE", 486)])
def test_with_loss_every_request_is_handled_once_and_answered_once(seed: int, method: str, status_code: int) -> None:
    network = Network(seed, 0.3, status_code)
    for branch in branches(100):
        network.ask(make_request(method, branch))
    network.run(1_000.0)
    assert network.requests_handled == dict.fromkeys(branches(100), 1)
    assert network.finals == {branch: [status_code] for branch in branches(100)}
    assert network.timeouts == 0
    assert (len(network.client), len(network.server)) == (0, 0)


def test_every_failure_of_an_invite_is_acknowledged() -> None:
    network = Network(1, 0.3, 486)
    for branch in branches(100):
        network.ask(make_request("INVITE", branch))
    network.run(31.0)
    assert network.acknowledged >= 100


@pytest.mark.parametrize("seed", range(5))
def test_a_2xx_that_is_doubled_is_passed_up_each_time_and_the_invite_is_handled_once(seed: int) -> None:
    network = Network(seed, 0.0, 200)
    for branch in branches(100):
        network.ask(make_request("INVITE", branch))
    network.run(1_000.0)
    assert network.requests_handled == dict.fromkeys(branches(100), 1)
    assert set(network.finals) == set(branches(100))
    assert {code for codes in network.finals.values() for code in codes} == {200}
    assert any(len(codes) > 1 for codes in network.finals.values())


@pytest.mark.parametrize("method", ["REGISTER", "INVITE"])
def test_with_nobody_there_every_request_times_out_after_64_t1(method: str) -> None:
    network = Network(0, 1.0, 200)
    for branch in branches(10):
        network.ask(make_request(method, branch))
    network.run(31.9)
    assert network.timeouts == 0
    network.run(1_000.0)
    assert network.timeouts == 10
    assert network.finals == {}
    assert len(network.client) == 0
