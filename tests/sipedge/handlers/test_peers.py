import pytest

from sipedge.handlers import peers
from sipedge.handlers.peers import DOWN_SECONDS, REFUSES_TCP_SECONDS, TRYING_SECONDS, PeerMemory
from sipedge.sip.flow import Flow

ONE, TWO, THREE = (Flow("udp", f"192.0.2.{n}", 5060) for n in (1, 2, 3))
TCP = Flow("tcp", "192.0.2.1", 5060)


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def memory(clock):
    return PeerMemory(clock)


def test_who_refuses_tcp_is_asked_again_after_a_while(memory, clock):
    assert memory.takes_tcp(TCP)
    memory.tcp_refused(TCP._replace(local=3))
    assert not memory.takes_tcp(TCP)
    assert memory.takes_tcp(TCP._replace(port=5061))
    clock.now += REFUSES_TCP_SECONDS
    assert memory.takes_tcp(TCP)


def test_who_did_not_answer_comes_last_until_he_does(memory, clock):
    memory.down(ONE)
    assert memory.is_down(ONE)
    assert memory.in_order([ONE, TWO, THREE]) == [TWO, THREE, ONE]
    memory.up(ONE)
    assert memory.in_order([ONE, TWO, THREE]) == [ONE, TWO, THREE]
    memory.down(TWO)
    clock.now += DOWN_SECONDS
    assert not memory.is_down(TWO)
    assert memory.in_order([ONE, TWO]) == [ONE, TWO]


def test_a_try_without_a_transaction_that_fails_says_that_tcp_is_refused(memory, clock):
    memory.flow_failed(TCP)
    assert memory.takes_tcp(TCP)  # nobody tried: some connection has ended
    memory.trying_tcp(TCP)
    memory.flow_failed(TCP)
    assert not memory.takes_tcp(TCP)


def test_a_connection_that_ends_later_was_not_refused(memory, clock):
    memory.trying_tcp(TCP)
    clock.now += TRYING_SECONDS
    memory.flow_failed(TCP)
    assert memory.takes_tcp(TCP)


def test_memory_is_bounded(memory, monkeypatch):
    monkeypatch.setattr(peers, "MAX_PEERS", 3)
    flows = [Flow("tcp", f"192.0.2.{n}", 5060) for n in range(10)]
    for flow in flows:
        memory.tcp_refused(flow)
        memory.down(flow)
        memory.trying_tcp(flow)
    assert [memory.takes_tcp(flow) for flow in flows] == [True] * 7 + [False] * 3
    assert [memory.is_down(flow) for flow in flows] == [False] * 7 + [True] * 3
    assert len(memory._trying) == 3
