import gc
import weakref

from sipedge.handlers.deadlines import SPARE_PLACES, Deadlines


class Thing:
    def __init__(self, deadline):
        self.at = deadline
        self.handled = []
        self.given_up = False

    def deadline(self):
        return self.at

    def handle_deadline(self, now):
        self.handled.append(now)
        self.at = None

    def give_up(self):
        self.given_up = True


def test_called_when_due_and_not_before():
    deadlines, thing = Deadlines(), Thing(10.0)
    deadlines.watch(thing)
    deadlines.handle(9.9)
    assert thing.handled == []
    deadlines.handle(10.0)
    deadlines.handle(11.0)
    assert thing.handled == [10.0]
    assert len(deadlines) == 0


def test_one_that_moved_away_waits_for_its_new_time():
    deadlines, thing = Deadlines(), Thing(10.0)
    deadlines.watch(thing)
    thing.at = 20.0
    deadlines.handle(15.0)
    assert thing.handled == []
    deadlines.handle(20.0)
    assert thing.handled == [20.0]


def test_one_that_came_nearer_is_called_then_and_counted_once():
    deadlines, thing = Deadlines(), Thing(100.0)
    deadlines.watch(thing)
    thing.at = 20.0
    deadlines.watch(thing)
    assert len(deadlines) == 1
    deadlines.handle(20.0)
    assert thing.handled == [20.0]
    deadlines.handle(100.0)
    assert thing.handled == [20.0]
    assert len(deadlines) == 0


def test_one_without_a_deadline_is_forgotten():
    deadlines, thing = Deadlines(), Thing(None)
    deadlines.watch(thing)
    assert len(deadlines) == 0


def test_giving_up_reaches_what_is_pending():
    deadlines, pending, over = Deadlines(), Thing(10.0), Thing(10.0)
    deadlines.watch(pending)
    deadlines.watch(over)
    over.at = None
    deadlines.give_up()
    assert (pending.given_up, over.given_up) == (True, False)


def test_what_is_forgotten_is_not_kept_alive_and_not_called():
    deadlines, thing = Deadlines(), Thing(10.0)
    deadlines.watch(thing)
    deadlines.forget(thing)
    deadlines.forget(thing)
    gone = weakref.ref(thing)
    del thing
    gc.collect()
    assert gone() is None
    assert len(deadlines) == 0
    deadlines.handle(11.0)


def test_one_that_was_watched_twice_and_forgotten_is_not_called_either():
    deadlines, thing = Deadlines(), Thing(100.0)
    deadlines.watch(thing)
    thing.at = 20.0
    deadlines.watch(thing)
    deadlines.forget(thing)
    deadlines.handle(200.0)
    assert thing.handled == []


def test_one_that_stays_due_is_called_once_at_a_time():
    class Stubborn(Thing):
        def handle_deadline(self, now):
            self.handled.append(now)

    deadlines, thing = Deadlines(), Stubborn(10.0)
    deadlines.watch(thing)
    deadlines.handle(10.0)
    deadlines.handle(11.0)
    assert thing.handled == [10.0, 11.0]


def test_empty_places_do_not_pile_up_and_the_others_keep_theirs():
    deadlines, kept = Deadlines(), [Thing(float(number)) for number in range(50, 60)]
    for thing in kept:
        deadlines.watch(thing)
    for number in range(5 * SPARE_PLACES):
        passing = Thing(100.0 + number)
        deadlines.watch(passing)
        deadlines.forget(passing)
    assert len(deadlines._heap) <= SPARE_PLACES + 2 * len(kept) + 1
    deadlines.handle(54.5)
    assert [bool(thing.handled) for thing in kept] == [True] * 5 + [False] * 5
