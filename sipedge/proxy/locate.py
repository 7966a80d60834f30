"""Where a request goes: RFC 3263 §4, without the DNS itself.

Pure. `destinations` and `response_destinations` are generators: they yield the questions that they cannot go on
without, all of one step at once, get the records that were found, and return the flows to try, best first:

    transport by the URI, by NAPTR, by SRV;  host and port by SRV (RFC 2782);  address by AAAA and A

Two deviations. `maddr` is not followed: it would let a contact name one host and send us to another. Where a NAPTR or
SRV question got no answer at all, the search goes on as if there were no such record: many a firewall drops what it
does not know, and the address alone is better than no call.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from functools import lru_cache
from ipaddress import ip_address
from typing import Final, NamedTuple

from sipedge.sip.fields import Via
from sipedge.sip.flow import Flow
from sipedge.sip.uri import Uri

MAX_DESTINATIONS: Final = 5
"""How many are tried at most: a caller waits for no more."""
_MAX_SERVICES: Final = 4  # NAPTR records that are followed
_MAX_TARGETS: Final = 8  # SRV targets whose addresses are asked for
_ADDRESSES_OF_ONE_OF_MANY: Final = 2  # so that one server with many addresses does not use up all tries

_NAPTR_TRANSPORTS: Final = {"SIP+D2U": "udp", "SIP+D2T": "tcp", "SIPS+D2T": "tls"}
_SRV_PREFIXES: Final = {"udp": "_sip._udp.", "tcp": "_sip._tcp.", "tls": "_sips._tcp."}
# IPv6 before IPv4 (RFC 6724, RFC 7984); any address of the family, to ask whether we can send there at all
_FAMILIES: Final = {"AAAA": "::", "A": "0.0.0.0"}  # noqa: S104  not bound to
_NEVER_ANSWERED: Final = ("invalid", "onion")  # RFC 6761 §6.4, RFC 7686


class Question(NamedTuple):
    """What is asked of the DNS. kind: 'NAPTR', 'SRV', 'A' or 'AAAA'. name: in lower case, without the last dot."""

    kind: str
    name: str


class Naptr(NamedTuple):
    """RFC 3403: which services a domain has; `replacement` is where their SRV records are."""

    order: int
    preference: int
    flags: str
    service: str
    replacement: str


class Srv(NamedTuple):
    """RFC 2782: one server of a service. target: '' for '.', which says that there is no such service."""

    priority: int
    weight: int
    port: int
    target: str


class Server(NamedTuple):
    """A host whose addresses have yet to be found."""

    transport: str
    host: str
    port: int


Record = Naptr | Srv | str  # an address is just its text
Answers = Mapping[Question, Sequence[Record]]
Search = Generator[Sequence[Question], Answers, tuple[Flow, ...]]
Reach = Callable[[Flow], bool]
Pick = Callable[[int], int]


def destinations(uri: Uri, reach: Reach, pick: Pick) -> Search:
    """The destinations of a request to `uri` (§4), at most MAX_DESTINATIONS; none where nothing can be reached.

    reach: whether the edge can send on a flow (transport and address family). pick(n): a random number 0 … n.
    """
    if not uri.is_sip or _asks_for_the_impossible(uri):
        return ()
    literal = literal_flow(uri)
    if literal is not None:
        return (literal,) if reach(literal) else ()
    top = uri.host.rpartition(".")[2]
    if top in _NEVER_ANSWERED or top.isdigit():  # 999.0.0.1 is neither an address nor a name (RFC 1123 §2.1)
        return ()
    transport = transport_of(uri)
    if uri.port is not None or transport is not None:
        services = [_service(transport or _default_transport(uri), uri.host)]
    else:
        services = yield from _by_naptr(uri, reach)
    return (yield from _servers(uri.host, uri.port, services, _default_transport(uri), reach, pick))


def response_destinations(via: Via, reach: Reach, pick: Pick) -> Search:
    """Where the response to a request over TCP or TLS goes whose connection is gone (§5), by its top Via.

    The address that the request came from (`received`) was tried before: this is what the sender calls itself.
    """
    transport = via.transport.lower()
    said = Uri("sip", None, None, via.host, via.port, (("transport", transport),))
    if _asks_for_the_impossible(said):
        return ()
    literal = literal_flow(said)
    if literal is not None:
        return (literal,) if reach(literal) else ()
    return (yield from _servers(via.host, via.port, [_service(transport, via.host)], transport, reach, pick))


def literal_flow(uri: Uri) -> Flow | None:
    """The destination that a URI names by itself: an IP literal with port and transport. None for a host name."""
    host = uri.host
    if not _is_literal(host):
        return None
    transport = _default_transport(uri)
    if uri.params:
        if _asks_for_the_impossible(uri):
            return None
        transport = transport_of(uri) or transport
    return Flow(transport, host, uri.port or default_port(transport))


@lru_cache(maxsize=1024)
def _is_literal(host: str) -> bool:
    """Whether a host is an address; 999.0.0.1 and 127.1 are none."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def transport_of(uri: Uri) -> str | None:
    """The transport that a URI asks for; None where it does not say, or says what cannot be (sips over UDP).

    sips is TLS over whatever stream the parameter names (RFC 3261 §26.2.2, RFC 7118 §5).
    """
    named = (uri.param("transport") or "").lower()
    if uri.scheme == "sips":
        return {"tcp": "tls", "tls": "tls", "ws": "wss", "wss": "wss"}.get(named)
    return named if named in ("udp", "tcp", "tls", "ws", "wss") else None


