"""Guessing at the whole edge in memory: what is checked, what is answered, who still gets in."""

import pytest

from sipedge.auth import digest
from sipedge.guards.bans import banned_by, lifted
from sipedge.guards.events import Kind
from sipedge.handlers.guarding import is_among
from sipedge.sip.flow import parse_flow
from tests.sipedge.handlers.world import GATEWAY, PASSWORD
from tests.sipedge.routing.network import binding


class Guesser:
    """One who sends REGISTER after REGISTER, with a challenge of his own each time."""

    def __init__(self, world, host="203.0.113.9", port=5099):
        self.phone = world.phone(host, port)

    def register(self, name):
        aor = f"sip:{name}@north.example"
        return self.phone.request("REGISTER", "sip:north.example", sender=aor, to=aor, headers=[("Expires", "60")])

    def guess(self, name, password, **kwargs):
        """The answers to credentials with this password."""
        message = self.register(name)
        (challenge,) = self.phone.ask(message)
        return self.phone.ask(self.phone.authorised(challenge, message, name, password=password, **kwargs))


def shape(response):
    """All of a response but what is random in it."""
    kept = [(name, value) for name, value in response.headers if name not in ("Via", "To", "Call-ID", "From")]
    nonce = response.get("WWW-Authenticate").split('nonce="')[1].split('"')[0]
    return response.status_code, response.reason, [(name, value.replace(nonce, "N")) for name, value in kept]


def events(world):
    return [event["kind"] for event in world.telemetry.security_log.take()]


def test_the_right_word_among_ten_thousand_is_not_found_and_its_owner_still_registers(world):
    guesser, owner = Guesser(world), world.phone("192.0.2.50")
    answers = []
    for number in range(10_000):
        word = PASSWORD if number % 100 == 50 else f"word{number}"
        world.now += 0.01
        world.wall += 0.01
        answers += guesser.guess("alice", word)
        if number % 1000 == 999:
            world.pass_time(0.1)
            assert owner.register("alice").status_code == 200
    assert {answer.status_code for answer in answers} == {401}
    assert world.store.bindings.get(1)[0].received_from == "udp:192.0.2.50:5060"
    assert world.telemetry.security_log.counts[Kind.LOGIN_FAILED] <= 10
    assert world.telemetry.exceptions == 0


def test_a_blocked_guesser_does_not_see_that_he_is(world):
    guesser = Guesser(world)
    shapes = [shape(*guesser.guess("alice", f"word{number}")) for number in range(15)]
    shapes += [shape(*guesser.guess("alice", PASSWORD))]
    shapes += [shape(*guesser.guess("nobody", f"word{number}")) for number in range(15)]
    numbers = [
        [("CSeq", "2 REGISTER") if name == "CSeq" else (name, value) for name, value in one[2]] for one in shapes
    ]
    assert all(one == numbers[0] for one in numbers)
    assert {one[:2] for one in shapes} == {(401, "Unauthorized")}


def test_blocked_credentials_cost_as_many_digests(world, monkeypatch):

    counted = []
    real = digest._DIGESTS["MD5"]
    monkeypatch.setitem(digest._DIGESTS, "MD5", lambda text: counted.append(1) or real(text))
    guesser = Guesser(world)
    costs = []
    for name in ("alice", "nobody"):
        for number in range(15):
            counted.clear()
            guesser.guess(name, f"word{number}")
            costs.append(len(counted))
    assert set(costs[1:]) == {1 + digest.MOST_TRIED}  # one on the fast path, the others on the general one


def test_the_budget_recovers(world):
    guesser = Guesser(world)
    for number in range(12):
        guesser.guess("alice", f"word{number}")
    assert [answer.status_code for answer in guesser.guess("alice", PASSWORD)] == [401]
    world.pass_time(301, step=1.0)
    assert [answer.status_code for answer in guesser.guess("alice", PASSWORD)] == [200]


def test_when_all_is_quiet_again_nobody_is_asked_about(world):
    Guesser(world).guess("alice", "wrong")
    assert world.engine.services.guard.is_wary
    world.pass_time(310, step=1.0)
    assert not world.engine.services.guard.is_wary


