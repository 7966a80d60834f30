"""A name server of the test's own, on loopback, UDP and TCP at one port."""

from __future__ import annotations

import asyncio
import struct
from collections import Counter

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset


class NameServer(asyncio.DatagramProtocol):
    """Answers from `zone`: (name, kind) -> (ttl, records as text). CNAMEs are followed.

    is_silent: it answers nothing. rcode: what it answers to everything, if that is not NOERROR. cuts_off: UDP answers
    are truncated, and empty. asked: how often each question came. by_tcp: how many came by TCP.
    """

    def __init__(self) -> None:
        self.zone: dict[tuple[str, str], tuple[int, list[str]]] = {}
        self.is_silent = False
        self.rcode = dns.rcode.NOERROR
        self.cuts_off = False
        self.asked: Counter[tuple[str, str]] = Counter()
        self.by_tcp = 0
        self.address = ("127.0.0.1", 0)

    async def start(self) -> None:
        """Listen on a free port."""
        loop = asyncio.get_running_loop()
        self._tcp = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.address = self._tcp.sockets[0].getsockname()[:2]
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, self.address)

    async def stop(self) -> None:
        """Close both."""
        self._transport.close()
        self._tcp.close()
        await self._tcp.wait_closed()

    def add(self, name: str, kind: str, *records: str, ttl: int = 300) -> None:
        """Put records there, or take them away: none."""
        self.zone[name, kind] = (ttl, list(records))

    def datagram_received(self, data: bytes, peer: tuple[str, int]) -> None:
        """One question by UDP."""
        answer = self._answer(data)
        if self.is_silent:
            return
        if self.cuts_off:
            answer.answer.clear()
            answer.flags |= dns.flags.TC
        self._transport.sendto(answer.to_wire(), peer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        (size,) = struct.unpack("!H", await reader.readexactly(2))
        wire = self._answer(await reader.readexactly(size)).to_wire()
        self.by_tcp += 1
        writer.write(struct.pack("!H", len(wire)) + wire)
        await writer.drain()
        writer.close()

    def _answer(self, data: bytes) -> dns.message.Message:
        query = dns.message.from_wire(data)
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
        self.asked[name, kind] += 1
        answer = dns.message.make_response(query)
        answer.set_rcode(self.rcode)
        if self.rcode == dns.rcode.NOERROR:
            self._fill(answer, name, kind)
        return answer

    def _fill(self, answer: dns.message.Message, name: str, kind: str) -> None:
        while (alias := self.zone.get((name, "CNAME"))) is not None:
            answer.answer.append(dns.rrset.from_text(name + ".", alias[0], "IN", "CNAME", alias[1][0] + "."))
            name = alias[1][0]
        ttl, records = self.zone.get((name, kind), (0, []))
        if records:
            answer.answer.append(dns.rrset.from_text_list(name + ".", ttl, "IN", kind, records))
        elif not any(known == name for known, _ in self.zone):
            answer.set_rcode(dns.rcode.NXDOMAIN)
