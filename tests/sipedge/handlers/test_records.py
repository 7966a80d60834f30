from sipedge.dialog import call as calls
from sipedge.handlers.records import CallWatch
from sipedge.sip.message import Response
from tests.sipedge.dialog.test_call import begun


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
