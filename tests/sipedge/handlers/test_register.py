from dataclasses import replace

import pytest

from sipedge.listeners import Listener
from sipedge.sip.message import Response
from tests.sipedge.handlers.world import PASSWORD, World
from tests.sipedge.routing.network import ALICE, BOB, NORTH, SOUTH_ALICE


@pytest.fixture
def phone(world):
    return world.phone("192.0.2.50")


def message(phone, user="alice", domain="north.example", uri="sip:north.example", **kwargs):
    aor = f"sip:{user}@{domain}"
    return phone.request("REGISTER", uri, sender=aor, to=aor, **kwargs)


def test_a_phone_registers(world, phone):
    response = phone.register("alice")
    assert response.status_code == 200
    assert response.get("Contact") == "<sip:ua@192.0.2.50:5060>;expires=600"
    assert response.get("Date").endswith("GMT")
    (binding,) = world.store.bindings.get(ALICE.id)
    assert binding.contact == "sip:ua@192.0.2.50:5060"
    assert (binding.received_from, binding.edge) == ("udp:192.0.2.50:5060", "edge1")


def test_the_challenge_is_one_digest_for_the_domains_first_name(phone):
    (challenge,) = phone.ask(message(phone, uri="sip:192.0.2.1", domain="192.0.2.1"))
    assert challenge.status_code == 401
    (header,) = challenge.get_all("WWW-Authenticate")
    assert 'realm="north.example"' in header
    assert "algorithm=MD5" in header


def test_a_phone_that_knows_only_the_servers_address(phone, world):
    (response,) = phone.ask_as("alice", message(phone, uri="sip:192.0.2.1", domain="192.0.2.1"))
    assert response.status_code == 200


def test_a_digest_user_with_its_domain(phone):
    (response,) = phone.ask_as("alice", message(phone), digest_user="alice@north.example")
    assert response.status_code == 200


@pytest.mark.parametrize("password", ["wrong", "", "correct horse "])
def test_a_wrong_password_is_challenged_again(world, phone, password):
    (response,) = phone.ask_as("alice", message(phone), password=password)
    assert response.status_code == 401
    assert world.store.bindings.get(ALICE.id) == ()


def test_nobody_learns_who_exists(phone):
    def shape(response):
        return response.status_code, response.reason, [name for name, _ in response.headers]

    known = phone.ask_as("alice", message(phone), password="wrong")
    unknown = phone.ask_as("zoe", message(phone, "zoe"), password="wrong")
    assert [shape(r) for r in known] == [shape(r) for r in unknown]
    assert [shape(r) for r in phone.ask(message(phone))] == [shape(r) for r in phone.ask(message(phone, "zoe"))]


def test_the_same_name_at_another_reseller_is_somebody_else(world, phone):
    assert phone.register("alice", domain="south.example").status_code == 200
    assert world.store.bindings.get(ALICE.id) == ()
    assert len(world.store.bindings.get(SOUTH_ALICE.id)) == 1


def test_nobody_registers_for_another(world, phone):
    (response,) = phone.ask_as("alice", message(phone, "bob"), digest_user="alice")
    assert response.status_code == 403
    assert world.store.bindings.get(BOB.id) == ()


def test_a_suspended_subscriber_is_told_when_the_password_is_right(world, phone):
    facts = world.store.subscribers.get((1, "alice"))
    world.store.subscribers.put((1, "alice"), replace(facts, is_active=False))
    assert phone.register("alice").status_code == 403
    (response,) = phone.ask_as("alice", message(phone), password="wrong")
    assert response.status_code == 401


@pytest.mark.parametrize("uri", ["sip:elsewhere.example", "sip:north.example:5999", "sip:192.0.2.99"])
def test_other_servers_domains_are_not_ours(phone, uri):
    (response,) = phone.ask(message(phone, uri=uri))
    assert response.status_code == 404


