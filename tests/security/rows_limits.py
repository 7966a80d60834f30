"""Rows about too many calls at the same time: what a stolen password is worth."""

from __future__ import annotations

from sipedge.facts import OpenCall
from sipedge.load.book import CallBook
from sipedge.load.counts import CallCounts
from sipedge.load.parties import ids_of
from sipedge.routing import limits
from tests.security.edges import OUTSIDE_NUMBER, Scene, statuses
from tests.security.matrix import Row, edit, proof
from tests.sipedge.load.test_counts import a_call
from tests.sipedge.routing.asking import set_up
from tests.sipedge.routing.network import ALICE

MOST = 2


def _scene() -> Scene:
    """Alice may have two calls at the same time."""
    scene = Scene()
    set_up(scene.world.store, scene.world.store.subscribers.get((1, "alice")), max_calls=MOST)
    return scene


def _dials(scene: Scene) -> int:
    """What one more of her calls gets, and whether it left by the gateway."""
    final = statuses(scene.call(OUTSIDE_NUMBER))[-1]
    left = [message for message in scene.gateway.received() if message.method == "INVITE"]
    assert len(left) == (final == 100), (final, left)
    return int(final)


def no_more_calls_leave_than_the_owner_may_have() -> None:
    scene = _scene()
    assert [_dials(scene) for _ in range(MOST + 3)] == [100] * MOST + [486] * 3
    scene.assert_nothing_left()


def calls_at_other_edges_count() -> None:
    scene = _scene()
    scene.world.engine.services.counts.told_all("edge2", {("subscriber", ALICE.id): MOST - 1})
    assert [_dials(scene) for _ in range(2)] == [100, 486]


def killing_an_edge_gives_nobody_a_second_allowance() -> None:
    scene = _scene()
    before = [a_call(caller_subscriber_id=ALICE.id) for _ in range(MOST)]
    scene.world.engine.services.counts.resume(OpenCall(call.id, "edge1", 0.0, None, ids_of(call)) for call in before)
    assert _dials(scene) == 486


def what_has_ended_makes_room() -> None:
    """A limit that shut its owner out for good would be a way to harm him."""
    scene = _scene()
    for _ in range(MOST):
        _dials(scene)
    for record in scene.world.calls:
        scene.world.store.calls.end(record.id, record.started_at + 9, "callee")
    assert _dials(scene) == 100


CONCURRENT_CALLS = Row(
    "concurrent-calls",
    "more calls at once than a subscriber, customer or reseller may have, at any edge, also after one was killed",
    "486, and nothing leaves; room again as soon as one ends",
    [
        proof(
            no_more_calls_leave_than_the_owner_may_have,
            "routing/limits.py is_full",
            edit(limits.is_full, ("if most is not None and", "if most is None and")),
        ),
        proof(
            calls_at_other_edges_count,
            "load/counts.py CallCounts.count",
            edit(CallCounts.count, ("in self._elsewhere.values()", "in ()")),
        ),
        proof(
            killing_an_edge_gives_nobody_a_second_allowance,
            "shared/recount.py Recount, load/counts.py CallCounts.resume",
            edit(CallCounts.resume, ("for call in calls:", "for call in ():")),
        ),
        proof(
            what_has_ended_makes_room,
            "load/book.py CallBook.end",
            edit(CallBook.end, ("self._add(parties_of(ids), -1)", "pass")),
        ),
    ],
)

ROWS = [CONCURRENT_CALLS]
