"""What a subscriber can send to a gateway once it has a call by it: the call's own requests, under the call's own name.

Phones and gateways are scripted: no SIPp would change its name within a call, or ask a carrier for another one.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import pytest

from tests.ports import EDGE, GATEWAY
from tests.scenarios.routing.town import PSTN, NewTown, Town, local
from tests.scenarios.sip_calls import SDP, IncomingCall, OutgoingCall, Side, answer_to, connect
from tests.scenarios.sip_client import Endpoint
from tests.scenarios.sip_message import Account, Headers, Received, read, token

pytestmark = pytest.mark.xdist_group("within-calls")

WANTS_NUMBERS: Final = "127.0.0.12"
"""A gateway that gets the number in From."""
ANNA: Final = "+4311401"
VICTIM: Final = "+4311402"
ANONYMOUS: Final = '"Anonymous" <sip:anonymous@anonymous.invalid>'
CLAIMS: Final = [
    (name, f"<{local(VICTIM)}>")
    for name in ("P-Asserted-Identity", "P-Preferred-Identity", "Remote-Party-ID", "Diversion", "Referred-By")
]
BARRED: Final = [("Refer-To", f"<{local('+43900123456')}>")]
SESSION: Final = [("Content-Type", "application/sdp")]


@pytest.fixture(scope="module")
def town(new_town: NewTown) -> Town:
    made = new_town(lambda town: town.gateway(WANTS_NUMBERS, prefix="43720888", from_as="identity"))
    made.line("victim", VICTIM)
    return made


@pytest.fixture(scope="module")
def anna(town: Town) -> Account:
    return town.subscriber("anna", ANNA)


@pytest.fixture(scope="module")
def hidden(town: Town) -> Account:
    return town.subscriber("hidden", "+4311403", hides_number=True)


@pytest.fixture
def phone(town: Town) -> Iterator[Endpoint]:
    with Endpoint(town.edge.address, EDGE) as endpoint:
        yield endpoint


@pytest.fixture
def gateway(town: Town) -> Iterator[Endpoint]:
    with Endpoint(town.edge.address, GATEWAY, town.port) as endpoint:
        yield endpoint


@pytest.fixture
def wants_numbers(town: Town) -> Iterator[Endpoint]:
    with Endpoint(town.edge.address, WANTS_NUMBERS, town.port) as endpoint:
        yield endpoint


def _stands(phone: Endpoint, gateway: Endpoint, account: Account, number: str) -> tuple[OutgoingCall, IncomingCall]:
    caller = OutgoingCall.begin_signed(phone, local(number), account)
    callee = IncomingCall.await_invite(gateway)
    connect(caller, callee)
    return caller, callee


def _under_another_name(side: Side, method: str, body: bytes = b"") -> tuple[bytes, Headers]:
    """A request of a call, its From a victim's, and what stands there."""
    own = side.local
    side.local = f'"Victim" <{local(VICTIM)}>;{own.partition(";")[2]}'
    sent = side.request(method, [*CLAIMS, *(SESSION if body else [])], body)
    names = [("From", side.local), ("To", side.remote)]
    side.local = own
    return sent, names


def _passes(sender: Side, other: Side, method: str) -> Received:
    """Such a request is sent, heard and answered, and the answer has the sender's own names; it as it was heard."""
    sent, names = _under_another_name(sender, method, SDP if method in ("INVITE", "UPDATE") else b"")
    sender.endpoint.send(sent)
    there = other.hears(method)
    assert "Victim" not in str(there.headers)
    assert VICTIM not in str(there.headers)
    if method == "ACK":
        return there
    other.endpoint.send(answer_to(there, "200 OK", headers=[("Contact", f"<{other.endpoint.contact()}>")]))
    key = read(sent).transaction
    answer = sender.endpoint.next(lambda m: m.status >= 200 and m.transaction == key, f"the answer to {method}")
    assert (answer.status, [(name, answer.get(name)) for name, _ in names]) == (200, names)
    return there


def _keeps_to_its_name(caller: Side, callee: Side, name: str) -> None:
    for method in ("INFO", "UPDATE", "INVITE", "ACK"):
        there = _passes(caller, callee, method)
        assert there.get("From").rpartition(";tag=")[0] == name, method


def _hears_its_own(caller: Side, callee: Side) -> None:
    sent = callee.request("INFO")
    callee.endpoint.send(sent)
    here = caller.hears("INFO")
    assert here.get("To") == caller.local
    caller.endpoint.send(answer_to(here, "200 OK"))
    answer = callee.endpoint.next(lambda m: m.status == 200 and m.transaction == read(sent).transaction, "an answer")
    assert (answer.get("From"), answer.get("To")) == (callee.local, callee.remote)


