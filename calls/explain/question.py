"""A call that somebody asks about, in words, and the request that it would be."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Final, NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from calls.explain.facts import Facts
from calls.explain.viewer import Viewer
from calls.months import is_in_calendar
from numbering.e164 import is_e164
from sipedge.facts import GatewayFacts, SubscriberFacts
from sipedge.proxy import identity
from sipedge.proxy.identity import ANONYMOUS
from sipedge.routing.asked import query_of
from sipedge.routing.query import CallQuery
from sipedge.sip.message import Request
from sipedge.sip.uri import Uri, UriError, escape_user, parse_uri

METHODS: Final = ("INVITE", "MESSAGE")
TAG: Final = ";tag=explain"
"""Of the caller's From, which a real one has by chance."""
MOST_TEXT: Final = 255
"""Characters of an address, as long as phones may dial."""
OUTSIDE: Final = GatewayFacts(0, "the telephone network", "invalid", None, "udp", None, (), True)
"""A call in by no gateway in particular: its numbers are E.164 with the plus."""
_SCHEMES: Final = ("sip:", "sips:", "tel:", "urn:")
_WRITTEN_BY_PEOPLE: Final = str.maketrans("", "", " \t\u00a0")


class Question(NamedTuple):
    """Who calls whom, and how.

    caller: user@domain of a subscriber, else a number; '' for a caller that a gateway says nothing of. callee: what is
    dialled: digits, user@domain, or a URI. gateway: the name of the one that the call comes in by. at: the time of the
    call, None: now. shows: the number that a subscriber would like to be shown by.
    """

    caller: str
    callee: str
    gateway: str = ""
    at: datetime | None = None
    is_anonymous: bool = False
    method: str = "INVITE"
    shows: str = ""


class Asked(NamedTuple):
    """The question as routing takes it.

    request: as the caller sends it; base: as it goes to everybody but for what each target is told.
    """

    query: CallQuery
    request: Request
    base: Request

    @property
    def caller(self) -> SubscriberFacts | GatewayFacts:
        """Who sends it."""
        return self.query.caller


def read(question: Question, facts: Facts, viewer: Viewer) -> Asked:
    """Find the caller, and write the request. Raises ValidationError, by the fields of Question."""
    caller = _by_gateway(question.gateway, facts, viewer) if question.gateway else _caller(question, facts, viewer)
    home = facts.domains.by_id(caller.domain_id) if isinstance(caller, SubscriberFacts) else facts.home
    uri = _callee(question.callee, home.name if home else "invalid")
    sender = _sender(question, caller, home.name if home else "invalid")
    headers = [
        ("Via", "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKexplain"),
        ("Max-Forwards", "70"),
        ("From", f"<{sender}>{TAG}"),
        ("To", f"<{uri}>"),
        ("Call-ID", "explain"),
        ("CSeq", f"1 {question.method}"),
        ("Contact", "<sip:192.0.2.1>"),
    ]
    if question.is_anonymous:
        headers.append(("Privacy", "id"))
    if question.shows:
        headers.append(("P-Preferred-Identity", f"<{_shown(question.shows, home.name if home else 'invalid')}>"))
    request = Request(question.method, str(uri), headers)
    now = _seconds(question.at)
    base = request.copy()
    if isinstance(caller, GatewayFacts):
        identity.from_trusted(base)
    else:
        identity.from_untrusted(base)
    return Asked(query_of(request, caller, now), request, base)


def subscriber_at(address: str, facts: Facts) -> SubscriberFacts | None:
    """The subscriber that an address (user@domain, with or without sip:) names, None for nobody."""
    try:
        uri = parse_uri(address if address.lower().startswith(_SCHEMES) else f"sip:{_escaped(address)}")
    except UriError:
        return None
    domain = facts.domains.by_name(uri.host) if uri.is_sip else None
    return facts.subscriber(domain.id, (uri.user_unescaped or "").lower()) if domain is not None else None


def _by_gateway(name: str, facts: Facts, viewer: Viewer) -> GatewayFacts:
    if not viewer.sees_all:
        raise ValidationError({"gateway": _("Leave this out: gateways are the provider's.")})
    gateway = facts.gateway_named(name)
    if gateway is None:
        known = {"names": ", ".join(one.name for one in facts.gateways.all[:20]) or _("none yet")}
        raise ValidationError({"gateway": _("There is no gateway of this name. There are: %(names)s.") % known})
    if not gateway.is_active:
        raise ValidationError({"gateway": _("This gateway is suspended: nobody believes what it sends.")})
    return gateway


def _caller(question: Question, facts: Facts, viewer: Viewer) -> SubscriberFacts | GatewayFacts:
    """A subscriber, by address or by a number that it has; with any other number somebody in the telephone network."""
    text = question.caller.strip()
    if "@" in text:
        subscriber = subscriber_at(text, facts)
        if subscriber is None or not viewer.owns(subscriber):
            raise ValidationError({"caller": _("There is no such subscriber. Write it as user@domain.")})
        return subscriber
    if text and not is_e164(text):
        raise ValidationError({"caller": _("Write a subscriber as user@domain, or a number with its plus: +4311001.")})
    number = facts.number(text) if text else None
    if number is None or number.domain_id is None or number.username is None:
        return OUTSIDE
    subscriber = facts.subscriber(number.domain_id, number.username)
    return subscriber if subscriber is not None and viewer.owns(subscriber) else OUTSIDE


def _callee(text: str, home: str) -> Uri:
    """Digits and names are dialled at home."""
    text = text.strip()
    if not text:
        raise ValidationError({"callee": _("Say who is called: a number as it is dialled, user@domain, or a SIP URI.")})
    if not text.lower().startswith(_SCHEMES):
        text = f"sip:{_escaped(text if '@' in text else f'{text.translate(_WRITTEN_BY_PEOPLE)}@{home}')}"
    try:
        return parse_uri(text)
    except UriError:
        raise ValidationError({"callee": _("This is no address. Write digits, user@domain, or a SIP URI.")}) from None


def _sender(question: Question, caller: SubscriberFacts | GatewayFacts, home: str) -> str:
    if isinstance(caller, SubscriberFacts):
        return f"sip:{escape_user(caller.username)}@{home}"
    text = question.caller.strip()
    if not text:
        return ANONYMOUS
    if text.lower().startswith(_SCHEMES) or "@" in text:
        return str(_callee(text, caller.host))
    return f"sip:{escape_user(text.translate(_WRITTEN_BY_PEOPLE))}@{caller.host}"


def _seconds(at: datetime | None) -> float:
    """Seconds since the epoch. Routes reckon with it in time zones of their own."""
    if at is None:
        return time.time()
    if not is_in_calendar(at):
        raise ValidationError({"at": _("Write a time between the years 1970 and 9998.")})
    return at.timestamp()


def _shown(text: str, home: str) -> str:
    return str(_callee(text, home))


def _escaped(address: str) -> str:
    user, _at, host = address.rpartition("@")
    return f"{escape_user(user)}@{host}"
