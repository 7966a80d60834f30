"""A proxy that sends everything it gets back to the edge: what loops are made of."""

from __future__ import annotations

from sipedge.sip.message import Response
from tests.sipedge.handlers.world import GATEWAY

EAR = "192.0.2.99"
STORM = 200  # requests


class Mirror:
    """A proxy with two addresses: what comes to the one goes back to the edge from the other, which is trusted."""

    def __init__(self, world, instead):
        self.ear, self.gateway = world.phone(EAR), world.phone(GATEWAY, 5090)
        self.instead = instead  # user part that comes -> user part that goes back
        self.requests = 0
        self.finals = []

    def call(self, uri="sip:+4311002@north.example", method="INVITE"):
        """Begin with a request of the trusted side's own, and see it through."""
        self.gateway.send(self.gateway.request(method, uri, sender="sip:+431999@pstn.example"))
        self.reflect()

    def reflect(self):
        """Until nothing comes any more."""
        for _ in range(500):
            messages = [*self.ear.received(), *self.gateway.received()]
            if not messages:
                return
            for message in messages:
                self._take(message)
        raise AssertionError("it never ends")

    def _take(self, message):
        if isinstance(message, Response):
            self._pass_down(message)
        elif message.method != "ACK":
            self.requests += 1
            assert self.requests <= STORM, "a storm"
            self._send_back(message)

    def _send_back(self, request):
        back = request.copy()
        back.request_uri = f"sip:{self.instead[request.uri.user]}@north.example"
        back.set("Max-Forwards", str(request.max_forwards - 1))
        branch = f"z9hG4bKmirror{self.requests}"
        back.prepend("Via", f"SIP/2.0/UDP {GATEWAY}:5090;branch={branch}")
        self.gateway.send(back)

    def _pass_down(self, response):
        """A final answer to what the mirror sent goes back to whom it had it from: to the edge, or to the caller."""
        if response.status_code < 200:
            return
        if len(response.vias) == 1:
            self.finals.append(response.status_code)
            return
        down = response.copy()
        down.remove_first_value("Via")
        self.ear.send(down)