def test_to_must_be_an_address_of_the_domain(phone):
    (response,) = phone.ask(message(phone, domain="south.example"))
    assert response.status_code == 404


def test_a_retransmission_gets_the_same_answer_and_changes_nothing(world, phone):
    first = message(phone)
    (challenge,) = phone.ask(first)
    again = phone.authorised(challenge, first, "alice")
    (once,) = phone.ask(again)
    (twice,) = phone.ask(again)
    assert once == twice
    assert once.status_code == 200


def test_a_replay_is_stale_and_binds_nothing(world, phone):
    first = message(phone)
    (challenge,) = phone.ask(first)
    again = phone.authorised(challenge, first, "alice")
    phone.ask(again)
    world.store.bindings.put(ALICE.id)
    again.replace_first_value("Via", again.get("Via").replace("z9hG4bK", "z9hG4bKreplayed"))
    (response,) = world.phone("192.0.2.66").ask(again)
    assert response.status_code == 401
    assert "stale=true" in response.get("WWW-Authenticate")
    assert world.store.bindings.get(ALICE.id) == ()


def test_a_refresh_with_the_known_nonce_needs_no_second_challenge(phone):
    first = message(phone)
    (challenge,) = phone.ask(first)
    phone.ask(phone.authorised(challenge, first, "alice"))
    again = message(phone, cseq=5, call_id=first.call_id)
    (response,) = phone.ask(phone.authorised(challenge, again, "alice", nc=2))
    assert response.status_code == 200


def test_unregister(world, phone):
    phone.register("alice")
    assert phone.register("alice", expires=0).get("Contact") is None
    assert world.store.bindings.get(ALICE.id) == ()


def test_too_brief_is_423(phone):
    response = phone.register("alice", expires=5)
    assert response.status_code == 423
    assert response.get("Min-Expires") == "60"


def test_what_is_required_and_unknown_is_named(phone):
    (response,) = phone.ask(message(phone, headers=[("Require", "nonsense, path")]))
    assert response.status_code == 420
    assert response.get("Unsupported") == "nonsense"


@pytest.mark.parametrize(("transport", "unsupported"), [("udp", "gruu, outbound"), ("tcp", "gruu")])
def test_flows_may_be_required_on_streams_alone(world, transport, unsupported):
    phone = world.phone("192.0.2.50", transport=transport, connection=7)
    (response,) = phone.ask(message(phone, headers=[("Require", "path, gruu, outbound")]))
    assert response.get("Unsupported") == unsupported


def test_a_path_goes_into_the_binding_and_back_to_the_phone(world, phone):
    headers = [("Path", "<sip:proxy.example.org;lr>"), ("Supported", "path"), ("Require", "path")]
    response = phone.register("alice", headers=headers)
    assert (response.status_code, response.get("Path")) == (200, "<sip:proxy.example.org;lr>")
    assert world.store.bindings.get(ALICE.id)[0].path == "<sip:proxy.example.org;lr>"


def test_a_path_that_the_phone_knows_nothing_of(world, phone):
    response = phone.register("alice", headers=[("Path", "<sip:proxy.example.org;lr>")])
    assert (response.status_code, response.get("Unsupported")) == (420, "path")
    assert world.store.bindings.get(ALICE.id) == ()


@pytest.mark.parametrize(
    ("transport", "route"), [("udp", "<sip:192.0.2.1:5060;lr>"), ("tcp", "<sip:192.0.2.1:5060;lr;transport=tcp>")]
)
def test_the_phone_is_told_to_send_through_where_it_registered(world, transport, route):
    phone = world.phone("192.0.2.50", transport=transport, connection=7 if transport == "tcp" else 0)
    assert phone.register("alice").get("Service-Route") == route


