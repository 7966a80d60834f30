"""Whatever comes in whatever order: one final answer, each 2xx passed, nothing after it, nothing left running."""

from hypothesis import given, settings
from hypothesis import strategies as st

from sipedge.proxy.response_context import (
    BranchState,
    Cancel,
    Forward,
    ResponseContext,
    Silence,
    Start,
)
from sipedge.sip.message import Request, Response

STATUSES = [100, 180, 183, 199, 200, 202, 302, 401, 407, 408, 480, 486, 487, 500, 503, 603]
GROUPS = st.lists(st.integers(1, 3), min_size=1, max_size=3)
EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("response"), st.integers(0, 8), st.sampled_from(STATUSES)),
        st.tuples(st.just("failed"), st.integers(0, 8), st.sampled_from([408, 503])),
        st.tuples(st.just("cancel"), st.just(0), st.just(0)),
        st.tuples(st.just("time"), st.integers(1, 200), st.just(0)),
        st.tuples(st.just("give up"), st.just(0), st.just(0)),
    ),
    max_size=25,
)


class Course:
    """One request's life, with what came of each event."""

    def __init__(self, sizes, method, breadth):
        groups = [[f"{number}.{place}" for place in range(size)] for number, size in enumerate(sizes)]
        headers = [("Max-Breadth", str(breadth))]
        self.it = ResponseContext(Request(method, "sip:bob@example.org", headers), groups)
        self.breadth = breadth
        self.now = 0.0
        self.upstream = []
        self.cancels = []
        self.started = []
        self.busy_everywhere = False
        self.take(self.it.begin(0.0))

    def take(self, actions):
        for action in actions:
            if isinstance(action, Start):
                assert not self.busy_everywhere
                assert not self.it.cancelled
                self.started.append(action.branch)
            elif isinstance(action, Cancel):
                assert action.branch.state is BranchState.PROCEEDING
                assert action.branch not in self.cancels
                self.cancels.append(action.branch)
            else:
                self.upstream.append(action)
        running = [branch for branch in self.it.branches if branch.state is not BranchState.ENDED]
        assert sum(branch.breadth for branch in running) <= self.breadth
        assert len({branch.target.split(".")[0] for branch in running}) <= 1

    def happen(self, kind, which, status):
        branch = self.started[which % len(self.started)]
        if kind == "response":
            self.respond(branch, status)
        elif kind == "failed":
            self.take(self.it.failed(branch, status, self.now))
        elif kind == "cancel":
            self.take(self.it.cancel(self.now))
        elif kind == "give up":
            self.take(self.it.give_up(self.now))
        else:
            self.now += which
            self.take(self.it.handle_deadline(self.now))

    def respond(self, branch, status):
        was_open = branch.state is not BranchState.ENDED
        failed_before = self.it.failed_upstream
        response = Response(status, "")
        before = len(self.upstream)
        self.busy_everywhere |= was_open and status >= 600
        self.take(self.it.response(branch, response, self.now))
        passed = self.upstream[before:]
        if 200 <= status < 300 and self.it.is_invite and not failed_before:
            assert passed == [Forward(response, status)]

    def run_out(self):
        """Time goes on until nothing has a deadline any more."""
        for _ in range(50):
            at = self.it.deadline()
            if at is None:
                return
            self.now = max(self.now, at)
            self.take(self.it.handle_deadline(self.now))
        raise AssertionError("it never ends")


@settings(max_examples=400, deadline=None)
@given(GROUPS, st.sampled_from(["INVITE", "MESSAGE"]), st.sampled_from([1, 2, 60]), EVENTS)
def test_any_order_of_events(sizes, method, breadth, events):
    course = Course(sizes, method, breadth)
    for event in events:
        course.happen(*event)
    course.run_out()
    finals = [one for one in course.upstream if isinstance(one, Silence) or one.status_code >= 200]
    successes = [one for one in finals if isinstance(one, Forward) and one.status_code < 300]
    failures = [one for one in finals if one not in successes]
    assert len(failures) <= 1
    assert bool(failures) != bool(successes)
    if method != "INVITE":
        assert len(finals) == 1
        assert course.cancels == []
    assert course.upstream[-1] in finals or method == "INVITE"
    assert all(branch.state is BranchState.ENDED for branch in course.it.branches)
    assert len({branch.target for branch in course.started}) == len(course.started)


@settings(max_examples=200, deadline=None)
@given(GROUPS, EVENTS)
def test_nothing_goes_upstream_after_the_final_answer_but_2xx(sizes, events):
    course = Course(sizes, "INVITE", 60)
    for event in events:
        course.happen(*event)
    course.run_out()
    first = next(place for place, one in enumerate(course.upstream) if one.status_code >= 200)
    is_success = course.upstream[first].status_code < 300
    assert all(is_success and 200 <= one.status_code < 300 for one in course.upstream[first + 1 :])
