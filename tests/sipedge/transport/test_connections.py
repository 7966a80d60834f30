"""The table of connections, with a clock of our own."""

from dataclasses import dataclass, field

import pytest

from sipedge.sip.flow import Flow
from sipedge.transport.connections import ConnectionTable, Peer, peer_of
from sipedge.transport.limits import TransportLimits

LIMITS = TransportLimits(partial_timeout=30.0, idle_timeout=600.0, evict_after=60.0, connections_by_source=2)


@dataclass
class Fake:
    flow: Flow
    accepted: bool = True
    shakes: bool = False
    pings: bool = False
    heard_at: float = 0.0
    peers: set[Peer] = field(default_factory=set)


def fake(table: ConnectionTable[Fake], port: int = 1, host: str = "192.0.2.1", *, accepted: bool = True) -> Fake:
    return Fake(Flow("tcp", host, port, 0, table.next_serial()), accepted)


def test_a_connection_is_found_by_its_number_and_by_its_peer() -> None:
    table: ConnectionTable[Fake] = ConnectionTable(LIMITS)
    one = fake(table)
    table.add(one, 0.0)
    assert table.find(one.flow) is one
    assert table.find(Flow("tcp", "192.0.2.1", 1)) is one
    assert table.find(Flow("tcp", "192.0.2.1", 1, 5)) is one
    assert table.find(one.flow._replace(host="192.0.2.9")) is None  # the number was given by an earlier process
    assert table.find(Flow("tcp", "192.0.2.1", 1, 0, 99)) is None
    assert table.find(Flow("tcp", "192.0.2.1", 2)) is None
    assert table.all() == [one]


def test_what_is_removed_is_found_no_more_and_numbers_do_not_come_back() -> None:
    table: ConnectionTable[Fake] = ConnectionTable(LIMITS)
    one = fake(table)
    table.add(one, 0.0)
    assert table.remove(one)
    assert not table.remove(one)
    assert table.find(one.flow) is None
    assert table.find(one.flow._replace(connection=0)) is None
    assert len(table) == 0
    assert table.next_serial() > one.flow.connection


def test_a_later_connection_of_the_same_peer_survives_the_end_of_the_first() -> None:
    table: ConnectionTable[Fake] = ConnectionTable(LIMITS)
    first, second = fake(table), fake(table)
    table.add(first, 0.0)
    table.add(second, 0.0)
    table.remove(first)
    assert table.find(Flow("tcp", "192.0.2.1", 1)) is second


def test_only_accepted_connections_count_for_their_source() -> None:
    table: ConnectionTable[Fake] = ConnectionTable(LIMITS)
    one, two, own = fake(table, 1), fake(table, 2), fake(table, 3, accepted=False)
    table.add(own, 0.0)
    table.add(one, 0.0)
    assert not table.is_source_full("192.0.2.1")
    table.add(two, 0.0)
    assert table.is_source_full("192.0.2.1")
    assert not table.is_source_full("192.0.2.2")
    table.remove(own)
    assert table.is_source_full("192.0.2.1")
    table.remove(two)
    assert not table.is_source_full("192.0.2.1")
    table.add(fake(table, 4), 0.0)
    assert table.is_source_full("192.0.2.1")


def test_a_source_that_is_gone_leaves_nothing_behind() -> None:
    table: ConnectionTable[Fake] = ConnectionTable(LIMITS)
    both = [fake(table, 1), fake(table, 2)]
    for connection in both:
        table.add(connection, 0.0)
    for connection in both:
        table.remove(connection)
    assert not table._sources
    assert not table._by_peer
    assert table.overdue(1e9) == []


def test_a_newcomer_must_say_something_in_time() -> None:
    table: ConnectionTable[Fake] = ConnectionTable(LIMITS)
    mute, own = fake(table, 1), fake(table, 2, accepted=False)
    table.add(mute, 0.0)
    table.add(own, 0.0)
    assert table.overdue(29.9) == []
    assert table.overdue(30.0) == [(mute, "no whole message in time")]
    table.remove(mute)
    assert table.overdue(30.0) == []


def test_the_time_for_a_message_runs_from_its_first_byte() -> None:
    table: ConnectionTable[Fake] = ConnectionTable(LIMITS)
    slow = fake(table)
    table.add(slow, 0.0)
    table.heard(slow, 1.0, completed=True, partial=False)
    assert table.overdue(100.0) == []
    table.heard(slow, 100.0, completed=False, partial=True)
    for second in range(101, 130):
        table.heard(slow, float(second), completed=False, partial=True)
    assert table.overdue(129.9) == []
    assert table.overdue(130.0) == [(slow, "no whole message in time")]
    table.heard(slow, 130.0, completed=True, partial=True)
    assert table.overdue(159.9) == []
    assert table.overdue(160.0) == [(slow, "no whole message in time")]


def test_silence_ends_a_connection_and_any_byte_prolongs_it() -> None:
    table: ConnectionTable[Fake] = ConnectionTable(LIMITS)
    silent, lively = fake(table, 1, accepted=False), fake(table, 2, accepted=False)
    table.add(silent, 0.0)
    table.add(lively, 0.0)
    table.heard(lively, 500.0, completed=True, partial=False)
    assert table.overdue(599.9) == []
    assert table.overdue(600.0) == [(silent, "silent for too long")]
    table.remove(silent)
    assert table.overdue(1_099.9) == []
    assert table.overdue(1_100.0) == [(lively, "silent for too long")]


