"""What the edge knows: rows of the `edge_*` views as values.

The store fills them, handlers hand them to the pure rooms. All are immutable, so a value that somebody holds
is never changed behind their back: a change in the panel makes a new value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

if TYPE_CHECKING:
    from sipedge.auth.ha1 import Ha1Set


class NumberFormatFacts(NamedTuple):
    """How one side writes numbers (a row of edge_number_format); sipedge/routing makes numbering's type of it, and
    looks that up by it for every call: so it is a tuple.
    """

    id: int
    name: str
    country_code: str
    international_prefix: str
    national_prefix: str
    area_code: str
    bare_digits: str
    sends_as: str


@dataclass(frozen=True, slots=True)
class DomainFacts:
    """A SIP domain of ours.

    `name` is the realm; `names` are all its names, `name` included, in lower case.
    """

    id: int
    name: str
    names: tuple[str, ...]
    reseller_id: int
    is_default: bool
    digest_algorithm: str
    number_format: NumberFormatFacts | None
    is_active: bool
    strict_call_id: bool = False
    """Whether a REGISTER renews only bindings of its own Call-ID."""


@dataclass(frozen=True, slots=True)
class SubscriberFacts:
    """A subscriber with its credentials, decrypted: the hashes of the digest algorithm that it is asked for.

    `is_active` covers its customer, reseller and domain as well.
    """

    id: int
    username: str
    domain_id: int
    reseller_id: int
    customer_id: int
    display_name: str
    is_active: bool
    digest_algorithm: str | None
    main_number: str | None
    credentials: tuple[Ha1Set, ...]


@dataclass(frozen=True, slots=True)
class NumberFacts:
    """A number of ours; the other three are None when nobody has it."""

    e164: str
    subscriber_id: int | None
    domain_id: int | None
    username: str | None


@dataclass(frozen=True, slots=True)
class GatewayFacts:
    """A gateway: where requests to it go, and the networks (CIDR) from which it sends.

    tls_name: the host name in the certificate by which it may prove who it is, '' for none.
    """

    id: int
    name: str
    host: str
    port: int | None
    transport: str
    number_format: NumberFormatFacts | None
    sources: tuple[str, ...]
    is_active: bool
    tls_name: str = ""


def tls_name_in(name: str) -> str:
    """The host name that a DNS name or a SIP URI of a certificate stands for (RFC 5922 §7.1); no wildcard is one."""
    return name.lower().removeprefix("sip:")


@dataclass(frozen=True, slots=True)
class RouteFacts:
    """A way out: numbers whose digits (after the +) begin with `prefix` may go to this gateway; lower
    `priority` first.
    """

    gateway_id: int
    prefix: str
    priority: int


class CallRecord(NamedTuple):
    """The state of a call as it is written to edge_call. A tuple, because each call makes three or four.

    Times are seconds since the epoch, None: has not happened.
    """

    id: UUID
    direction: str
    state: str
    sip_call_id: str
    edge: str
    started_at: float
    from_tag: str = ""
    to_tag: str = ""
    caller: str = ""
    callee: str = ""
    caller_number: str = ""
    callee_number: str = ""
    caller_subscriber_id: int | None = None
    callee_subscriber_id: int | None = None
    caller_customer_id: int | None = None
    callee_customer_id: int | None = None
    caller_reseller_id: int | None = None
    callee_reseller_id: int | None = None
    gateway_in_id: int | None = None
    gateway_out_id: int | None = None
    ringing_at: float | None = None
    answered_at: float | None = None
    ended_at: float | None = None
    status_code: int | None = None
    reason: str = ""
    cause: int | None = None
    ended_by: str = ""


class CallEnd(NamedTuple):
    """How a call ended, for an edge that knows no more of it than its id (it was restarted meanwhile)."""

    id: UUID
    ended_at: float
    ended_by: str
    status_code: int | None = None
    reason: str = ""
    cause: int | None = None