def test_a_retransmission_counts_once(world):
    guesser = Guesser(world)
    message = guesser.register("alice")
    (challenge,) = guesser.phone.ask(message)
    wrong = guesser.phone.authorised(challenge, message, "alice", password="wrong")
    first = guesser.phone.ask(wrong)
    for _ in range(20):
        assert guesser.phone.ask(wrong) == first
    assert world.telemetry.security_log.counts[Kind.LOGIN_FAILED] == 1
    assert [answer.status_code for answer in guesser.guess("alice", PASSWORD)] == [200]


def test_first_challenges_and_stale_nonces_are_no_failures(world):
    guesser = Guesser(world)
    for _ in range(50):
        guesser.phone.ask(guesser.register("alice"))
    message = guesser.register("alice")
    (challenge,) = guesser.phone.ask(message)
    world.pass_time(301, step=1.0)
    for number in range(50):
        (answer,) = guesser.phone.ask(
            guesser.phone.authorised(challenge, guesser.register("alice"), "alice", password=f"word{number}")
        )
        assert "stale=true" in answer.get("WWW-Authenticate")
    assert events(world) == []
    assert [answer.status_code for answer in guesser.guess("alice", PASSWORD)] == [200]


def test_made_up_nonces_tell_nothing_count_nothing_and_cost_no_memory(world):
    """Were the digest checked first, stale=true would say that the password was right."""
    guesser = Guesser(world)
    message = guesser.register("alice")
    (challenge,) = guesser.phone.ask(message)
    forged = challenge.copy()
    forged.set("WWW-Authenticate", 'Digest realm="north.example", nonce="made up"')
    shapes = [
        shape(*guesser.phone.ask(guesser.phone.authorised(forged, guesser.register("alice"), "alice", password=word)))
        for word in (PASSWORD, "wrong")
    ]
    assert shapes[0] == shapes[1]
    assert world.engine.counts()["transactions"] == 0
    assert events(world) == []


def test_a_nonce_of_somebody_elses_bans_nobody(world):
    """The stranger asks for challenges himself, and sends what he gets in the office's name."""
    stranger, office = Guesser(world), Guesser(world, "192.0.2.50")
    for number in range(300):
        message = stranger.register(f"name{number}")
        (challenge,) = stranger.phone.ask(message)
        (answer,) = office.phone.ask(office.phone.authorised(challenge, message, f"name{number}", password="wrong"))
        assert "stale=true" in answer.get("WWW-Authenticate")
    assert events(world) == []
    assert world.phone("192.0.2.50").register("alice").status_code == 200


def test_a_phone_that_changes_its_port_keeps_its_nonce_one_that_changes_its_address_is_asked_again(world):
    first = Guesser(world, "192.0.2.50")
    message = first.register("alice")
    (challenge,) = first.phone.ask(message)
    moved = world.phone("192.0.2.50", 40000)
    (answer,) = moved.ask(moved.authorised(challenge, message, "alice"))
    assert answer.status_code == 200
    mobile = Guesser(world, "198.51.100.7")
    message = mobile.register("alice")
    (answer,) = mobile.phone.ask(mobile.phone.authorised(challenge, message, "alice", nc=2))
    assert (answer.status_code, "stale=true" in answer.get("WWW-Authenticate")) == (401, True)
    (answer,) = mobile.phone.ask(mobile.phone.authorised(answer, message, "alice"))
    assert answer.status_code == 200


def test_a_banned_source_gets_silence_and_who_is_at_home_there_goes_on(world):
    office = world.phone("192.0.2.50")
    assert office.register("alice").status_code == 200
    scanner = Guesser(world, "192.0.2.50")
    for number in range(100):
        scanner.guess(f"name{number}", "guess")
    assert "banned" in events(world)
    world.pass_time(6)
    assert scanner.phone.ask(scanner.register("bob")) == []
    assert scanner.phone.ask(scanner.phone.request("OPTIONS", "sip:192.0.2.1", sender="sip:x@y")) == []
    assert scanner.phone.ask(scanner.phone.request("INVITE", "sip:alice@north.example", sender="sip:eve@x")) == []
    assert office.register("alice").status_code == 200
    message = scanner.register("alice")
    (challenge,) = scanner.phone.ask(message)
    (answer,) = scanner.phone.ask(scanner.phone.authorised(challenge, message, "bob"))
    assert answer.status_code == 401  # bob's right password: he is not at home there
    world.pass_time(600, step=1.0)
    assert world.phone("192.0.2.50", 5070).register("bob").status_code == 200