def test_the_most_silent_one_gives_its_place_if_it_is_silent_for_long_enough() -> None:
    table: ConnectionTable[Fake] = ConnectionTable(LIMITS)
    assert table.evictable(1_000.0) is None
    first, second = fake(table, 1), fake(table, 2)
    table.add(first, 0.0)
    table.add(second, 0.0)
    table.heard(second, 0.0, completed=True, partial=False)
    table.heard(first, 10.0, completed=True, partial=False)
    assert table.evictable(59.9) is None
    assert table.evictable(60.0) is second


def test_one_that_takes_its_leave_is_found_no_more_but_still_has_its_place() -> None:
    table: ConnectionTable[Fake] = ConnectionTable(LIMITS)
    one, two = fake(table, 1), fake(table, 2)
    table.add(one, 0.0)
    table.add(two, 0.0)
    assert table.retire(one, 1.0)
    assert not table.retire(one, 1.0)
    assert table.find(one.flow) is None
    assert len(table) == 2
    assert table.is_source_full("192.0.2.1")
    assert table.overdue(1.0 + LIMITS.close_timeout) == [(one, "")]
    assert not table.remove(one)
    assert not table.is_source_full("192.0.2.1")
    assert len(table) == 1
    assert table.overdue(20.0) == []


def test_a_handshake_of_ours_has_to_end_in_time() -> None:
    table: ConnectionTable[Fake] = ConnectionTable(LIMITS)
    slow, quick = fake(table, 1, accepted=False), fake(table, 2, accepted=False)
    slow.shakes = quick.shakes = True
    table.add(slow, 0.0)
    table.add(quick, 0.0)
    table.shook(quick)
    assert table.overdue(LIMITS.connect_timeout - 0.1) == []
    assert table.overdue(LIMITS.connect_timeout) == [(slow, "no TLS handshake in time")]


@pytest.mark.parametrize(("transport", "does_name_count"), [("tcp", False), ("tls", True)])
def test_a_connection_is_used_for_another_port_of_its_peer_as_long_as_it_lasts(
    transport: str, does_name_count: bool
) -> None:
    table: ConnectionTable[Fake] = ConnectionTable(LIMITS)
    one = fake(table)
    one.flow = one.flow._replace(transport=transport)
    table.add(one, 0.0)
    there = Flow(transport, "192.0.2.1", 5060, server_name="gw.example.org")
    assert table.find(there) is None
    table.reuse(one, peer_of(there))
    assert table.find(there) is one
    assert table.find(there._replace(server_name="")) is (None if does_name_count else one)
    table.remove(one)
    assert table.find(there) is None


def test_numbers_begin_after_the_one_given() -> None:
    assert ConnectionTable[Fake](LIMITS, 7 << 32).next_serial() == (7 << 32) + 1


def test_a_silent_websocket_is_pinged_and_has_to_answer() -> None:
    table: ConnectionTable[Fake] = ConnectionTable(TransportLimits(ping_after=10.0, pong_timeout=5.0))
    mute, alive, plain = fake(table, 1), fake(table, 2), fake(table, 3)
    mute.pings = alive.pings = True
    for connection in (mute, alive, plain):
        table.add(connection, 0.0)
        table.heard(connection, 0.0, completed=True, partial=False)
    assert table.silent(9.9) == []
    assert table.silent(10.0) == [mute, alive]
    assert table.silent(14.0) == []
    table.heard(alive, 14.0, completed=True, partial=False)
    assert table.overdue(14.9) == []
    assert table.overdue(15.0) == [(mute, "no answer to a ping")]
    table.remove(mute)
    assert table.silent(24.0) == [alive]


def test_who_has_not_said_anything_yet_gives_his_place_first() -> None:
    table: ConnectionTable[Fake] = ConnectionTable(TransportLimits(proof_after=2.0, evict_after=60.0))
    proven, own, mute, newer = fake(table, 1), fake(table, 2, accepted=False), fake(table, 3), fake(table, 4)
    table.add(proven, 0.0)
    table.heard(proven, 0.0, completed=True, partial=False)
    table.add(own, 0.0)
    table.add(mute, 1.0)
    table.add(newer, 1.5)
    table.heard(mute, 2.9, completed=False, partial=True)  # a byte now and then does not help
    assert table.evictable(2.9) is None
    assert table.evictable(3.0) is mute
    table.remove(mute)
    assert table.evictable(3.0) is None
    assert table.evictable(3.5) is newer
    table.heard(newer, 3.5, completed=True, partial=False)
    assert table.evictable(59.0) is None
    assert table.evictable(60.0) is proven


def test_who_asks_for_no_name_takes_what_was_checked_for_one_and_not_the_other_way_round() -> None:
    table: ConnectionTable[Fake] = ConnectionTable(LIMITS)
    there = Flow("tls", "192.0.2.1", 5061)
    checked = Fake(there._replace(connection=table.next_serial(), server_name="gw.example.org"), accepted=False)
    table.add(checked, 0.0)
    assert table.find(there) is checked
    assert table.find(there._replace(server_name="other.example.org")) is None
    table.remove(checked)
    assert table.find(there) is None
    unchecked = Fake(there._replace(connection=table.next_serial()), accepted=False)
    table.add(unchecked, 0.0)
    table.add(checked, 0.0)
    assert table.find(there) is unchecked
    assert table.find(there._replace(server_name="gw.example.org")) is checked