def test_a_call_through_the_service_route_is_a_call(world, phone):
    other = world.phone("192.0.2.51")
    other.register("bob")
    route = phone.register("alice").get("Service-Route")
    invite = phone.request(
        "INVITE", "sip:bob@north.example", sender="sip:alice@north.example", headers=[("Route", route)]
    )
    assert phone.ask_as("alice", invite, status=407)[0].status_code == 100
    (arrived,) = other.received()
    assert (arrived.method, arrived.get("Route")) == ("INVITE", None)


def test_an_outbound_phone_is_told_that_its_flow_counts(world):
    phone = world.phone("192.0.2.50", 40000, "tcp", connection=7)
    contact = f'<{phone.uri}>;reg-id=1;+sip.instance="<urn:uuid:1>"'
    response = phone.register("alice", headers=[("Supported", "path, outbound")], contact=contact)
    assert (response.get("Require"), response.get("Flow-Timer")) == ("outbound", "120")
    assert response.get("Contact") == f'<{phone.uri}>;+sip.instance="<urn:uuid:1>";reg-id=1;expires=600'


def test_a_strict_domain_lets_two_phones_have_one_private_contact(world):
    world.store.domains.put(replace(NORTH, strict_call_id=True))
    for host in ("203.0.113.1", "203.0.113.2"):
        world.phone(host).register("alice", contact="<sip:alice@10.0.0.2>", call_id=host)
    assert [b.flow for b in world.store.bindings.get(ALICE.id)] == ["udp:203.0.113.1:5060", "udp:203.0.113.2:5060"]


def test_by_default_the_later_of_two_equal_contacts_counts(world):
    for host in ("203.0.113.1", "203.0.113.2"):
        world.phone(host).register("alice", contact="<sip:alice@10.0.0.2>", call_id=host)
    assert [b.flow for b in world.store.bindings.get(ALICE.id)] == ["udp:203.0.113.2:5060"]


def test_without_the_database_nobody_is_refused_or_let_in(cold_world):
    phone = cold_world.phone("192.0.2.50")
    cold_world.store.set_available(False)
    (response,) = phone.ask(message(phone))
    assert response.status_code == 503
    assert response.get("Retry-After")


def test_the_answer_waits_for_the_commit(cold_world):
    phone = cold_world.phone("192.0.2.50")
    phone.send(message(phone))
    cold_world.store.settle()
    (challenge,) = phone.received()
    again = phone.authorised(challenge, message(phone), "alice")
    assert phone.ask(again) == []  # the bindings are not in memory
    cold_world.store.settle()
    assert phone.ask(again) == []  # a retransmission meanwhile is absorbed; the commit is under way
    cold_world.store.settle()
    (response,) = phone.received()
    assert isinstance(response, Response)
    assert response.status_code == 200
    assert phone.ask(again) == [response]


def test_no_200_without_a_commit(cold_world):
    phone = cold_world.phone("192.0.2.50")
    phone.send(message(phone))
    cold_world.store.settle()
    (challenge,) = phone.received()
    phone.send(phone.authorised(challenge, message(phone), "alice"))
    cold_world.store.settle()
    cold_world.store.set_available(False)
    cold_world.store.settle()
    (response,) = phone.received()
    assert response.status_code == 503


def test_two_phones_at_once_take_turns(cold_world):
    phones = [cold_world.phone(f"192.0.2.{n}") for n in (50, 51, 52)]
    for phone in phones:
        phone.send(message(phone))
    cold_world.store.settle()
    for phone in phones:
        (challenge,) = phone.received()
        phone.send(phone.authorised(challenge, message(phone), "alice"))
    for _ in range(12):
        cold_world.store.settle()
    assert [phone.received()[0].status_code for phone in phones] == [200, 200, 200]
    assert len(cold_world.store.bindings.get(ALICE.id)) == 3