def default_port(transport: str) -> int:
    """The port that a transport has where nobody names one (RFC 3261 §19.1.2, RFC 7118 §5.2.2)."""
    return {"tls": 5061, "ws": 80, "wss": 443}.get(transport, 5060)


def by_priority(records: Iterable[Srv], pick: Pick) -> list[Srv]:
    """SRV records in the order in which they are tried: RFC 2782's priorities, and its weights within each."""
    ordered: list[Srv] = []
    # Those of weight 0 first: they are chosen only when the random number is 0, or nothing else is left.
    waiting = sorted(records, key=lambda one: (one.priority, one.weight))
    while waiting:
        same = [one for one in waiting if one.priority == waiting[0].priority]
        chosen = _weighted(same, pick)
        ordered.append(chosen)
        waiting.remove(chosen)
    return ordered


def _weighted(records: Sequence[Srv], pick: Pick) -> Srv:
    if len(records) == 1:
        return records[0]
    left = pick(sum(one.weight for one in records))
    for one in records:
        left -= one.weight
        if left <= 0:
            return one
    return records[-1]


def _by_naptr(uri: Uri, reach: Reach) -> Generator[Sequence[Question], Answers, list[tuple[str, str]]]:
    """(transport, name of its SRV records), best first: from NAPTR records, or from what we speak (§4.1)."""
    question = Question("NAPTR", uri.host)
    answers = yield (question,)
    records = [one for one in answers.get(question, ()) if isinstance(one, Naptr) and one.flags.lower() == "s"]
    records.sort(key=lambda record: (record.order, record.preference))
    offered = [(_NAPTR_TRANSPORTS.get(record.service.upper(), ""), record.replacement) for record in records]
    usable = [way for way in offered if way[1] and _speaks(way[0], reach) and (way[0] == "tls" or uri.scheme == "sip")]
    if usable:
        return usable[:_MAX_SERVICES]
    spoken = ("tls",) if uri.scheme == "sips" else ("udp", "tcp")
    return [_service(transport, uri.host) for transport in spoken if _speaks(transport, reach)]


def _servers(
    host: str, port: int | None, services: Sequence[tuple[str, str]], default: str, reach: Reach, pick: Pick
) -> Search:
    """§4.2: a port that is named needs no SRV; where there is no SRV record, the host itself has the service."""
    transport = services[0][0] if len(services) == 1 else default
    if transport in ("ws", "wss"):
        return ()  # a browser's page cannot be connected to (RFC 7118 §5.2.4), it is reached by its flow
    servers = None if port is not None or not services else (yield from _by_srv(services, pick))
    if servers is None:
        servers = [Server(transport, host, port or default_port(transport))]
    return (yield from _by_address(host, servers, reach))


def _by_srv(
    services: Sequence[tuple[str, str]], pick: Pick
) -> Generator[Sequence[Question], Answers, list[Server] | None]:
    """The servers of the services; None where none of them has an SRV record."""
    questions = [Question("SRV", name) for _, name in services]
    answers = yield questions
    found = [[one for one in answers.get(question, ()) if isinstance(one, Srv)] for question in questions]
    if not any(found):
        return None
    servers = [
        Server(transport, one.target, one.port)
        for (transport, _), records in zip(services, found, strict=True)
        for one in by_priority(records, pick)
        if one.target and one.port > 0
    ]
    return servers[:_MAX_TARGETS]


def _by_address(host: str, servers: Sequence[Server], reach: Reach) -> Search:
    """The servers' addresses, of the families that we can send to. TLS peers must prove to be `host`."""
    wanted = {one: [kind for kind, any_one in _FAMILIES.items() if reach(Flow(one[0], any_one, 0))] for one in servers}
    questions = {Question(kind, one.host): None for one, kinds in wanted.items() for kind in kinds}
    if not questions:
        return ()
    answers = yield list(questions)
    flows: dict[Flow, None] = {}
    for one, kinds in wanted.items():
        addresses = [str(address) for kind in kinds for address in answers.get(Question(kind, one.host), ())]
        for address in addresses if len(wanted) == 1 else _of_many(addresses):
            name = host if one.transport == "tls" else ""
            flows[Flow(one.transport, address, one.port, server_name=name)] = None
    return tuple(flows)[:MAX_DESTINATIONS]


def _of_many(addresses: list[str]) -> list[str]:
    """A server's addresses where there are other servers: one of each family before any second one."""
    mixed = addresses[:1] + [one for one in addresses[1:] if (":" in one) != (":" in addresses[0])] + addresses[1:]
    return list(dict.fromkeys(mixed))[:_ADDRESSES_OF_ONE_OF_MANY]


def _speaks(transport: str, reach: Reach) -> bool:
    return any(reach(Flow(transport, host, 0)) for host in _FAMILIES.values())


def _service(transport: str, host: str) -> tuple[str, str]:
    return transport, _SRV_PREFIXES.get(transport, "") + host


def _asks_for_the_impossible(uri: Uri) -> bool:
    return bool(uri.params) and transport_of(uri) is None and uri.has_param("transport")


def _default_transport(uri: Uri) -> str:
    return "tls" if uri.scheme == "sips" else "udp"