def test_a_call_that_stands_outlives_the_ban_of_its_phone(world):
    office, mobile = world.phone("192.0.2.50"), world.phone("192.0.2.60")
    office.register("alice")
    invite = mobile.request("INVITE", "sip:alice@north.example", sender="sip:bob@north.example")
    mobile.ask_as("bob", invite, status=407)
    (call,) = office.received()
    office.answer(call, 200)
    (answered,) = [one for one in mobile.received() if one.status_code == 200]
    ban = banned_by("admin", "192.0.2.60", "x", 3600, world.wall)
    world.engine.services.guard.adopt(ban, world.now, world.wall)
    mobile.send(mobile.in_dialog("BYE", answered, cseq=3))
    (bye,) = [one for one in office.received() if one.cseq.method == "BYE"]
    office.answer(bye, 200)
    assert [one.status_code for one in mobile.received()] == [200]
    forged = mobile.in_dialog("BYE", answered, cseq=4)
    forged.remove("Route")
    assert mobile.ask(forged) == []


def test_a_ban_is_lifted(world):
    stranger = Guesser(world)
    guard = world.engine.services.guard
    ban = banned_by("admin", "203.0.113.9", "x", 3600, world.wall)
    guard.adopt(ban, world.now, world.wall)
    assert stranger.phone.ask(stranger.register("alice")) == []
    guard.adopt(lifted(ban, "admin", world.wall + 1), world.now, world.wall)
    assert [answer.status_code for answer in stranger.guess("alice", PASSWORD)] == [200]


def test_a_ban_while_postgresql_is_away_stays_silent(world):
    world.phone("203.0.113.9").register("alice")
    ban = banned_by("admin", "203.0.113.9", "x", 3600, world.wall)
    world.engine.services.guard.adopt(ban, world.now, world.wall)
    world.store.set_available(False)
    stranger = Guesser(world)
    assert stranger.phone.ask(stranger.register("nobody")) == []
    assert world.telemetry.exceptions == 0


def test_under_attack_from_everywhere_the_owner_gets_in_at_the_first_try(world):
    for number in range(100):
        guesser = Guesser(world, f"203.0.113.{number}")
        for word in range(10):
            guesser.guess("alice", f"word{word}")
    assert world.phone("192.0.2.50").register("alice").status_code == 200
    late = Guesser(world, "198.51.100.77")
    for word in ("wrong", "wrong too"):
        late.guess("alice", word)
    assert [answer.status_code for answer in late.guess("alice", PASSWORD)] == [401]
    home = Guesser(world, "192.0.2.50")
    for word in ("wrong", "wrong too", "again"):
        home.guess("alice", word)
    assert [answer.status_code for answer in home.guess("alice", PASSWORD)] == [200]


def test_guessing_by_calls_counts_too(world):
    stranger = world.phone("203.0.113.9")
    for number in range(12):
        invite = stranger.request("INVITE", "sip:bob@north.example", sender="sip:alice@north.example", tag=f"f{number}")
        stranger.ask_as("alice", invite, password=f"word{number}", status=407)
    invite = stranger.request("INVITE", "sip:bob@north.example", sender="sip:alice@north.example", tag="g")
    assert [one.status_code for one in stranger.ask_as("alice", invite, status=407)] == [407]
    assert events(world).count("login_failed") == 10


def test_a_replay_is_told(world):
    guesser = Guesser(world)
    message = guesser.register("alice")
    (challenge,) = guesser.phone.ask(message)
    for _ in range(2):
        again = guesser.register("alice")
        guesser.phone.ask(guesser.phone.authorised(challenge, again, "alice"))
    assert events(world) == ["replay"]


@pytest.mark.parametrize("received_from", ["udp:192.0.2.50:40000", "ws:192.0.2.50:40000"])
def test_at_home_is_where_a_binding_was_made(received_from):

    known = binding("sip:a@10.0.0.1", flow=received_from)
    assert parse_flow(received_from).host == "192.0.2.50"
    assert is_among((known,), "192.0.2.50", known.expires_at - 1)
    assert not is_among((known,), "192.0.2.50", known.expires_at)
    assert not is_among((known,), "192.0.2.51", known.expires_at - 1)
    assert not is_among((), "192.0.2.50", 0.0)


def test_a_gateway_with_wrong_credentials_is_not_banned(world):
    guesser = Guesser(world, GATEWAY)
    for number in range(150):
        guesser.guess(f"name{number}", "wrong")
    assert "banned" not in events(world)
    assert guesser.phone.ask(guesser.register("x")) != []
