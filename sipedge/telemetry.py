"""What the edge tells about itself: one log line an event, and figures for Prometheus.

Lines begin with `<` for what came in, `>` for what went out, `=` for a state that changed, `x` for an end and `!` for
something hostile (security_log.py). No secret is ever in one, and text from the network is shown without control
characters.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Final
from uuid import UUID
from wsgiref.handlers import format_date_time

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from sipedge.facts import CallRecord, SubscriberFacts
from sipedge.guards.events import Kind, SecurityEvent
from sipedge.registrar.binding import Binding
from sipedge.registrar.register import RegisterDecision
from sipedge.security_log import SecurityLog
from sipedge.sip.flow import Flow, str_flow
from sipedge.sip.message import Message, Request
from sipedge.sip.parse import KNOWN_METHODS

LOG: Final = logging.getLogger("sipedge")
_CHALLENGE: Final = ("REGISTER", 401)
_RENEWAL: Final = ("REGISTER", 200)


class Telemetry:
    """Counts and logs. Counting is a dictionary's addition; the figures are read when somebody asks for them."""

    def __init__(self, gauges: Callable[[], Mapping[str, int]] = dict) -> None:
        self._gauges = gauges
        self._requests: Counter[str] = Counter()
        self._responses: Counter[tuple[str, int]] = Counter()
        self._events: Counter[str] = Counter()
        self.log_messages = False
        self.security_log = SecurityLog()
        self.security = self.security_log.tell

    def watch(self, gauges: Callable[[], Mapping[str, int]]) -> None:
        """Read these figures whenever the metrics are asked for."""
        self._gauges = gauges

    @property
    def exceptions(self) -> int:
        """How often our own code failed."""
        return self.count("exceptions")

    def count(self, event: str) -> int:
        """How often an event happened."""
        return self._events[event]

    def received(self, message: Message, flow: Flow) -> None:
        """A message came in."""
        if isinstance(message, Request):
            self._requests[_counted(message.method)] += 1
        if self.log_messages:
            LOG.info("< %s %s call-id=%s", str_flow(flow), _first_line(message), clean(message.get("Call-ID")))

    def challenged(self) -> None:
        """A REGISTER was answered with a challenge on the fast path."""
        self._requests["REGISTER"] += 1
        self._responses[_CHALLENGE] += 1

    def began_registration(self) -> None:
        """A REGISTER came in on the fast path that proves who sent it."""
        self._requests["REGISTER"] += 1

    def renewed(self) -> None:
        """A binding was renewed on the fast path; that is counted and not told."""
        self._responses[_RENEWAL] += 1
        self._events["registrations"] += 1

    def sent(self, data: bytes, flow: Flow) -> None:
        """Bytes went out."""
        if self.log_messages:
            LOG.info("> %s %s", str_flow(flow), clean(data.split(b"\r\n", 1)[0].decode("utf-8", "replace")))

    def broken(self, flow: Flow, why: str) -> None:
        """Something that is no SIP message came in."""
        self._events["broken_messages"] += 1
        self.security(SecurityEvent(Kind.BROKEN_MESSAGE, flow.host, flow.transport, detail=why))

    def refused_unread(self) -> None:
        """A message was thrown away before it was read: its source is banned or over its rate."""
        self._events["refused_unread"] += 1

    def unreachable(self, flow: Flow, why: str) -> None:
        """Something could not be sent."""
        self._events["unreachable"] += 1
        LOG.info("x %s cannot be reached: %s", str_flow(flow), clean(why))

    def unlocated(self, host: str) -> None:
        """A host name leads nowhere: it has no address, none that we can send to, or no name server answers."""
        self._events["unlocated"] += 1
        LOG.info("x %s cannot be located: no address, or none that we can send to", clean(host))

    def closed(self, flow: Flow) -> None:
        """A stream connection has ended."""
        self._events["connections_closed"] += 1
        LOG.debug("x %s closed", str_flow(flow))

    def flow_ended(self, bindings: Iterable[Binding]) -> None:
        """Bindings were removed because the connection that they lived on is gone."""
        for gone in bindings:
            self._events["bindings_ended_with_flow"] += 1
            LOG.info("x unregistered %s: %s has ended", clean(gone.contact), gone.flow)

    def responded(self, method: str, status_code: int) -> None:
        """The edge made a response of its own, or passed one on."""
        self._responses[_counted(method), status_code] += 1

    def forwarded(self, method: str) -> None:
        """A request was sent on."""
        self._events["forwarded"] += 1
        if LOG.isEnabledFor(logging.DEBUG):
            LOG.debug("> %s forwarded", clean(method))

    def registered(self, subscriber: SubscriberFacts, decision: RegisterDecision) -> None:
        """A REGISTER was committed; a mere refresh is counted and not told."""
        self._events["registrations"] += 1
        for known, new in decision.upserts:
            if known is None:
                LOG.info("= registered %s at %s, from %s", subscriber.username, clean(new.contact), new.received_from)
        for gone in decision.removals:
            LOG.info("x unregistered %s from %s", subscriber.username, clean(gone.contact))

    def call(self, call: CallRecord) -> None:
        """A call came to a new state. Told are its answer and its end; of a call that still rings the panel tells."""
        state = call.state
        self._events[_EVENT_OF_STATE[state]] += 1
        level = logging.DEBUG if state in ("trying", "ringing") else logging.INFO
        if not LOG.isEnabledFor(level):
            return
        ended = f" {call.status_code} by {call.ended_by}" if call.ended_at is not None else ""
        if ended and call.reason:
            ended += f" ({clean(call.reason)})"
        LOG.log(
            level, "%s call %s %s%s: %s -> %s, call-id=%s", "x" if ended else "=", call.id, state, ended,
            clean(call.caller), clean(call.callee), clean(call.sip_call_id),
        )  # fmt: skip

    def call_ended(self, call_id: UUID, sip_call_id: str, ended_by: str, cause: int) -> None:
        """A BYE ended a call."""
        self._events["calls_hung_up"] += 1
        LOG.info("x call %s hung up by its %s, cause %d, call-id=%s", call_id, ended_by, cause, clean(sip_call_id))

    def call_lost(self, call_id: UUID, why: str) -> None:
        """A call's record was ended without a BYE."""
        self._events["calls_lost"] += 1
        LOG.info("x call %s ended without a BYE: %s", call_id, why)

    def gateway_tried(self, call: CallRecord, name: str, status_code: int, reason: str, seconds: float) -> None:
        """A gateway did not take a call, or took it after others had not. seconds: until it said so."""
        LOG.info(
            "= call %s at gateway %s: %d %s, after %.1f s, call-id=%s", call.id, clean(name), status_code,
            clean(reason), seconds, clean(call.sip_call_id),
        )  # fmt: skip

    def gateway_changed(self, name: str, *, is_up: bool, why: str) -> None:
        """A gateway went up or down. why: what its last answer was, or why there was none."""
        self._events["gateway_changes"] += 1
        if is_up:
            LOG.info("= gateway %s is up: %s", clean(name), clean(why))
        else:
            LOG.warning("= gateway %s is down: %s", clean(name), clean(why))

    def gateway_refuses(self, name: str, method: str, why: str) -> None:
        """A gateway challenged a request of ours, and the account there does not satisfy it."""
        self._events["gateway_refusals"] += 1
        LOG.warning("x gateway %s refuses our account (%s): %s", clean(name), clean(method), clean(why))

    def gateway_registration(self, name: str, error: str) -> None:
        """The outcome of our registration at a gateway has changed. error: why there is none, '' where it stands."""
        self._events["gateway_registration_changes"] += 1
        if error:
            LOG.warning("x not registered at gateway %s: %s", clean(name), clean(error))
        else:
            LOG.info("= registered at gateway %s", clean(name))

    def exception(self, where: str, error: BaseException, message: Message | None = None) -> None:
        """Our own code failed on one message: a fault of ours, to be mended."""
        self._events["exceptions"] += 1
        about = f" at {_first_line(message)}, call-id={clean(message.get('Call-ID'))}" if message else ""
        LOG.error("x %s failed%s", where, about, exc_info=error)

    def collect(self) -> Iterable[Metric]:
        """The figures, for prometheus_client."""
        requests = CounterMetricFamily("freiton_sip_requests", "Requests received", labels=["method"])
        for method, number in dict(self._requests).items():
            requests.add_metric([method], number)
        yield requests
        responses = CounterMetricFamily("freiton_sip_responses", "Responses sent", labels=["method", "code"])
        for (method, code), number in dict(self._responses).items():
            responses.add_metric([method, str(code)], number)
        yield responses
        security = CounterMetricFamily("freiton_security_events", "Security events", labels=["kind"])
        for kind, number in dict(self.security_log.counts).items():
            security.add_metric([kind], number)
        yield security
        for name, number in dict(self._events).items():
            yield CounterMetricFamily(f"freiton_edge_{name}", name.replace("_", " "), value=number)
        for name, number in self._gauges().items():
            yield GaugeMetricFamily(f"freiton_edge_{name}", name.replace("_", " "), value=number)

    def serve(self, host: str, port: int) -> Callable[[], None]:
        """Serve /metrics. Returns what stops it. Raises OSError when the port is taken."""
        registry = CollectorRegistry(auto_describe=False)
        registry.register(self)
        server, thread = start_http_server(port, addr=host, registry=registry)

        def stop() -> None:
            server.shutdown()
            server.server_close()
            thread.join()

        return stop


_EVENT_OF_STATE: Final = {state: f"calls_{state}" for state in ("trying", "ringing", "answered", "ended")}


def _counted(method: str) -> str:
    """The name that a method is counted by: those that strangers make up share one, or memory had no bound."""
    return method if method in KNOWN_METHODS else "other"


def clean(text: str | None) -> str:
    """Text from the network, fit for a log line: nothing that ends or turns a line, not endless."""
    shown = (text or "")[:200]
    return shown if shown.isprintable() else "".join(char if char.isprintable() else "?" for char in shown)


def http_date(now: float) -> str:
    """The Date header's text (RFC 3261 §20.17) for seconds since the epoch."""
    return _date_of_second(int(now))


@lru_cache(maxsize=4)
def _date_of_second(second: int) -> str:
    return format_date_time(second)


def _first_line(message: Message) -> str:
    if isinstance(message, Request):
        return clean(f"{message.method} {message.request_uri}")
    return clean(str(getattr(message, "status_code", "")))
