"""A whole forked call in memory, with anything happening in any order: one answer, and nothing of it stays."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sipedge.sip.message import Response, make_cancel
from tests.sipedge.handlers.world import GATEWAY, World
from tests.sipedge.routing.network import BOB, binding

PHONES = st.lists(st.sampled_from([1000, 500]), min_size=1, max_size=3)
EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("answer"), st.integers(0, 2), st.sampled_from([100, 180, 183, 200, 302, 407, 486, 503, 603])),
        st.tuples(st.just("unreachable"), st.integers(0, 2), st.just(0)),
        st.tuples(st.just("cancel"), st.just(0), st.just(0)),
        st.tuples(st.just("time"), st.integers(1, 60), st.just(0)),
        st.tuples(st.just("stop"), st.just(0), st.just(0)),
    ),
    max_size=12,
)


class Call:
    """One call from the gateway to bob's phones, and all that was sent to anybody meanwhile."""

    def __init__(self, qs):
        self.world = World()
        self.phones = [self.world.phone(f"192.0.2.{81 + number}") for number in range(len(qs))]
        self.world.store.bindings.put(
            BOB.id, *[binding(phone.uri, q=q) for phone, q in zip(self.phones, qs, strict=True)]
        )
        self.gateway = self.world.phone(GATEWAY, 5090)
        self.invite = self.gateway.request("INVITE", "sip:+4311002@north.example", sender="sip:+431999@pstn.example")
        self.invites = [None] * len(qs)
        self.upstream = []
        self.gateway.send(self.invite)
        self.take()

    def take(self):
        for number, phone in enumerate(self.phones):
            for message in phone.received():
                if not isinstance(message, Response):
                    self._requested(number, message)
        self.upstream += [m for m in self.gateway.received() if m.cseq.method == "INVITE" and m.status_code > 100]

    def _requested(self, number, request):
        if request.method == "INVITE":
            assert self.invites[number] in (None, request)  # a retransmission, never a second call to the same phone
            self.invites[number] = request
        elif request.method in ("CANCEL", "BYE"):
            self.phones[number].answer(request, 200)

    def happen(self, kind, which, status):
        phone, invite = self.phones[which % len(self.phones)], self.invites[which % len(self.phones)]
        if kind == "answer" and invite is not None:
            phone.answer(invite, status, tag=f"phone{which}")
        elif kind == "unreachable":
            self.world.engine.flow_failed(phone.flow, "unreachable")
        elif kind == "cancel":
            self.gateway.send(make_cancel(self.invite))
        elif kind == "stop":
            self.world.engine.drain()
        elif kind == "time":
            self.world.pass_time(which, step=1)
        self.take()


@settings(max_examples=120, deadline=None)
@given(PHONES, EVENTS)
def test_any_order_of_events(qs, events):
    call = Call(qs)
    for event in events:
        call.happen(*event)
    call.world.pass_time(600, step=4)
    call.take()
    finals = [response for response in call.upstream if response.status_code >= 200]
    failures = {(response.status_code, response.to_tag) for response in finals if response.status_code >= 300}
    assert finals
    assert len(failures) <= 1
    assert not failures or all(response.status_code >= 300 for response in finals)
    first = call.upstream.index(finals[0])
    assert all(response.status_code >= 200 for response in call.upstream[first:])
    assert call.world.engine.counts()["transactions"] == 0
    assert call.world.engine.unanswered == 0
    (record,) = call.world.calls
    assert record.ended_at is not None
    assert len(call.world.engine.services.standing) == 0
    assert call.world.telemetry.exceptions == 0


@pytest.mark.parametrize("events", [[], [("cancel", 0, 0)], [("stop", 0, 0)]])
def test_what_can_happen_does(events):
    """The check above looks at something: without any answer the caller hears 408, 487 or 503."""
    call = Call([1000])
    for event in events:
        call.happen(*event)
    call.world.pass_time(40, step=1)
    call.take()
    assert {response.status_code for response in call.upstream} == {
        {(): 408, ("cancel",): 487, ("stop",): 503}[tuple(kind for kind, *_ in events)]
    }
