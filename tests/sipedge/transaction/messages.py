"""Requests, responses and flows for the tests of the transaction layer."""

from sipedge.sip.flow import Flow
from sipedge.sip.message import Request, Response, make_response
from sipedge.transaction.effects import Effect
from sipedge.transaction.layer import TransactionLayer

UDP = Flow("udp", "192.0.2.1", 5060)
TCP = Flow("tcp", "192.0.2.1", 5060, 0, 7)


def make_request(
    method: str = "REGISTER", branch: str = "z9hG4bK-1", *, cseq: int = 1, cseq_method: str = "", body: bytes = b""
) -> Request:
    """A small valid request from 192.0.2.1."""
    return Request(
        method,
        "sip:bob@example.org",
        [
            ("Via", f"SIP/2.0/UDP 192.0.2.1:5060;branch={branch}"),
            ("Max-Forwards", "70"),
            ("From", "<sip:alice@example.org>;tag=a"),
            ("To", "<sip:bob@example.org>"),
            ("Call-ID", "call-1"),
            ("CSeq", f"{cseq} {cseq_method or method}"),
        ],
        body,
    )


def answer(request: Request, status_code: int) -> Response:
    """A response to it, with a To tag."""
    return make_response(request, status_code, to_tag=None if status_code == 100 else "b")


def run_until(layer: TransactionLayer, end: float) -> list[tuple[float, Effect]]:
    """Call the layer whenever it wants to be called, up to `end`; what it wanted done, and when.

    A lingering transaction may end a little later than its time, so that time is not looked at by tests.
    """
    happened: list[tuple[float, Effect]] = []
    while (now := layer.next_timer()) is not None and now <= end:
        happened += [(now, effect) for effect in layer.handle_timers(now)]
    return happened
