"""Asking name servers: dnspython's resolver with its own UDP and TCP, and its answers as our values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import dns.asyncbackend
import dns.asyncresolver
import dns.exception
import dns.name
import dns.nameserver
import dns.rdatatype
import dns.resolver

from sipedge.proxy.locate import Naptr, Question, Record, Srv

ATTEMPT_SECONDS: Final = 1.5  # until the next name server is asked, or the same one again
LIFETIME_SECONDS: Final = 5.0
MAX_RECORDS: Final = 32  # of one answer; the rest is not looked at


class NoAnswer(Exception):
    """No name server answers in time, or none knows: not that there is no such record."""


class Records(NamedTuple):
    """An answer. records: empty where there is no such name or record. ttl: seconds, of the whole CNAME chain."""

    records: tuple[Record, ...]
    ttl: float


class NameServers:
    """The name servers of SIP_NAMESERVERS, else those of the system's resolv.conf. Needs a loop only while asking."""

    def __init__(self, addresses: Sequence[tuple[str, int]] = ()) -> None:
        self._addresses = addresses
        self._resolver: dns.asyncresolver.Resolver | None = None

    async def ask(self, question: Question) -> Records:
        """Ask, by UDP, by TCP where the answer was cut off. Raises NoAnswer."""
        try:
            resolver = self._resolver = self._resolver or self._configured()
            answer = await resolver.resolve(
                question.name + ".",
                question.kind,
                raise_on_no_answer=False,
                search=False,
                backend=dns.asyncbackend.get_backend("asyncio"),
            )
        except dns.resolver.NXDOMAIN:
            return Records((), 0)
        except (dns.exception.DNSException, OSError, EOFError, UnicodeError) as error:
            self._resolver = None  # the system may have got other name servers meanwhile
            raise NoAnswer(str(error)) from error
        found = () if answer.rrset is None else tuple(_record(one) for one in list(answer.rrset)[:MAX_RECORDS])
        return Records(found, answer.chaining_result.minimum_ttl)

    def _configured(self) -> dns.asyncresolver.Resolver:
        resolver = dns.asyncresolver.Resolver(configure=not self._addresses)
        if self._addresses:
            resolver.nameservers = [dns.nameserver.Do53Nameserver(host, port) for host, port in self._addresses]
        resolver.timeout, resolver.lifetime = ATTEMPT_SECONDS, LIFETIME_SECONDS
        return resolver


def _record(rdata: Any) -> Record:
    """One of dnspython's records: its classes for the types are made at run time."""
    if rdata.rdtype == dns.rdatatype.SRV:
        return Srv(rdata.priority, rdata.weight, rdata.port, _text(rdata.target))
    if rdata.rdtype == dns.rdatatype.NAPTR:
        flags, service = rdata.flags.decode("ascii", "replace"), rdata.service.decode("ascii", "replace")
        return Naptr(rdata.order, rdata.preference, flags, service, _text(rdata.replacement))
    return str(rdata.address)


def _text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower() if name != dns.name.root else ""
