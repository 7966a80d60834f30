"""Phones and a gateway that write nonsense into what they answer: nothing breaks, and nothing of it stays."""

import random

import pytest

from sipedge.sip.message import HeaderError, Request, make_response
from sipedge.sip.serialise import SerialiseError
from tests.sipedge.handlers.world import GATEWAY, World
from tests.sipedge.routing.network import BOB, binding

STATUSES = (100, 180, 183, 199, 200, 200, 302, 401, 407, 422, 486, 503, 603)
NAMES = (
    *("Via", "From", "To", "Call-ID", "CSeq", "Contact", "Record-Route", "Route", "Require", "Supported", "RSeq"),
    *("Session-Expires", "Min-SE", "Privacy", "P-Asserted-Identity", "Diversion", "History-Info", "Reason", "Warning"),
    *("WWW-Authenticate", "Proxy-Authenticate", "Max-Forwards", "Max-Breadth", "Expires", "Timestamp"),
)
VALUES = (
    *("", '"', ",", "<", "<>", '"unclosed, timer', "sip:", "<sip:a@b", "<sip:a@b>;tag=", "<sip:a@b>;tag=x", "timer"),
    *("199", "0", "-1", "9" * 30, "é", "a;b=c;d", "SIP/2.0/UDP x;branch=z9hG4bKq", "<sip:192.0.2.1;lr>", ";;;", ";="),
    *("\\", "%00", 'Digest realm="x"', "id;critical", "1 INVITE", "70 70", "<sips:a@b;lr>", "tel:+43"),
)


class Nonsense:
    """Calls whose answers are spoilt at random, always the same for one seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.world = World()
        self.gateway = self.world.phone(GATEWAY, 5090)

    def call(self):
        phones = [self.world.phone(f"192.0.2.{81 + number}") for number in range(self.random.choice((1, 2)))]
        self.world.store.bindings.put(BOB.id, *[binding(phone.uri) for phone in phones])
        method = self.random.choice(("INVITE", "INVITE", "INVITE", "MESSAGE", "SUBSCRIBE"))
        request = self.gateway.request(method, "sip:+4311002@north.example", sender="sip:+431999@pstn.example")
        self._send(self.gateway, self._spoilt(request, NAMES[7:]))
        for _ in range(self.random.randint(1, 5)):
            for phone in phones:
                self._answer(phone)
            self._go_on()
            self.world.pass_time(self.random.choice((0, 0, 1, 40)), step=1)

    def _answer(self, phone):
        for request in phone.received():
            if isinstance(request, Request) and request.method != "ACK":
                answer = make_response(request, self.random.choice(STATUSES), to_tag=self.random.choice("ab"))
                self._send(phone, self._spoilt(answer, NAMES))

    def _go_on(self):
        """The caller acknowledges, hangs up, or asks for something else, as far as it can read its answer."""
        for response in self.gateway.received():
            if response.cseq.method == "INVITE" and 200 <= response.status_code < 300:
                method = self.random.choice(("ACK", "BYE", "INVITE", "UPDATE"))
                try:
                    self._send(self.gateway, self.gateway.in_dialog(method, response, cseq=2))
                except (HeaderError, IndexError, AttributeError):
                    continue  # without a Contact, or with one that is none

    def _spoilt(self, message, names):
        for _ in range(self.random.choice((0, 1, 2))):
            change = self.random.choice((message.set, message.append, message.prepend))
            change(self.random.choice(names), self.random.choice(VALUES))
        return message

    def _send(self, phone, message):
        try:
            phone.send(message)
        except SerialiseError:
            return


@pytest.mark.parametrize("seed", range(4))
def test_nothing_breaks_and_nothing_stays(seed):
    nonsense = Nonsense(seed)
    for _ in range(60):
        nonsense.call()
    world = nonsense.world
    assert any(record.answered_at for record in world.calls)
    world.pass_time(600, step=5)
    assert world.telemetry.exceptions == 0
    assert (world.engine.unanswered, world.engine.counts()["transactions"]) == (0, 0)
    assert [record for record in world.calls if record.ended_at is None] == []
