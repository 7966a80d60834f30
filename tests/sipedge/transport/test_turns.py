"""Whose handshake comes next, with a clock of our own."""

from sipedge.transport.turns import BURST, Turns


def test_some_may_begin_at_once_and_then_so_many_a_second() -> None:
    turns: Turns[int] = Turns(100, 0.0)
    assert sum(turns.take(0.0) for _ in range(100)) == 100 * BURST
    assert not turns.take(0.005)
    assert turns.take(0.011)
    assert not turns.take(0.011)
    assert sum(turns.take(9.0) for _ in range(100)) == 100 * BURST


def test_who_waits_comes_before_who_is_new() -> None:
    turns: Turns[str] = Turns(4, 0.0)
    assert turns.take(0.0)
    assert not turns.take(0.0)
    turns.wait("a", "first")
    assert turns
    assert not turns.take(1.0)
    assert turns.next(1.0) == ["first"]
    assert not turns


def test_sources_take_turns() -> None:
    turns: Turns[str] = Turns(4, 0.0)
    assert turns.take(0.0)
    for number in range(4):
        turns.wait("flood", f"flood {number}")
    turns.wait("phone", "phone")
    assert [turns.next(0.3 * second) for second in range(1, 6)] == [
        ["flood 0"], ["phone"], ["flood 1"], ["flood 2"], ["flood 3"],
    ]  # fmt: skip
    assert turns.next(9.0) == []


def test_who_is_gone_is_not_waited_for() -> None:
    turns: Turns[str] = Turns(4, 0.0)
    assert turns.take(0.0)
    turns.wait("a", "gone")
    turns.wait("a", "here")
    turns.forget("a", "gone")
    turns.forget("a", "gone")
    turns.forget("b", "never there")
    assert len(turns) == 1
    assert turns.next(0.3) == ["here"]
    turns.wait("a", "gone")
    turns.forget("a", "gone")
    assert not turns
