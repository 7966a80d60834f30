"""What the edge knows: rows of the `edge_*` views as values.

The store fills them, handlers hand them to the pure rooms. All are immutable, so a value that somebody holds
is never changed behind their back: a change in the panel makes a new value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple
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
    plan: str = ""
    """The national plan that says which service and emergency numbers there are (numbering/plans), '' for none."""
    extension_base: str = ""
    extension_digits: int = 0
    """Up to so many bare digits are an extension behind `extension_base` (E.164 without the plus); 0: none."""
    emergency_numbers: tuple[str, ...] = ()
    service_numbers: tuple[str, ...] = ()
    """What counts as such beside the plan's: emergency numbers as dialled, service numbers as patterns, where x stands
    for one digit and a * at the end for any that follow (133, 116xxx, 118*)."""


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


class ForwardingFacts(NamedTuple):
    """Where calls go instead of, or beside, the subscriber's phones.

    condition: always, busy, no_answer, not_registered; parallel: rung together with the phones. targets: tried in
    order, each an E.164 number with its plus or a SIP URI. seconds: how long a phone, and then each target but the
    last, may ring.
    """

    condition: str
    targets: tuple[str, ...]
    seconds: int = 20


class CallSettingsFacts(NamedTuple):
    """What a subscriber may do and wants done; the values here are those of a subscriber who has set nothing.

    max_calls: that stand or ring at the same time, None: no limit. called_number_in: contact (the request URI is what
    the phone registered) or request_uri (its user part is the called number, as a PBX wants it). location: a URI for
    emergency calls (RFC 6442), '' for none. shown_numbers: numbers (E.164) of others that it may show.
    blocked_callers, allowed_callers: E.164 numbers, beginnings of numbers with a * at the end, SIP addresses user@host.
    """

    international: bool = False
    premium: bool = False
    satellite: bool = False
    max_calls: int | None = None
    do_not_disturb: bool = False
    rejects_anonymous: bool = False
    hides_number: bool = False
    called_number_in: str = "contact"
    location: str = ""
    shown_numbers: tuple[str, ...] = ()
    blocked_callers: tuple[str, ...] = ()
    allowed_callers: tuple[str, ...] = ()
    only_allowed_callers: bool = False
    forwardings: tuple[ForwardingFacts, ...] = ()


NO_SETTINGS: Final = CallSettingsFacts()


@dataclass(frozen=True, slots=True)
class SubscriberFacts:
    """A subscriber with its credentials, decrypted: the hashes of the digest algorithm that it is asked for.

    `is_active` covers its customer, reseller and domain as well. customer_max_calls, reseller_max_calls: how many calls
    these may have at the same time, None: no limit. number_format: None: its domain's.
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
    settings: CallSettingsFacts = NO_SETTINGS
    customer_max_calls: int | None = None
    reseller_max_calls: int | None = None
    number_format: NumberFormatFacts | None = None


@dataclass(frozen=True, slots=True)
class NumberFacts:
    """What is known of a number that somebody dials; the three after it are None when nobody has it.

    e164: the number of ours that it belongs to: itself, or the base number that it is an extension of, or, where it
    lies in a block of ours and nobody took it from there, itself. extension: the digits behind the base number.
    is_ported_out: it was ours, and is another provider's now.
    """

    e164: str
    subscriber_id: int | None
    domain_id: int | None
    username: str | None
    extension: str = ""
    is_ported_out: bool = False


class GatewayAccount(NamedTuple):
    """A name and password, in clear text: the far end, or we, have to make digests of it for realms that the other
    side chooses. It is in no log and no repr."""

    username: str
    password: str
    realm: str = ""
    """The only realm whose challenges are answered; '': that of the first one."""

    def __repr__(self) -> str:
        """The name alone."""
        return f"GatewayAccount({self.username!r})"


class GatewayRegistration(NamedTuple):
    """Our own registration at a carrier.

    registrar: host or host:port, '' for the gateway's; aor: sip:user@host that is registered; contact_user: what calls
    come to; expires: seconds asked for; edge: the one that registers, '' for all.
    """

    registrar: str
    aor: str
    contact_user: str
    expires: int = 3600
    edge: str = ""