def test_what_another_edge_wrote_meanwhile_is_kept(cold_world):
    from tests.sipedge.routing.network import binding

    phone = cold_world.phone("192.0.2.50")
    phone.send(message(phone))
    cold_world.store.settle()
    (challenge,) = phone.received()
    phone.send(phone.authorised(challenge, message(phone), "alice"))
    cold_world.store.settle()
    mine = binding("sip:ua@192.0.2.50:5060", key="other-key")
    cold_world.store.bindings.put(ALICE.id, mine)
    for _ in range(6):
        cold_world.store.settle()
    (response,) = phone.received()
    assert response.status_code == 200


def test_a_sha256_domain_asks_for_sha256(world, phone):
    from dataclasses import replace

    world.store.domains.put(replace(NORTH, digest_algorithm="SHA-256"))
    (challenge,) = phone.ask(message(phone))
    assert "algorithm=SHA-256" in challenge.get("WWW-Authenticate")
    (again,) = phone.ask(phone.authorised(challenge, message(phone), "alice", password=PASSWORD))
    assert again.status_code == 401  # an MD5 answer is none


@pytest.mark.parametrize(
    "contact", ["<sip:alice@north.example>", "<sip:alice@192.0.2.1:5060>", "<sip:bob@south.example>"]
)
def test_a_contact_that_is_ourselves_is_refused(world, phone, contact):
    again = message(phone)
    again.set("Contact", contact)
    (response,) = phone.ask_as("alice", again)
    assert response.status_code == 403
    assert world.store.bindings.get(ALICE.id) == ()


def test_a_contact_that_is_another_address_of_ours_is_refused_too():
    world = World(listeners=(Listener("udp", "192.0.2.2", 5070, "sip.example.net", 5071),))
    phone = world.phone("192.0.2.50")
    for contact in ("<sip:alice@192.0.2.2:5070>", "<sip:alice@sip.example.net:5071>"):
        assert phone.register("alice", contact=contact).status_code == 403
    assert world.store.bindings.get(ALICE.id) == ()


def test_a_fetch_lists_what_stands_and_changes_nothing(world, phone):
    phone.register("alice", contact="<sip:alice@192.0.2.50>;q=0.5")
    message_ = message(phone)
    message_.remove("Contact")
    (response,) = phone.ask_as("alice", message_)
    assert response.get("Contact") == "<sip:alice@192.0.2.50>;q=0.5;expires=600"
    assert len(world.store.bindings.get(ALICE.id)) == 1


def test_all_contacts_of_a_request_or_none(world, phone):
    refused = phone.register("alice", contact="<sip:alice@192.0.2.50>, <sip:alice@127.0.0.1>")
    assert refused.status_code == 403
    assert world.store.bindings.get(ALICE.id) == ()


def test_several_phones_of_one_address_are_all_listed(world, phone):
    phone.register("alice")
    response = world.phone("192.0.2.51").register("alice")
    assert response.get_all("Contact") == [
        "<sip:ua@192.0.2.50:5060>;expires=600", "<sip:ua@192.0.2.51:5060>;expires=600",
    ]  # fmt: skip


def test_the_wildcard_removes_them_all(world, phone):
    phone.register("alice")
    world.phone("192.0.2.51").register("alice")
    assert phone.register("alice", contact="*", expires=0).get("Contact") is None
    assert world.store.bindings.get(ALICE.id) == ()


def test_an_eleventh_phone_is_refused(world):
    for number in range(10):
        assert world.phone(f"192.0.2.{100 + number}").register("alice").status_code == 200
    response = world.phone("192.0.2.120").register("alice")
    assert (response.status_code, response.reason) == (403, "Too Many Contacts")
    assert len(world.store.bindings.get(ALICE.id)) == 10


def test_a_request_that_comes_too_late_changes_nothing(world, phone):
    """The CSeq of an older request of the same Call-ID: it was overtaken on its way."""
    phone.register("alice", call_id="one", cseq=7)
    before = world.store.bindings.get(ALICE.id)
    assert phone.register("alice", call_id="one", cseq=3, expires=0).status_code == 500
    assert world.store.bindings.get(ALICE.id) == before