def test_a_caller_keeps_to_its_name(phone: Endpoint, gateway: Endpoint, anna: Account) -> None:
    caller, callee = _stands(phone, gateway, anna, "+43720123456")
    _keeps_to_its_name(caller, callee, f"<{anna.uri}>")
    _hears_its_own(caller, callee)
    assert caller.hang_up_heard_by(callee) == 200


def test_a_caller_keeps_to_its_number(phone: Endpoint, wants_numbers: Endpoint, anna: Account) -> None:
    caller, callee = _stands(phone, wants_numbers, anna, "+43720888456")
    assert callee.invite.get("From").startswith(f"<{local(ANNA)}>;")
    _keeps_to_its_name(caller, callee, f"<{local(ANNA)}>")
    _hears_its_own(caller, callee)
    assert callee.hang_up_heard_by(caller) == 200


def test_a_hidden_caller_stays_hidden(phone: Endpoint, gateway: Endpoint, hidden: Account) -> None:
    caller, callee = _stands(phone, gateway, hidden, "+43720123456")
    _keeps_to_its_name(caller, callee, ANONYMOUS)
    _hears_its_own(caller, callee)
    assert caller.hang_up_heard_by(callee) == 200


def test_who_is_called_keeps_to_what_was_called(town: Town, phone: Endpoint, gateway: Endpoint, anna: Account) -> None:
    phone.register(anna)
    caller = OutgoingCall.begin(gateway, local(ANNA), PSTN)
    callee = IncomingCall.await_invite(phone)
    connect(caller, callee)
    _keeps_to_its_name(callee, caller, f"<{local(ANNA)}>")
    assert callee.hang_up_heard_by(caller) == 200
    phone.unregister_all(anna)


def test_names_outlive_an_edge_that_was_killed(
    town: Town, phone: Endpoint, wants_numbers: Endpoint, anna: Account
) -> None:
    caller, callee = _stands(phone, wants_numbers, anna, "+43720888456")
    town.edge.kill()
    town.edge.start()
    _keeps_to_its_name(caller, callee, f"<{local(ANNA)}>")
    _hears_its_own(caller, callee)
    assert caller.hang_up_heard_by(callee) == 200


@pytest.mark.parametrize("method", ["REFER", "MESSAGE"])
def test_a_gateway_is_asked_for_nothing_but_the_call(
    phone: Endpoint, gateway: Endpoint, anna: Account, method: str
) -> None:
    caller, callee = _stands(phone, gateway, anna, "+43720123456")
    assert phone.transact(caller.request(method, BARRED)).status == 403
    assert gateway.transact(callee.request("REFER", BARRED)).status == 403
    assert caller.hang_up_heard_by(callee) == 200
    assert [message.start for message in gateway.all_now() if not message.status] == []


def test_phones_transfer_each_other(town: Town, phone: Endpoint, anna: Account) -> None:
    with Endpoint(town.edge.address) as other:
        other.register(town.subscriber("other", "+4311404"))
        caller, callee = _stands(phone, other, anna, "+4311404")
        other.send(callee.request("REFER", [("Refer-To", f"<{local(VICTIM)}>")]))
        refer = caller.hears("REFER")
        assert refer.get("Refer-To") == f"<{local(VICTIM)}>"
        phone.send(answer_to(refer, "202 Accepted"))
        other.next(lambda m: m.status == 202, "the answer to a REFER")
        state = [("Event", "refer"), ("Subscription-State", "terminated;reason=noresource")]
        phone.send(caller.request("NOTIFY", [*state, ("Content-Type", "message/sipfrag")], b"SIP/2.0 200 OK"))
        told = callee.hears("NOTIFY")
        assert told.body == b"SIP/2.0 200 OK"
        other.send(answer_to(told, "200 OK"))
        phone.next(lambda m: m.status == 200 and m.method == "NOTIFY", "the answer to a NOTIFY")
        assert caller.hang_up_heard_by(callee) == 200


def test_a_token_of_one_call_opens_no_other(phone: Endpoint, gateway: Endpoint, anna: Account) -> None:
    """What a call's Route proves, it proves of that Call-ID alone; to be the other side sends it back to oneself."""
    caller, callee = _stands(phone, gateway, anna, "+43720123456")
    forged = replace(caller, call_id=token())
    assert phone.transact(forged.request("INVITE", SESSION, SDP)).status == 481
    assert phone.transact(forged.request("REFER", BARRED)).status == 481
    assert caller.hang_up_heard_by(callee) == 200
    assert [message.start for message in gateway.all_now() if not message.status] == []
