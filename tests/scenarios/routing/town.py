"""One running edge that all scenarios of a module share, with SIPp as its phones and gateways.

Gateways and routes are made before the edge starts (it reads them as whole tables); subscribers by each scenario, so
that what they want stands beside what happens then. All gateways listen at one port, each on an address of its own.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from numbering.models import NumberAssignment, NumberFormat
from subscribers.models import CallSettings, Forwarding, Subscriber
from tests.factories.subscribers import DomainFactory
from tests.factories.trunking import GatewayFactory, GatewaySourceFactory, RouteFactory
from tests.ports import EDGE, GATEWAY, Ports, free_port
from tests.scenarios.provisioning import DOMAIN, Exchange, make_exchange
from tests.scenarios.running import RunningEdge
from tests.scenarios.sip_calls import OutgoingCall
from tests.scenarios.sip_client import Endpoint
from tests.scenarios.sip_message import Account, Headers
from tests.scenarios.sipp import Run, Sipp
from trunking.models import Gateway

PSTN: Final = f"sip:+43720123456@{GATEWAY}"
"""Who calls in, where a scenario does not care."""
SECOND_DOMAIN: Final = "second.example"


@dataclass(frozen=True, slots=True)
class Line:
    """A subscriber whose phone is registered: SIPp waits for calls at `port`."""

    account: Account
    port: int

    @property
    def uri(self) -> str:
        """Its address-of-record."""
        return self.account.uri


class Town:
    """Domain `localhost` of one reseller, `second.example` of another, a gateway at 127.0.0.2 for all numbers.

    edge: running, once `open` was called.
    """

    edge: RunningEdge

    def __init__(self, dsn: str, ports: Ports, folder: Path) -> None:
        self.port = ports.sip
        self.sipp = Sipp((EDGE, ports.sip), folder)
        self._dsn, self._ports, self._folder = dsn, ports, folder
        self.exchange = make_exchange(ports.sip)
        NumberFormat.objects.update(plan="at")
        self.neighbours = Exchange(DomainFactory(name=SECOND_DOMAIN))

    def open(self) -> None:
        """Start the edge: from now on no gateway is added."""
        self.edge = RunningEdge(self._dsn, self._ports, self._folder)

    def close(self) -> None:
        """End what runs. The edge must not have met a fault of its own."""
        self.sipp.close()
        if hasattr(self, "edge"):
            self.edge.program.end()
            self.edge.assert_well()

    def gateway(
        self, host: str, *, prefix: str | None = None, route: Mapping[str, Any] | None = None, **fields: Any
    ) -> Gateway:
        """A further gateway. prefix: of the numbers that it takes; route: more of that route. None: no route."""
        gateway = GatewayFactory(host=host, port=self.port, number_format=fields.pop("number_format", None), **fields)
        GatewaySourceFactory(gateway=gateway, network=host)
        if prefix is not None:
            RouteFactory(gateway=gateway, prefix=prefix, **(route or {}))
        return gateway

    def subscriber(
        self, username: str, number: str = "", forwards: Mapping[str, Sequence[str]] | None = None, **settings: Any
    ) -> Account:
        """A new subscriber of `localhost`. forwards: targets by condition; settings: fields of CallSettings."""
        account = self.exchange.phone(username, number)
        subscriber = subscriber_of(account)
        if settings:
            CallSettings.objects.update_or_create(subscriber=subscriber, defaults=settings)
        for condition, targets in (forwards or {}).items():
            Forwarding.objects.create(subscriber=subscriber, condition=condition, targets=list(targets), seconds=5)
        return account

    def line(self, username: str, number: str = "", **wishes: Any) -> Line:
        """A new subscriber (see `subscriber`) whose phone is registered."""
        return self.registered(self.subscriber(username, number, **wishes))

    def registered(self, account: Account) -> Line:
        """Register a phone for an account."""
        port = free_port(EDGE)
        with Endpoint((EDGE, self.port), EDGE, port) as phone:
            assert phone.register(account).status == 200
        return Line(account, port)

    def call_in(self, uri: str, *, to: str = "", sender: str = PSTN, host: str = GATEWAY, more: Headers = ()) -> Run:
        """A gateway calls. to: '' for what the request URI says. Ends by itself."""
        return self._call(host, uri, to or uri, sender, more)

    def call_out(self, who: Account, uri: str, *, sender: str = "", more: Headers = ()) -> Run:
        """A subscriber calls, with its credentials. sender: another From than its own address. Ends by itself."""
        return self._call(EDGE, uri, uri, sender or who.uri, more, "-au", who.username, "-ap", who.password)

    def answers(self, where: Line | str) -> Run:
        """A phone, or the gateway at this host, that answers one call."""
        return self._waits("answers", where)

    def busy(self, where: Line | str) -> Run:
        """The same, that refuses one call with 486."""
        return self._waits("phone_busy", where)

    def out_of_order(self, where: Line | str) -> Run:
        """The same, that refuses one call with 503."""
        return self._waits("gateway_out_of_order", where)

    def rings(self, where: Line | str) -> Run:
        """The same, that rings until it hears a CANCEL."""
        return self._waits("phone_cancelled", where)

    @contextmanager
    def call_that_rings(self, uri: str, who: Account | None = None, host: str = GATEWAY) -> Iterator[OutgoingCall]:
        """A scripted call of `who` (None: of the gateway at `host`), which rings as long as the context lasts."""
        with Endpoint((EDGE, self.port), EDGE if who else host) as caller:
            call = OutgoingCall.begin_signed(caller, uri, who) if who else OutgoingCall.begin(caller, uri, PSTN)
            call.hears_status(180)
            yield call
            assert call.cancel().status == 200
            assert call.final().status == 487

    def _waits(self, name: str, where: Line | str) -> Run:
        host, port = (where, self.port) if isinstance(where, str) else (EDGE, where.port)
        return self.sipp.await_call(name, host, port)

    def _call(self, host: str, uri: str, to: str, sender: str, more: Headers, *options: str) -> Run:
        lines = "".join(f"\r\n{name}: {value}" for name, value in more)
        keys = {"uri": uri, "to": to, "from": sender, "more": lines}
        given = [part for name, value in keys.items() for part in ("-key", name, value)]
        return self.sipp.start("caller", host, *given, *options)


NewTown = Callable[[Callable[[Town], object]], Town]
"""Makes the town of a module (the fixture `new_town`), of a function that adds its gateways."""


def subscriber_of(account: Account) -> Subscriber:
    """The row of an account."""
    return Subscriber.objects.get(username=account.username, domain__name=account.domain)


def main_number_of(account: Account) -> str:
    """In E.164 with the plus."""
    assignment = NumberAssignment.objects.get(subscriber=subscriber_of(account), is_main=True)
    return assignment.number.e164


def austria(**fields: Any) -> NumberFormat:
    """How somebody in Vienna writes numbers, but for these fields."""
    name = f"Austria {sorted(fields.items())}"
    return NumberFormat.objects.get_or_create(name=name, defaults={"country_code": "43", "area_code": "1"} | fields)[0]


def local(user: str) -> str:
    """A number, or a name, at our domain."""
    return f"sip:{user}@{DOMAIN}"
