"""What strangers and subscribers can send, and the gateways never get: a call that nobody proved, or another's number.

Each attempt is made by a scripted phone, for no SIPp would write it. The gateways count what they get: behind all
attempts one honest call is made, and it must be the first thing that comes.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final, NamedTuple

import pytest

from tests.ports import EDGE, GATEWAY
from tests.scenarios.routing.town import NewTown, Town, local
from tests.scenarios.sip_calls import SDP, IncomingCall, OutgoingCall, answer_to
from tests.scenarios.sip_client import Endpoint
from tests.scenarios.sip_message import Account, Headers, Received, credentials, read, token, write

pytestmark = pytest.mark.xdist_group("attempts")

HELP: Final = "127.0.0.11"
OUTSIDE: Final = "+43720123456"
VICTIM: Final = "+4311302"
"""The number of another subscriber, of another customer."""


class Attempt(NamedTuple):
    """An INVITE: its request URI, From and To ('' for anna's own address, and the request URI), and header fields."""

    uri: str
    sender: str = ""
    to: str = ""
    more: Headers = ()


def _claims(name: str, uri: str = "") -> Headers:
    return [(name, f"<{uri or local(VICTIM)}>")]


STRANGERS: Final = {
    "as nobody": Attempt(local(OUTSIDE), "sip:nobody@elsewhere.example"),
    "as anna": Attempt(local(OUTSIDE)),
    "as a number of ours": Attempt(local(OUTSIDE), local(VICTIM)),
    "as the gateway": Attempt(local(OUTSIDE), f"sip:+43720999999@{GATEWAY}"),
    "anonymously": Attempt(local(OUTSIDE), "sip:anonymous@anonymous.invalid"),
    "to a tel URI": Attempt(f"tel:{OUTSIDE}"),
    "for help": Attempt("urn:service:sos"),
    "for help by number": Attempt(local("112")),
    "with the gateway's words": Attempt(local(OUTSIDE), more=_claims("P-Asserted-Identity")),
    "with credentials that are none": Attempt(local(OUTSIDE), more=[("Proxy-Authorization", "Digest")]),
    "with a Via of the gateway": Attempt(local(OUTSIDE), more=[("Via", f"SIP/2.0/UDP {GATEWAY};branch=z9hG4bKx")]),
}


@pytest.fixture(scope="module")
def town(new_town: NewTown) -> Town:
    from tests.factories.trunking import RouteFactory

    made = new_town(lambda town: RouteFactory(gateway=town.gateway(HELP), prefix="", kind="emergency"))
    made.line("victim", VICTIM)
    made.subscriber("forwards", "+4311303", forwards={"always": [OUTSIDE]})
    return made


@pytest.fixture(scope="module")
def anna(town: Town) -> Account:
    return town.subscriber("anna", "+4311301")


@pytest.fixture
def gateways(town: Town) -> Iterator[list[Endpoint]]:
    """Both gateways, listening."""
    with ExitStack() as stack:
        hosts = (GATEWAY, HELP)
        yield [stack.enter_context(Endpoint(town.edge.address, host, town.port)) for host in hosts]


@pytest.fixture
def phone(town: Town) -> Iterator[Endpoint]:
    with Endpoint(town.edge.address, EDGE) as endpoint:
        yield endpoint


def _invite(phone: Endpoint, attempt: Attempt, call_id: str, signature: Headers = ()) -> bytes:
    routing = [(name, value) for name, value in attempt.more if name in ("Route", "Via", "Contact")]
    rest = [pair for pair in attempt.more if pair not in routing]
    contact = [] if any(name == "Contact" for name, _ in routing) else [("Contact", f"<{phone.contact()}>")]
    headers = [
        ("Via", phone.via()), *routing, *contact, ("Max-Forwards", "70"), ("Call-ID", call_id),
        ("From", f"<{attempt.sender or local('anna')}>;tag={token()}"), ("To", f"<{attempt.to or attempt.uri}>"),
        ("CSeq", f"{1 + len(signature)} INVITE"), *rest, *signature, ("Content-Type", "application/sdp"),
    ]  # fmt: skip
    return write(f"INVITE {attempt.uri} SIP/2.0", headers, SDP)


def _answer(phone: Endpoint, sent: bytes, call_id: str, number: int) -> Received:
    """Sends it; the final response."""
    phone.send(sent)
    return phone.next(
        lambda m: m.status >= 200 and m.get("Call-ID") == call_id and m.get("CSeq") == f"{number} INVITE", "an answer"
    )


def _honest_call_comes_first(phone: Endpoint, gateways: list[Endpoint], anna: Account) -> None:
    call = OutgoingCall.begin_signed(phone, local("+43720000001"), anna)
    callee = IncomingCall.await_invite(gateways[0])
    assert callee.invite.uri.startswith("sip:+43720000001@")
    callee.reply("486 Busy Here")
    assert call.final().status == 486
    callee.hears("ACK")
    assert [message.start for gateway in gateways for message in gateway.all_now() if not message.status] == []


@pytest.mark.parametrize("name", STRANGERS)
def test_a_stranger_is_asked_who_he_is(phone: Endpoint, gateways: list[Endpoint], anna: Account, name: str) -> None:
    call_id = token()
    assert _answer(phone, _invite(phone, STRANGERS[name], call_id), call_id, 1).status in (400, 407)
    _honest_call_comes_first(phone, gateways, anna)


REFUSED: Final = {
    "From of another": (Attempt(local(OUTSIDE), local(VICTIM)), 403),
    "From of another, as it is dialled": (Attempt(local(OUTSIDE), local("011302")), 403),
    "From of another, by name": (Attempt(local(OUTSIDE), local("victim")), 403),
    "From of a number outside": (Attempt(local(OUTSIDE), local("+43720999999")), 403),
    "From of another, as a tel URI": (Attempt(local(OUTSIDE), f"tel:{VICTIM}"), 403),
    "a tel URI abroad": (Attempt("tel:+4930123456"), 403),
    "a local tel URI in the context of a country abroad": (Attempt("tel:30123456;phone-context=+49"), 403),
    "a domain that is not ours": (Attempt(f"sip:{OUTSIDE}@{GATEWAY}"), 403),
    "a preloaded Route to the gateway": (Attempt(local(OUTSIDE), more=[("Route", f"<sip:{GATEWAY};lr>")]), 403),
    "the same for a name that is not ours": (
        Attempt(f"sip:{OUTSIDE}@{GATEWAY}", more=[("Route", f"<sip:{GATEWAY};lr>")]), 403,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_subscriber_is_refused(
    town: Town, phone: Endpoint, gateways: list[Endpoint], anna: Account, name: str
) -> None:
    attempt, status = REFUSED[name]
    assert _signed(phone, attempt, anna).status == status
    _honest_call_comes_first(phone, gateways, anna)


def _signed(phone: Endpoint, attempt: Attempt, account: Account) -> Received:
    call_id = token()
    challenged = _answer(phone, _invite(phone, attempt, call_id), call_id, 1)
    if challenged.status != 407:
        return challenged
    signature = [credentials(challenged, account, "INVITE", attempt.uri)]
    return _answer(phone, _invite(phone, attempt, call_id, signature), call_id, 2)


CLAIMED: Final = (
    "P-Preferred-Identity", "P-Asserted-Identity", "Remote-Party-ID", "P-Called-Party-ID", "P-Served-User", "Diversion",
    "History-Info", "P-Charging-Vector", "P-Asserted-Service", "P-Access-Network-Info",
)  # fmt: skip


@pytest.mark.parametrize("uri", [local(VICTIM), f"tel:{VICTIM}"])
@pytest.mark.parametrize("name", CLAIMED)
def test_what_a_subscriber_claims_never_reaches_the_gateway(
    phone: Endpoint, gateways: list[Endpoint], anna: Account, name: str, uri: str
) -> None:
    invite = _let_through(phone, gateways, Attempt(local(OUTSIDE), more=_claims(name, uri)), anna)
    assert VICTIM not in str(invite.headers)
    assert invite.get_all("P-Asserted-Identity") == [f"<{local('+4311301')}>"]


def test_a_called_number_elsewhere_than_in_the_request_uri_is_not_what_is_called(
    phone: Endpoint, gateways: list[Endpoint], anna: Account
) -> None:
    """A barred number in To, where a gateway would read it."""
    attempt = Attempt(
        local(OUTSIDE), to=local("+4930123456"), more=[("P-Called-Party-ID", f"<{local('+4930123456')}>")]
    )
    invite = _let_through(phone, gateways, attempt, anna)
    assert invite.uri.startswith(f"sip:{OUTSIDE}@")
    assert invite.get("P-Called-Party-ID") == ""


def test_who_calls_a_forwarding_subscriber_shows_no_number_but_its_own(
    phone: Endpoint, gateways: list[Endpoint], anna: Account
) -> None:
    claims = [pair for name in CLAIMED for pair in _claims(name)]
    invite = _let_through(phone, gateways, Attempt(local("+4311303"), more=claims), anna)
    assert VICTIM not in str(invite.headers)
    assert invite.get_all("Diversion") == [f"<{local('+4311303')}>;reason=unconditional;counter=1"]


def _let_through(phone: Endpoint, gateways: list[Endpoint], attempt: Attempt, account: Account) -> Received:
    """Makes the attempt with credentials; the INVITE that the first gateway gets, and refuses."""
    call_id = token()
    challenged = _answer(phone, _invite(phone, attempt, call_id), call_id, 1)
    assert challenged.status == 407
    phone.send(_invite(phone, attempt, call_id, [credentials(challenged, account, "INVITE", attempt.uri)]))
    callee = IncomingCall.await_invite(gateways[0])
    callee.reply("486 Busy Here")
    callee.hears("ACK")
    return callee.invite


def test_a_contact_that_names_the_gateway_leads_nowhere(
    town: Town, phone: Endpoint, gateways: list[Endpoint], anna: Account
) -> None:
    """Neither as a phone's binding nor as the target of a dialog does anything go to a gateway that was not routed."""
    contact = f"<sip:{OUTSIDE}@{GATEWAY}:{town.port}>"
    with Endpoint(town.edge.address) as other:
        other.register(anna, contact=contact)
        caller = OutgoingCall.begin(gateways[1], local("+4311301"), f"sip:+43720999999@{HELP}")
        incoming = other.next(lambda m: m.start.startswith("INVITE "), "the call, where the REGISTER came from")
        other.send(answer_to(incoming, "486 Busy Here", f"{incoming.get('To')};tag=x"))
        assert caller.final().status == 486
        other.unregister_all(anna)
    _honest_call_comes_first(phone, gateways, anna)


def test_a_dialog_whose_contact_names_the_gateway_does_not_lead_there(
    town: Town, phone: Endpoint, gateways: list[Endpoint], anna: Account
) -> None:
    """Two phones of one attacker: the one that is called names the gateway in its Contact, the other calls there."""
    accomplice = town.subscriber("accomplice", "+4311304")
    with Endpoint(town.edge.address) as other:
        other.register(accomplice)
        caller = OutgoingCall.begin_signed(phone, local("+4311304"), anna)
        callee = IncomingCall.await_invite(other)
        routes = [("Record-Route", route) for route in callee.invite.get_all("Record-Route")]
        contact = ("Contact", f"<sip:+4930123456@{GATEWAY}:{town.port}>")
        session = ("Content-Type", "application/sdp")
        other.send(answer_to(callee.invite, "200 OK", callee.local, [*routes, contact, session], SDP))
        caller.hears_status(200)
        again = caller.request("INVITE", [session], SDP)
        phone.send(again)
        assert (
            phone.next(lambda m: m.status >= 200 and m.transaction == read(again).transaction, "its end").status == 403
        )
        assert callee.hang_up_heard_by(caller) == 200
    _honest_call_comes_first(phone, gateways, anna)


@pytest.mark.parametrize("method", ["REFER", "MESSAGE", "SUBSCRIBE", "NOTIFY"])
def test_nothing_but_calls_leaves_by_a_gateway(
    phone: Endpoint, gateways: list[Endpoint], anna: Account, method: str
) -> None:
    uri = local(OUTSIDE)
    more = [("Refer-To", f"<sip:{OUTSIDE}@{GATEWAY}>"), ("Event", "x"), ("Contact", f"<{phone.contact()}>")]
    challenged = phone.transact(phone.request(method, uri, anna.uri, uri, headers=more))
    assert challenged.status == 407
    more.append(credentials(challenged, anna, method, uri))
    assert phone.transact(phone.request(method, uri, anna.uri, uri, cseq=2, headers=more)).status in (403, 404)
    _honest_call_comes_first(phone, gateways, anna)


def test_a_request_in_no_dialog_of_ours_does_not_reach_a_gateway(
    town: Town, phone: Endpoint, gateways: list[Endpoint], anna: Account
) -> None:
    """With a To tag, and a Route that leads by the edge to the gateway, as requests in dialogs have it."""
    host, port = town.edge.address
    routes = [("Route", f"<sip:{host}:{port};lr>"), ("Route", f"<sip:{GATEWAY}:{town.port};lr>")]
    for method in ("INVITE", "BYE", "REFER", "INFO"):
        call_id = token()
        headers = [
            ("Via", phone.via()), *routes, ("Max-Forwards", "70"), ("From", f"<{anna.uri}>;tag=a"),
            ("To", f"<{local(OUTSIDE)}>;tag=b"), ("Call-ID", call_id), ("CSeq", f"1 {method}"),
            ("Contact", f"<{phone.contact()}>"),
        ]  # fmt: skip
        phone.send(write(f"{method} sip:{OUTSIDE}@{GATEWAY}:{town.port} SIP/2.0", headers))
        answer = phone.next(lambda m, wanted=call_id: m.status >= 200 and m.get("Call-ID") == wanted, "an answer")
        assert answer.status >= 400
    _honest_call_comes_first(phone, gateways, anna)
