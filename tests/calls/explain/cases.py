"""Two resellers with settings, gateways and routes of all kinds, and calls among them that chance has put together."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any, NamedTuple

from django.utils import timezone

from calls.explain.question import Question
from numbering.actions import assign_number
from numbering.models import DialSettings
from subscribers.actions import set_credential_from_password
from subscribers.models import CallSettings, Forwarding
from tests.factories.calls import CallFactory, call_between
from tests.factories.numbering import NumberBlockFactory, NumberFormatFactory, PhoneNumberFactory
from tests.factories.subscribers import (
    BindingFactory,
    CallerRuleFactory,
    DomainFactory,
    ShownNumberFactory,
    SubscriberFactory,
)
from tests.factories.trunking import (
    DestinationRuleFactory,
    GatewayFactory,
    GatewaySourceFactory,
    GatewayStateFactory,
    RouteFactory,
)

PASSWORD = "correct horse"
A, B = "a.example.org", "b.example.org"
FAILURES = ("busy", "no_answer", "not_registered", "other")


class Case(NamedTuple):
    """One call: as the wire has it, and as it is asked about."""

    question: Question
    source: str
    username: str
    domain: str
    sender: str
    request_uri: str
    chance: float
    failure: str
    gateways: frozenset[str]

    @property
    def method(self) -> str:
        """INVITE or MESSAGE."""
        return self.question.method

    @property
    def is_anonymous(self) -> bool:
        """Whether the caller hides."""
        return self.question.is_anonymous

    @property
    def shows(self) -> str:
        """The number that the caller would like to show."""
        return self.question.shows


class Provider:
    """The database filled. down: gateways that all edges know to be down."""

    def __init__(self) -> None:
        self.austria = NumberFormatFactory(name="Austria", plan="at", bare_digits="local")
        self.national = NumberFormatFactory(name="National", sends_as="national", plan="at")
        self.a = DomainFactory(name=A, is_default=True)
        self.b = DomainFactory(name=B)
        for domain, number_format in ((self.a, self.austria), (self.b, self.national)):
            DialSettings.objects.create(domain=domain, number_format=number_format)
        self.subscribers: dict[str, Any] = {}
        self.down: set[int] = set()
        self.gateways: list[Any] = []
        self._make_gateways()
        self._make_routes()
        self._make_subscribers()
        self._settle()

    def _gateway(self, name: str, **fields: Any) -> Any:
        n = len(self.gateways) + 1
        gateway = GatewayFactory(name=name, host=f"198.51.100.{n}", **fields)
        GatewaySourceFactory(gateway=gateway, network=f"198.51.100.{n}/32")
        self.gateways.append(gateway)
        return gateway

    def _make_gateways(self) -> None:
        self.plain = self._gateway("Plain", number_format=self.austria)
        self.other = self._gateway(
            "Other", number_format=self.national, from_as="identity", identity_as="preferred",
            diverted_as="history_info", outbound_proxy="203.0.113.9:5070", called_number_in="to",
        )  # fmt: skip
        self.third = self._gateway(
            "Third", number_format=None, identity_as="remote_party_id", diverted_as="both", failover_codes=[404, 503],
            transport="tcp", port=None,
        )  # fmt: skip
        self.silent = self._gateway("Silent", number_format=self.austria, identity_as="none", diverted_as="none")
        self.full = self._gateway("Full", number_format=self.austria, max_calls=1)
        GatewayStateFactory(gateway=self.silent, is_up=False)
        GatewayStateFactory(gateway=self.plain)
        self.down = {self.silent.pk}

    def _make_routes(self) -> None:
        RouteFactory(gateway=self.plain, prefix="43", weight=70)
        RouteFactory(gateway=self.other, prefix="43", weight=30)
        RouteFactory(gateway=self.third, prefix="43", priority=200)
        RouteFactory(gateway=self.silent, prefix="49", cost="0.01")
        RouteFactory(gateway=self.third, prefix="49", cost="0.02", is_last=True)
        RouteFactory(gateway=self.plain, prefix="49", cost="0.03")
        RouteFactory(gateway=self.full, prefix="4366")
        RouteFactory(gateway=self.other, prefix="44", reseller=self.b.reseller)
        another_day = timezone.now() + timedelta(days=3)  # the edge's clock runs on while phones ring
        RouteFactory(gateway=self.third, prefix="41", weekdays=[another_day.isoweekday()])
        RouteFactory(gateway=self.plain, prefix="41", priority=200)
        RouteFactory(gateway=self.silent, prefix="4377")
        RouteFactory(gateway=self.plain, kind="service", prefix="1")
        RouteFactory(gateway=self.third, kind="emergency", prefix="")
        DestinationRuleFactory(prefix="4390", reason="premium")
        DestinationRuleFactory(prefix="145", kind="service", reason="not from here")
        DestinationRuleFactory(prefix="4372099", reseller=self.b.reseller)

    def _subscriber(self, name: str, *numbers: str, phones: int = 1, password: bool = True, **settings: Any) -> Any:
        domain = self.a if name.startswith("a") else self.b
        known = next((one for one in self.subscribers.values() if one.domain == domain), None)
        customer = {"customer": known.customer} if known is not None else {}
        subscriber = SubscriberFactory(domain=domain, username=name, **customer)
        self.subscribers[name] = subscriber
        for e164 in numbers:
            assign_number(PhoneNumberFactory(e164=e164, reseller=domain.reseller), subscriber)
        for n in range(phones):
            host = f"203.0.113.{len(self.subscribers) + 40 * n + 20}"
            BindingFactory(
                subscriber=subscriber, contact=f"sip:{name}-{n}@{host}:5060", received_from=f"udp:{host}:5060",
                q=1000 - 300 * (n // 2), expires_at=timezone.now() + timedelta(days=9),
            )  # fmt: skip
        set_credential_from_password(subscriber, PASSWORD)
        CallSettings.objects.create(subscriber=subscriber, **settings)
        return subscriber

    def _make_subscribers(self) -> None:
        self._subscriber("a1", "+4311001", "+4311901", phones=3, international=True)
        self._subscriber("a2", "+4311002")
        self._subscriber("a3", "+4311003")
        self._subscriber("a4", "+4311004", phones=0)
        self._subscriber("a5", "+4311005", do_not_disturb=True)
        self._subscriber("a6", "+4311006", rejects_anonymous=True)
        self._subscriber("a7", "+4311007", hides_number=True, international=True, location="geo:48.2,16.3")
        self._subscriber("a8", "+4311008", max_calls=1)
        self._subscriber("a9", "+4311009", phones=2, called_number_in="request_uri")
        self._subscriber("a10", "+4311010")
        self._subscriber("a11", "+4311011")
        self._subscriber("a12", "+4311012")
        self._subscriber("b1", "+4312001", international=True)
        self._subscriber("b2", "+4312002", phones=0)
        self._subscriber("b3", "+4312003", only_allowed_callers=True)
        self._subscriber("b4", "+4312004", phones=2)

    def _settle(self) -> None:
        """Forwarding, lists of callers, numbers, and calls that stand."""
        for name, condition, targets in (
            ("a2", "always", ["+43720001"]),
            ("a3", "busy", ["+4312001", "sip:a1@a.example.org", "+491701", "+43720002"]),
            ("a3", "no_answer", ["+43720003"]),
            ("a3", "not_registered", ["sip:x@elsewhere.example", "+4311001"]),
            ("a4", "not_registered", ["+4312004"]),
            ("a5", "busy", ["+4312002"]),
            ("a8", "busy", ["+43720004"]),
            ("a9", "parallel", ["+43720005", "sip:b1@b.example.org"]),
            ("a11", "always", ["+4311012"]),
            ("a12", "always", ["sip:a11@a.example.org", "+4366001"]),
            ("b2", "always", ["+4311003"]),
            ("b4", "busy", ["+4377001"]),
        ):
            Forwarding.objects.create(
                subscriber=self.subscribers[name], condition=condition, targets=targets, seconds=15
            )
        CallerRuleFactory(subscriber=self.subscribers["a6"], pattern="+4372*", action="block")
        CallerRuleFactory(subscriber=self.subscribers["b3"], pattern="+4311001", action="allow")
        ShownNumberFactory(subscriber=self.subscribers["a7"], e164="+49301234567")
        base = PhoneNumberFactory(e164="+431188", reseller=self.a.reseller, extension_digits=3)
        assign_number(base, self.subscribers["a9"])
        PhoneNumberFactory(e164="+4311777", reseller=self.a.reseller)
        PhoneNumberFactory(e164="+4311778", reseller=self.b.reseller, ported_out=True)
        NumberBlockFactory(first="+4315000", last="+4315099")
        suspended = self.subscribers["a10"]
        suspended.is_active = False
        suspended.save()
        now = timezone.now()
        call_between(self.subscribers["a8"], self.subscribers["b4"], state="answered", answered_at=now)
        CallFactory(gateway_out=self.full, direction="outbound", state="answered", answered_at=now)

    def cases(self, number: int, seed: int) -> list[Case]:
        """So many calls."""
        chance = random.Random(seed)
        return [self._case(chance) for _ in range(number)]

    def _case(self, chance: random.Random) -> Case:
        gateways = frozenset(gateway.host for gateway in self.gateways) | {"203.0.113.9"}
        common = (round(chance.random(), 6), chance.choice(FAILURES), gateways)
        is_anonymous = chance.random() < 0.2
        if chance.random() < 0.3:
            gateway = chance.choice(self.gateways)
            caller = chance.choice(["0720111", "+491701234", "43720111", "anonymous", "+4311001"])
            callee = chance.choice(NUMBERS_IN)
            question = Question(caller, callee, gateway.name, is_anonymous=is_anonymous)
            sender = f"sip:{caller}@{gateway.host}"
            return Case(question, gateway.host, "", A, sender, f"sip:{callee}@{A}", *common)
        name = chance.choice([name for name in self.subscribers if name != "a10"])
        domain = self.subscribers[name].domain.name
        callee = chance.choice(DIALLED)
        shows = chance.choice(["", "", "", "+4311901", "+49301234567", "+4312001"])
        method = "MESSAGE" if chance.random() < 0.1 else "INVITE"
        question = Question(
            f"{name}@{domain}", callee, is_anonymous=is_anonymous, shows=shows, method=method
        )  # fmt: skip
        uri = callee if ":" in callee else f"sip:{callee}" if "@" in callee else f"sip:{callee}@{domain}"
        return Case(question, "203.0.113.200", name, domain, f"sip:{name}@{domain}", uri, *common)


NUMBERS_IN = (
    *(f"43110{n:02}" for n in range(1, 13)),
    *(
        "+4312001",
        "+4312002",
        "+4312003",
        "00431188123",
        "011003",
        "+4311777",
        "+4311778",
        "+4315001",
        "+43720555",
        "a1",
    ),
)
DIALLED = (
    *(f"+43110{n:02}" for n in range(1, 13)),
    *(f"+431200{n}" for n in range(1, 5)),
    *(
        "0720555",
        "0720555",
        "0049170555",
        "00491705556",
        "0041441234",
        "0044201234",
        "0720991",
        "0900123",
        "0660123456",
    ),
    *(
        "+431188",
        "+4311881",
        "+431188123",
        "+4311777",
        "+4311778",
        "+4315001",
        "077001234",
        "112",
        "133",
        "116117",
        "118877",
        "1450",
    ),
    *(
        "a1",
        "a9@a.example.org",
        "b3@b.example.org",
        "nobody",
        "sip:b4@b.example.org",
        "tel:+43720555",
        "urn:service:sos",
    ),
    *("sip:x@elsewhere.example", "12", "+1", "+88161234567"),
)
"""Some are nobody's, barred, abroad, by satellite, no numbers at all."""
