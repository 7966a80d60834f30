"""What routing needs to know, read from the views that the edge reads, by the edge's own statements.

Whole tables are those that are small (domains, gateways, number formats); of routes and rules those that fit a number
are read, of subscribers, numbers and registered phones the one that is asked for. Credentials are not read at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction

from sipedge.facts import DestinationRuleFacts, GatewayFacts, NumberFacts, OpenCall, RouteFacts, SubscriberFacts
from sipedge.listeners import Listeners
from sipedge.load.book import CallBook
from sipedge.load.parties import PARTY_FIELDS
from sipedge.registrar.binding import Binding
from sipedge.routing.barring import Bar, barred
from sipedge.routing.needs import BindingsNeed, ChanceNeed, Need, NumberNeed, SubscriberNeed
from sipedge.routing.network import EdgeNetwork
from sipedge.store import number_formats, numbers, reads, rows, trunks
from sipedge.store.directories import Domains, Gateways
from trunking.health import FRESH
from trunking.querysets import beginnings

FITTING_ROUTES: Final = f"{trunks.ROUTES} WHERE kind = $1 AND prefix = ANY($2::text[])"
FITTING_RULES: Final = f"{trunks.RULES} WHERE kind = $1 AND prefix = ANY($2::text[])"
STATES: Final = """
    SELECT gateway_id, edge, is_up, extract(epoch FROM since)::float8 AS since, last_status, last_error
    FROM edge_gateway_state
    WHERE is_up IS NOT NULL AND saved_at > now() - $1::interval ORDER BY edge"""
# Those before their legs. As many as an edge counts at most (sipedge/load/counts.py).
OPEN_CALLS: Final = f"""
    SELECT id, edge, extract(epoch FROM started_at)::float8, parent_id, {", ".join(PARTY_FIELDS)}
    FROM edge_call WHERE ended_at IS NULL ORDER BY started_at, id LIMIT 200000"""  # noqa: S608  names of our own

_ARGUMENT: Final = re.compile(r"\$([0-9]+)")

Chance = Callable[[tuple[RouteFacts, ...]], float]


class Record(tuple[Any, ...]):
    """A row as the edge's builders take it: by position, by column's name, or all values in order."""

    positions: dict[str, int]

    def __getitem__(self, key: Any) -> Any:
        return tuple.__getitem__(self, self.positions[key] if isinstance(key, str) else key)

    def values(self) -> Iterator[Any]:
        """In the order of the columns."""
        return iter(self)


class Facts:
    """Everything at one moment: `network` is what routing looks into, `answer` gives what it asks for.

    home: the domain that calls in are for; the default one, where there is one.
    chance: which part of [0, 1) equally good routes are ordered by; that which makes the most probable one the first.
    """

    def __init__(self, chance: Chance | None = None) -> None:
        self.domains = Domains()
        self.gateways = _FittingGateways()
        self.states: dict[int, list[Record]] = {}
        self._chance = chance or likeliest
        self._calls: CallBook | None = None
        self._load()
        addresses = Listeners(settings.ENVIRONMENT.sip_listeners).addresses()
        self.network = EdgeNetwork(self.domains, self.gateways, addresses, is_up=self.is_up, calls_of=self.calls_of)

    def answer(self, need: Need) -> Any:
        """What a need's class says."""
        match need:
            case SubscriberNeed():
                return self.subscriber(*need)
            case NumberNeed():
                return self.number(need.e164)
            case BindingsNeed():
                return self.bindings(need.subscriber_id)
            case ChanceNeed():
                return self._chance(need.routes)

    def subscriber(self, domain_id: int, username: str) -> SubscriberFacts | None:
        """By name (in lower case), without its credentials."""
        return self.subscribers([(domain_id, username)]).get((domain_id, username))

    def subscribers(self, names: Collection[tuple[int, str]]) -> dict[tuple[int, str], SubscriberFacts]:
        """Those of these names (domain, user name in lower case) that are there, without their credentials."""
        asked = [name for name in names if reads.can_exist(name[1])]
        if not asked:
            return {}
        domains, usernames = zip(*asked, strict=True)
        rows = _fetch(reads.SUBSCRIBERS_WITHOUT_SECRETS, list(domains), list(usernames))
        return {(one.domain_id, one.username): one for one in map(reads.subscriber_of, rows)}

    def number(self, e164: str) -> NumberFacts | None:
        """A number of ours, or the one that it is an extension of."""
        return self.numbers([e164]).get(e164)

    def numbers(self, e164s: Iterable[str]) -> dict[str, NumberFacts]:
        """Those of these numbers that are ours, or extensions of such."""
        return numbers.numbers_of(_fetch(numbers.NUMBERS, list(filter(numbers.is_number, e164s))))

    def bars(self, payer: SubscriberFacts, e164s: Collection[str]) -> dict[str, Bar]:
        """Which of these numbers this subscriber may not call, and why: as the edge says it."""
        return self.bars_of_many([(payer, e164s)])[payer.id]

    def bars_of_many(self, asked: Sequence[tuple[SubscriberFacts, Collection[str]]]) -> dict[int, dict[str, Bar]]:
        """The same for many subscribers, by their ids, each with its numbers; with a query for all."""
        every = {e164 for _payer, e164s in asked for e164 in e164s}
        ours = self.numbers(every)
        outside = {e164 for e164 in every if e164 not in ours or ours[e164].is_ported_out}
        fitting = sorted({prefix for e164 in outside for prefix in beginnings(e164[1:])})
        rules = Gateways()
        rules.load((), (), [DestinationRuleFacts(*row) for row in _fetch(FITTING_RULES, "number", fitting)])
        network = EdgeNetwork(self.domains, rules, ())
        return {
            payer.id: {
                e164: bar for e164 in e164s if e164 in outside and (bar := barred(payer, e164, network)) is not None
            }
            for payer, e164s in asked
        }

    def bindings(self, subscriber_id: int) -> tuple[Binding, ...]:
        """The registered phones of a subscriber."""
        return rows.bindings_of(_fetch(rows.SELECT, [subscriber_id])).get(subscriber_id, ())

    def gateway_named(self, name: str) -> GatewayFacts | None:
        """By its name, whatever the case."""
        return next((one for one in self.gateways.all if one.name.lower() == name.strip().lower()), None)

    def address(self, subscriber: SubscriberFacts | None) -> str:
        """user@domain; '' for nobody."""
        domain = self.domains.by_id(subscriber.domain_id) if subscriber is not None else None
        return f"{subscriber.username}@{domain.name if domain else 'invalid'}" if subscriber is not None else ""

    def is_up(self, gateway_id: int) -> bool:
        """Whether not all edges that asked it lately say that it is down."""
        states = self.states.get(gateway_id)
        return not states or any(state["is_up"] for state in states)

    def calls_of(self, kind: str, key: int) -> int:
        """How many calls ring or stand now, counted as edges count them. Read when somebody has a limit."""
        if self._calls is None:
            self._calls = CallBook()
            for row in _fetch(OPEN_CALLS):
                call = OpenCall(row[0], row[1], row[2], row[3], row[4:])
                self._calls.put(call.id, call.parties, call.parent_id)
        return self._calls.counts.get((kind, key), 0)

    def _load(self) -> None:
        formats = number_formats.formats_of(_fetch(number_formats.NUMBER_FORMATS))
        domains = [reads.domain_of(row, formats) for row in _fetch(reads.DOMAINS)]
        self.domains.load(domains)
        self.home = self.domains.default or min(domains, key=lambda domain: domain.id, default=None)
        found = _fetch(trunks.GATEWAYS_WITHOUT_SECRETS)
        self.gateways.load([trunks.gateway_of(row, formats, lambda _token, _whose: "") for row in found], ())
        for row in _fetch(STATES, FRESH):
            self.states.setdefault(row["gateway_id"], []).append(row)


