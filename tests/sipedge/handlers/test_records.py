from dataclasses import replace

from sipedge.dialog import call as calls
from sipedge.handlers import hops
from sipedge.handlers.records import CallWatch
from sipedge.routing.decision import Attempt
from sipedge.sip.message import Response
from tests.sipedge.dialog.test_call import begun
from tests.sipedge.routing.network import PSTN


def watch(world):
    return CallWatch(world.engine.services, begun())


def states(world, monkeypatch):
    written = []
    monkeypatch.setattr(world.store.calls, "save", lambda call: written.append(call.state))
    return written


def test_each_new_state_is_written_once(world, monkeypatch):
    written = states(world, monkeypatch)
    it = watch(world)
    for status in (183, 180, 180):
        it.provisional(Response(status, ""))
    ok = Response(200, "OK", [("To", "<sip:a@b>;tag=t")])
    it.success(ok)
    it.success(ok)
    assert written == ["trying", "ringing", "answered"]


def test_a_100_or_181_is_no_ringing(world, monkeypatch):
    written = states(world, monkeypatch)
    it = watch(world)
    it.provisional(Response(181, "Forwarded"))
    assert written == ["trying"]


def test_a_failure_ends_it(world, monkeypatch):
    written = states(world, monkeypatch)
    it = watch(world)
    it.failure(486, Response(486, "Busy Here"))
    it.failure(486, Response(486, "Busy Here"))
    assert written == ["trying", "ended"]
    assert it.record.cause == 17


def test_a_refusal_ends_it(world, monkeypatch):
    written = states(world, monkeypatch)
    it = watch(world)
    it.refused(404, "Number not assigned")
    assert written == ["trying", "ended"]
    assert it.record == calls.refused(it.record, 404, "", 0)


def told(world, monkeypatch):
    heard = []
    telemetry = world.engine.services.telemetry
    monkeypatch.setattr(telemetry, "call", lambda call: heard.append(call.state))
    monkeypatch.setattr(telemetry, "gateway_tried", lambda _call, *facts: heard.append(facts[:2]))
    return heard


def to_gateway(name):
    return hops.gateways([Attempt(replace(PSTN, name=name), "+4930123")])


def test_each_state_is_told_once_whatever_gateways_say_meanwhile(world, monkeypatch):
    heard = told(world, monkeypatch)
    it = watch(world)
    it.provisional(Response(180, "Ringing"))
    it.tries(to_gateway("first"))
    it.tried(to_gateway("first"), 503, "Service Unavailable", 0.1)
    it.tried(to_gateway("second"), 200, "OK", 2.0)
    it.success(Response(200, "OK", [("To", "<sip:a@b>;tag=t")]))
    assert heard == ["trying", "ringing", ("first", 503), ("second", 200), "answered"]


def test_the_one_gateway_that_takes_a_call_at_once_makes_no_line(world, monkeypatch):
    heard = told(world, monkeypatch)
    watch(world).tried(to_gateway("first"), 200, "OK", 2.0)
    assert heard == ["trying"]
