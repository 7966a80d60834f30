"""What is sent to each gateway and phone: who calls, by which way, in which header and format."""

from dataclasses import replace

import pytest

from sipedge.facts import ForwardingFacts, NumberFacts
from sipedge.proxy.present import HIDDEN
from sipedge.routing.decision import AS_IT_CAME
from sipedge.store.memory import MemoryStore
from tests.sipedge.routing.asking import Routing, set_up
from tests.sipedge.routing.network import ALICE, BOB, NATIONAL, NORTH, PSTN, SPARE, binding, fill

HOME = "sip:01999999@north.example"
TO_BOB = "sip:+4311002@north.example"
MOBILE = "+43664123456"


@pytest.fixture
def store():
    store = fill(MemoryStore())
    store.gateways.remove(SPARE.id)
    store.bindings.put(BOB.id, binding("sip:bob@192.0.2.50"))
    return store


@pytest.fixture
def routing(store):
    return Routing(store)


def sent(routing, caller, uri=HOME, **query):
    """What the first gateway gets."""
    return routing.decide(caller, uri, **query).outcome.attempts[0].sent


@pytest.mark.parametrize(
    ("identity_as", "header"),
    [
        ("asserted", ("P-Asserted-Identity", "<sip:+4311001@north.example>")),
        ("preferred", ("P-Preferred-Identity", "<sip:+4311001@north.example>")),
        ("remote_party_id", ("Remote-Party-ID", "<sip:+4311001@north.example>;party=calling;screen=yes;privacy=off")),
        ("none", None),
    ],
)
def test_in_which_header_a_gateway_is_told_who_calls(store, routing, identity_as, header):
    store.gateways.put(replace(PSTN, identity_as=identity_as))
    assert sent(routing, ALICE).headers == ((header,) if header else ())


def test_numbers_are_written_as_the_gateway_wants_them(store, routing):
    store.gateways.put(replace(PSTN, number_format=NATIONAL, from_as="identity"))
    what = sent(routing, ALICE)
    assert what.user == "01999999"
    assert what.headers == (("P-Asserted-Identity", "<sip:011001@north.example>"),)
    assert what.from_ == "<sip:011001@north.example>"


def test_from_stays_the_callers_unless_the_gateway_wants_the_number(routing):
    assert sent(routing, ALICE).from_ == ""


def test_a_name_that_is_somebody_elses_number_is_left_away(store, routing):
    misnamed = {"from_uri": "sip:alice@north.example", "is_misnamed": True}
    assert sent(routing, ALICE, **misnamed).from_ == "<sip:alice@north.example>"
    phone = routing.decide(ALICE, TO_BOB, **misnamed).outcome.sent
    assert (phone.from_, phone.headers) == ("<sip:alice@north.example>", ())
    store.gateways.put(replace(PSTN, from_as="identity"))
    assert sent(routing, ALICE, **misnamed).from_ == "<sip:+4311001@north.example>"
    assert sent(routing, ALICE, is_hidden=True, **misnamed).from_ == HIDDEN


@pytest.mark.parametrize(
    ("claim", "user"),
    [
        ("sip:alice@north.example", "alice"),
        ("sip:ALICE@192.0.2.1", "alice"),
        ("sip:a%6Cice@north.example", "alice"),
        ("tel:+4311001", "+4311001"),
        ("sip:011001@north.example;user=phone", "+4311001"),
        ("sip:+4311007@north.example", "+4311007"),  # another number of hers
        ("sip:+43110070815@north.example", "+43110070815"),  # an extension behind it
        ("sip:+4312222@north.example", "+4312222"),  # one that she was allowed to show
        ("sip:+4311002@north.example", "+4311001"),  # bob's
        ("sip:+4311003@north.example", "+4311001"),  # nobody's
        ("sip:+431999999@north.example", "+4311001"),  # not even ours
        ("sip:bob@north.example", "+4311001"),
        ("sip:alice@south.example", "+4311001"),
        ("sip:+4311007@elsewhere.example", "+4311001"),
        ("mailto:alice@north.example", "+4311001"),
    ],
)
def test_which_number_a_caller_may_show(store, routing, claim, user):
    store.numbers.put("+4311007", NumberFacts("+4311007", ALICE.id, 1, "alice"))
    store.numbers.put("+43110070815", NumberFacts("+4311007", ALICE.id, 1, "alice", "0815"))
    alice = set_up(store, ALICE, shown_numbers=("+4312222",))
    decision = routing.decide(alice, HOME, claims=[claim])
    (header,) = decision.outcome.attempts[0].sent.headers
    assert header == ("P-Asserted-Identity", f"<sip:{user}@north.example>")
    assert decision.caller_number == (user if user.startswith("+") else "+4311001")


def test_the_first_claim_that_is_its_own_counts(store, routing):
    claims = ["sip:+4311002@north.example", "sip:alice@north.example"]
    assert sent(routing, ALICE, claims=claims).headers[0][1] == "<sip:alice@north.example>"


def test_who_has_no_number_is_shown_by_its_address(store, routing):
    odd = replace(ALICE, username="a>b@c", main_number=None)
    assert sent(routing, odd).headers[0][1] == "<sip:a%3Eb%40c@north.example>"


# CLIR