@dataclass(frozen=True, slots=True)
class GatewayFacts:
    """A gateway: where requests to it go, and the networks (CIDR) from which it sends.

    tls_name: the host name in the certificate by which it may prove who it is, '' for none. outbound_proxy: host or
    host:port that all its requests go through. called_number_in (what it sends): request_uri, to, p_called_party_id.
    caller_in (what it sends): asserted (P-Asserted-Identity, else From), remote_party_id (else From), from.
    identity_as (what it gets): asserted, preferred, remote_party_id, none; from_as: caller (as the phone wrote it) or
    identity (the number shown, in the gateway's format). diverted_as (what it gets of a forwarded call): diversion,
    history_info, both, none. max_calls, max_calls_per_second: None: no limit. probe_interval: seconds between two
    OPTIONS, 0: none. failover_codes: final statuses after which the next gateway is tried, () for the usual ones.
    ringing_within: seconds until it has to ring, None: as long as Timer C allows. inbound: how it proves who it is by
    digest; outbound: how its challenges are answered; registration: ours with it.
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
    outbound_proxy: str = ""
    called_number_in: str = "request_uri"
    caller_in: str = "asserted"
    identity_as: str = "asserted"
    from_as: str = "caller"
    diverted_as: str = "diversion"
    max_calls: int | None = None
    max_calls_per_second: int | None = None
    probe_interval: int = 0
    failover_codes: tuple[int, ...] = ()
    ringing_within: int | None = None
    inbound: GatewayAccount | None = None
    outbound: GatewayAccount | None = None
    registration: GatewayRegistration | None = None


def tls_name_in(name: str) -> str:
    """The host name that a DNS name or a SIP URI of a certificate stands for (RFC 5922 §7.1); no wildcard is one."""
    return name.lower().removeprefix("sip:")


class RouteFacts(NamedTuple):
    """A way out: numbers whose digits (after the +) begin with `prefix` may go to this gateway; lower
    `priority` first, then lower `cost` (thousandths of a cent a minute, None after all others), then by chance in
    proportion to `weight`.

    kind: number; service or emergency for digits that are no E.164 number, where `prefix` is of them as dialled.
    reseller_id, customer_id, domain_id: whose calls it is for, None: anybody's. weekdays: the days on which it is open,
    1 for Monday to 7; opens, closes: minutes of the day in `timezone` (an IANA name); closes <= opens: over midnight.
    is_last: no route behind it is tried.
    """

    gateway_id: int
    prefix: str
    priority: int
    id: int = 0
    kind: str = "number"
    reseller_id: int | None = None
    customer_id: int | None = None
    domain_id: int | None = None
    weight: int = 100
    cost: int | None = None
    weekdays: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7)
    opens: int | None = None
    closes: int | None = None
    timezone: str = "UTC"
    is_last: bool = False


class DestinationRuleFacts(NamedTuple):
    """Whether numbers whose digits (after the +; of the kind "service" as dialled) begin with `prefix` may be called.
    Of the rules of one owner (the provider where both ids are None, a reseller, a customer) the longest prefix counts;
    whom any owner refuses, is refused. reason: in words, for people. kind: "number" or "service"."""

    prefix: str
    is_allowed: bool
    reason: str = ""
    reseller_id: int | None = None
    customer_id: int | None = None
    kind: str = "number"


class GatewayStateRecord(NamedTuple):
    """What one edge knows of one gateway now, as it is written to edge_gateway_state: always all of it.

    Times are seconds since the epoch. is_up: whether it answers OPTIONS, None: not probed. since: when that became so.
    last_status: of the last answer, None: there was none. last_error: in words why there was none, or what is wrong
    with it. checked_at: when the last OPTIONS was decided. registered_until: when our registration there ends, None:
    there is none now. registration_status: of the registrar's last answer. saved_at: when this was so.
    """

    gateway_id: int
    edge: str
    saved_at: float
    is_up: bool | None = None
    since: float | None = None
    last_status: int | None = None
    last_error: str = ""
    round_trip_ms: int | None = None
    checked_at: float | None = None
    registered_until: float | None = None
    registration_status: int | None = None
    registration_error: str = ""


class CallRecord(NamedTuple):
    """The state of a call as it is written to edge_call. A tuple, because each call makes three or four.

    Times are seconds since the epoch, None: has not happened. parent_id: the call that this one is a forwarding of; it
    ends when that ends. The next three are JSON, or '' for nothing. steps: [[rule, template, found], …], how it was
    decided (routing/decision.py). attempts: [[gateway id, its name, status, seconds, reason], …], the gateways tried.
    dialog: what is needed to end the call from here (dialog/standing.py). session_expires_at: when the session that
    the two sides agreed on (RFC 4028) is over unless it is refreshed, None: never.
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
    parent_id: UUID | None = None
    steps: str = ""
    attempts: str = ""
    dialog: str = ""
    session_expires_at: float | None = None


class CallRefresh(NamedTuple):
    """A session of a call that stands was refreshed (RFC 4028). session_expires_at: as in CallRecord; dialog: JSON of
    what has changed in the record's, '' for nothing."""

    id: UUID
    session_expires_at: float | None
    dialog: str = ""


class OpenCall(NamedTuple):
    """A call that stands, as far as it is counted. parent_id: the call that it is a leg of, None: of none. parties: see
    load/parties.py, PartyIds."""

    id: UUID
    edge: str
    started_at: float
    parent_id: UUID | None
    parties: tuple[int | None, ...]


class CallEnd(NamedTuple):
    """How a call ended, for an edge that knows no more of it than its id (it was restarted meanwhile)."""

    id: UUID
    ended_at: float
    ended_by: str
    status_code: int | None = None
    reason: str = ""
    cause: int | None = None
