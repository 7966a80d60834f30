"""Whole calls at random: phones that are dead, slow, late, refuse, or answer twice; callers that give up at any time.

Whatever happens, the caller gets one final answer, no exception escapes, nobody talks to a caller who was told that
the call failed, and in the end nothing is left in memory.
"""

from random import Random

import pytest

from sipedge.proxy.response_context import CANCEL_PATIENCE, TIMER_C
from sipedge.sip.flow import Flow
from sipedge.sip.message import Request, make_ack, make_cancel
from tests.sipedge.handlers.names import Names
from tests.sipedge.handlers.world import GATEWAY
from tests.sipedge.routing.network import BOB, binding

CALLS = 15
HOSTS = [f"192.0.2.{number}" for number in range(100, 106)]
CONTACTS = [
    "sip:bob@192.0.2.100", "sip:bob@192.0.2.101;transport=tcp", "sip:bob@pool.example", "sip:bob@other.example",
    "sip:bob@gone.example", "sip:bob@slow.example", "sip:bob@192.0.2.105;transport=tls",
]  # fmt: skip
FINALS = [200, 200, 302, 404, 480, 486, 500, 503, 503, 603]


class Target:
    """One phone: what it does with each INVITE is drawn when the INVITE comes."""

    def __init__(self, world, random, flow):
        self.phone = world.phone(flow.host, flow.port, flow.transport)
        self.world, self.random = world, random
        self.invites = {}  # by branch: what is still to be sent, as (when, status code, request)
        self.answered = set()  # branches
        self.talks = set()  # Call-IDs

    def move(self):
        for message in self.phone.received():
            if isinstance(message, Request):
                self._react(message)
        for branch, plan in self.invites.items():
            while plan and plan[0][0] <= self.world.now:
                self._say(branch, *plan.pop(0)[1:])

    def fail(self):
        """Its address cannot be reached: what was sent there did not arrive, and it will not say any more."""
        self.invites = {branch: [] for branch in self.invites}
        self.world.engine.flow_failed(self.phone.flow, "no route to host")

    def _react(self, request):
        branch = request.top_via.branch
        if request.method == "INVITE" and branch not in self.invites:
            self.invites[branch] = self._plan(request)
        elif request.method == "CANCEL":
            self.phone.answer(request, 200)
            if branch not in self.answered and self.random.random() < 0.9:
                self.invites[branch] = [(self.world.now, 487, self._invite_of(request))]
        elif request.method == "BYE":
            self.talks.discard(request.call_id)
            self.phone.answer(request, 200)

    def _invite_of(self, cancel):
        invite = cancel.copy()
        invite.set("CSeq", f"{cancel.cseq.number} INVITE")
        return invite

    def _plan(self, request):
        kind, at, plan = self.random.random(), self.world.now, []
        if kind < 0.25:
            return plan  # dead
        for status in self.random.choice([(), (100,), (100, 180), (183, 180), (180,)]):
            at += self.random.choice([0.0, 0.3, 5.0])
            plan.append((at, status, request))
        if kind < 0.85:
            status = self.random.choice(FINALS)
            plan.append((at + self.random.choice([0.0, 1.0, 6.0]), status, request))
            if status == 200 and self.random.random() < 0.5:
                plan.append((plan[-1][0] + 0.5, 200, request))
        return plan

    def _say(self, branch, status, request):
        if status == 200:
            if branch not in self.answered:
                self.talks.add(request.call_id)
            self.answered.add(branch)
        self.phone.answer(request, status, tag=f"t{self.phone.flow.host[-1]}")


class Campaign:
    """A world with bob's phones in it."""

    def __init__(self, world, seed):
        self.world, self.random = world, Random(seed)
        names = Names(world)
        names.know("pool.example", *[Flow("udp", host, 5060) for host in HOSTS[2:4]])
        names.know("other.example", Flow("tcp", HOSTS[4], 5060), Flow("udp", HOSTS[4], 5060))
        names.know_nothing("gone.example")  # and slow.example is never known
        self.targets = [
            Target(world, self.random, Flow(transport, host, 5060)) for host in HOSTS for transport in ("udp", "tcp")
        ]
        self.gateway = world.phone(GATEWAY, 5090)
        self.finals = {}

    def call(self):
        chosen = self.random.sample(CONTACTS, self.random.randint(1, 4))
        found = [binding(contact, q=self.random.choice([300, 700, 1000])) for contact in chosen]
        self.world.store.bindings.put(BOB.id, *found)
        size = self.random.choice([0, 0, 1_500])
        invite = self.gateway.request(
            "INVITE", "sip:+4311002@north.example", sender="sip:x@y", body=b"v" * size, call_id=str(len(self.finals))
        )
        self.finals[invite.call_id] = set()
        gives_up_at = self.world.now + self.random.choice([0.0, 2.0, 9.0, 50.0, *[1e9] * 8])
        self.gateway.send(invite)
        self._run(invite, gives_up_at)

    def _run(self, invite, gives_up_at):
        until = self.world.now + TIMER_C + 3 * CANCEL_PATIENCE
        while self.world.now < until:
            for target in self.targets:
                target.move()
                if self.random.random() < 0.01:
                    target.fail()
            self._hear(invite)
            if self.world.now >= gives_up_at and not self.finals[invite.call_id]:
                gives_up_at = 1e9
                self.gateway.send(make_cancel(invite))
            self.world.pass_time(0.5, step=0.25)

    def _hear(self, invite):
        for message in self.gateway.received():
            if isinstance(message, Request):
                self.gateway.answer(message, 200)
            elif message.status_code >= 200 and message.cseq.method == "INVITE":
                self.finals[message.call_id].add(message.status_code)
                if message.status_code >= 300:
                    self.gateway.send(make_ack(invite, message))
                else:
                    self.gateway.send(self.gateway.in_dialog("ACK", message, cseq=1))


@pytest.mark.parametrize("seed", range(8))
def test_one_answer_no_exception_nothing_left(world, seed):
    campaign = Campaign(world, seed)
    for _ in range(CALLS):
        campaign.call()
    assert all(len(statuses) == 1 for statuses in campaign.finals.values()), campaign.finals
    assert world.telemetry.exceptions == 0
    failed = {call_id for call_id, statuses in campaign.finals.items() if min(statuses) >= 300}
    assert [target.talks & failed for target in campaign.targets if target.talks & failed] == []
    world.pass_time(300, step=1.0)
    counts = world.engine.counts()
    assert (counts["transactions"], counts["ringing_calls"]) == (0, 0)