@pytest.mark.parametrize(
    ("settings", "query", "from_", "privacy"),
    [
        ({}, {}, "", None),
        ({}, {"is_hidden": True, "shows_nobody": True}, "", "id"),  # an anonymous From says it, no header does
        ({}, {"is_hidden": True, "shows_nobody": True, "privacy": "id"}, "", None),  # the request's own Privacy stays
        ({}, {"is_hidden": True, "privacy": "id"}, HIDDEN, None),  # it hides, and From has its name all the same
        ({"hides_number": True}, {}, HIDDEN, "id"),
        ({"hides_number": True}, {"privacy": "history"}, HIDDEN, "history;id"),
        ({"hides_number": True}, {"is_shown": True, "privacy": "none"}, "", None),
    ],
)
@pytest.mark.parametrize("from_as", ["caller", "identity"])
def test_hiding_the_number(store, routing, settings, query, from_, privacy, from_as):
    store.gateways.put(replace(PSTN, from_as=from_as))
    what = sent(routing, set_up(store, ALICE, **settings), **query)
    headers = dict(what.headers)
    assert headers["P-Asserted-Identity"] == "<sip:+4311001@north.example>"  # for the carrier to keep
    assert headers.get("Privacy") == privacy
    is_shown = not query.get("is_hidden") and not from_
    assert what.from_ == ("<sip:+4311001@north.example>" if from_as == "identity" and is_shown else from_)


def test_a_remote_party_id_says_that_it_is_hidden(store, routing):
    store.gateways.put(replace(PSTN, identity_as="remote_party_id"))
    assert dict(sent(routing, ALICE, is_hidden=True).headers)["Remote-Party-ID"].endswith("privacy=full")


def test_a_phone_is_not_told_a_hidden_number(store, routing):
    assert routing.decide(ALICE, TO_BOB).outcome.sent is AS_IT_CAME
    assert routing.decide(set_up(store, ALICE, hides_number=True), TO_BOB).outcome.sent.from_ == HIDDEN


# Forwarded calls


def forwarded(store, routing, caller=PSTN, *, reason="always", **gateway):
    store.gateways.put(replace(PSTN, **gateway))
    set_up(store, BOB, forwardings=(ForwardingFacts(reason, (MOBILE,)),))
    if reason == "not_registered":
        store.bindings.put(BOB.id)
    asked, decision = routing.ask(caller, TO_BOB)
    if reason in ("busy", "no_answer"):
        decision = routing.after(asked, decision, 486 if reason == "busy" else 408, is_timed_out=reason == "no_answer")
    return decision.outcome.attempts[0].sent


@pytest.mark.parametrize(
    ("reason", "diversion", "cause"),
    [
        ("always", "unconditional", 302),
        ("busy", "user-busy", 486),
        ("no_answer", "no-answer", 408),
        ("not_registered", "unavailable", 503),
    ],
)
def test_a_forwarded_call_says_by_whom_and_why(store, routing, reason, diversion, cause):
    what = forwarded(store, routing, reason=reason, diverted_as="both")
    assert what.on_top == (("Diversion", f"<sip:+4311002@north.example>;reason={diversion};counter=1"),)
    assert [value for _, value in what.below] == [
        "<sip:+4311002@north.example>;index=1",
        f"<sip:{MOBILE}@198.51.100.2;cause={cause}>;index=1.1",
    ]


@pytest.mark.parametrize(
    ("diverted_as", "on_top", "below"), [("diversion", 1, 0), ("history_info", 0, 2), ("both", 1, 2), ("none", 0, 0)]
)
def test_in_which_header_a_gateway_is_told_of_a_forwarding(store, routing, diverted_as, on_top, below):
    what = forwarded(store, routing, diverted_as=diverted_as)
    assert (len(what.on_top), len(what.below)) == (on_top, below)


def test_a_forwarded_call_shows_its_caller_or_who_forwards(store, routing):
    """Where the gateway is not told of the forwarding, another's number would be nobody's to show."""
    what = forwarded(store, routing, diverted_as="diversion", from_as="identity")
    assert what.headers[0][1] == what.from_ == "<sip:+431999@north.example>"
    what = forwarded(store, routing, diverted_as="none", from_as="identity")
    assert what.headers[0][1] == what.from_ == "<sip:+4311002@north.example>"


def test_two_forwardings_are_told_the_last_one_first(store, routing):
    set_up(store, ALICE, forwardings=(ForwardingFacts("always", ("+4311002",)),))
    store.gateways.put(replace(PSTN, diverted_as="both", number_format=NATIONAL))
    set_up(store, BOB, forwardings=(ForwardingFacts("always", (MOBILE,)),))
    what = routing.decide(PSTN, "sip:+4311001@north.example", history_index="1.2").outcome.attempts[0].sent
    assert [value.partition("@")[0] for _, value in what.on_top] == ["<sip:011002", "<sip:011001"]
    assert [value.partition("index=")[2] for _, value in what.below] == ["1.2.1", "1.2.1.1", "1.2.1.1.1"]


def test_a_phone_is_told_of_a_forwarding_too(store, routing):
    set_up(store, ALICE, forwardings=(ForwardingFacts("always", ("+4311002",)),))
    what = routing.decide(PSTN, "sip:+4311001@north.example").outcome.sent
    assert what.on_top == (("Diversion", "<sip:+4311001@north.example>;reason=unconditional;counter=1"),)


# PBX


def test_a_pbx_gets_the_called_number_in_its_request_uri(store, routing):
    store.numbers.put("+431100212", NumberFacts("+4311002", BOB.id, 1, "bob", "12"))
    bob = set_up(store, BOB, called_number_in="request_uri")
    what = routing.decide(PSTN, "sip:+431100212@north.example").outcome.sent
    assert what.user == "+431100212"
    assert what.headers == (("P-Called-Party-ID", "<sip:+431100212@north.example>"),)
    store.subscribers.put((1, "bob"), replace(bob, number_format=NATIONAL))
    assert routing.decide(PSTN, "sip:+431100212@north.example").outcome.sent.user == "01100212"
    assert routing.decide(ALICE, "sip:bob@north.example").outcome.sent.user == ""
    assert NORTH.name == "north.example"