class _FittingGateways(Gateways):
    """The edge's own tables, filled with the routes and rules that fit a number when they are asked for."""

    def routes_for(self, kind: str, digits: str) -> Any:
        self.load(self.all, trunks.routes_of(_fetch(FITTING_ROUTES, kind, beginnings(digits))))
        return super().routes_for(kind, digits)

    def rules_for(self, kind: str, digits: str) -> Any:
        found = _fetch(FITTING_RULES, kind, beginnings(digits))
        self.load(self.all, (), [DestinationRuleFacts(*row) for row in found])
        return super().rules_for(kind, digits)


def likeliest(routes: tuple[RouteFacts, ...]) -> float:
    """Where in [0, 1) the part of the route with the greatest weight begins (routing/order.py, by_weight)."""
    total = sum(route.weight for route in routes)
    heaviest = max(range(len(routes)), key=lambda n: routes[n].weight)
    before = sum(route.weight for route in routes[:heaviest])
    return (before + 0.5) / total if total else 0.0


@contextmanager
def one_moment() -> Iterator[None]:
    """All that is read within is of one moment, and nothing can be written."""
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def _fetch(statement: str, *values: Any) -> list[Record]:
    """The rows of a statement as the edge writes it ($1, $2, …), which Django's own cursors do not take."""
    arguments = {f"p{n}": value for n, value in enumerate(values, 1)}
    with connection.cursor() as cursor:
        cursor.execute(_for_django(statement), arguments)
        positions = {column[0]: n for n, column in enumerate(cursor.description)}
        return [_record(row, positions) for row in cursor.fetchall()]


@lru_cache(maxsize=64)
def _for_django(statement: str) -> str:
    return _ARGUMENT.sub(r"%(p\1)s", statement.replace("%", "%%"))


def _record(values: Any, positions: dict[str, int]) -> Record:
    record = Record(values)
    record.positions = positions
    return record
