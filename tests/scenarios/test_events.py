"""Events end to end: what phones do stands in the feed, answers who waits for it, and comes signed to a shop's server.

Everything runs: web, worker and edge, PostgreSQL and Valkey. Two resellers look on, each with a program of its own;
what is one's is never told to the other.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from tests.events.documented import follow_of_the_document
from tests.scenarios.running import Platform
from tests.scenarios.shops import SOON, Feed, Hook, Shop, hook_of, shop
from tests.scenarios.sip_calls import IncomingCall, OutgoingCall, connect
from tests.scenarios.sip_client import Endpoint
from tests.scenarios.sip_message import Account
from tests.scenarios.waiting import eventually

pytestmark = pytest.mark.xdist_group("platform")
STRANGER = "127.0.0.98"
MOST_GUESSES = 10  # of one source for one address of record (sipedge.guards.guard.GuardLimits.pair)
RETRY = 100.0  # seconds: the first retry comes after a minute, give or take a fifth, when the worker next looks


@dataclass
class World:
    """Two resellers, the provider, and a server that refuses the first thing that it is told."""

    one: Shop
    other: Shop
    refusing: Hook
    provider: Feed
    providers_hook: Hook


@pytest.fixture(scope="module")
def world(platform: Platform) -> Iterator[World]:
    """All of it is made by the API, and removed by it."""
    admin, mine = platform.admin_client(), platform.client()
    second = admin.get("users/", search="second")["results"][0]["id"]
    token = admin.post("tokens/", {"user": second, "name": "shop", "scopes": ["read", "write"]})["token"]
    with ExitStack() as stack:
        provider = Feed.from_now_on(admin)
        providers_hook = stack.enter_context(hook_of(admin, "security.*"))
        refusing = stack.enter_context(hook_of(mine, "customer.created", answers=(500,)))
        refusing.server.text = "out of order"
        one = stack.enter_context(shop(mine, admin, "events-one", "+4311771"))
        other = stack.enter_context(shop(platform.client(token), admin, "events-other", "+4312772"))
        yield World(one, other, refusing, provider, providers_hook)


@pytest.fixture
def phone(platform: Platform, world: World) -> Iterator[Endpoint]:
    """The phone of the first one; it stays registered nowhere."""
    with Endpoint(platform.edge) as endpoint:
        yield endpoint
        endpoint.unregister_all(world.one.account)


def _owners(event: dict[str, object]) -> tuple[object, ...]:
    return event["reseller"], event["customer"], event["subscriber"]


def _count(owner: Shop, kind: str) -> int:
    return len(owner.feed.all(type=kind))


def _log_of_refused(world: World) -> dict[str, object]:
    """What the log says of the delivery that was refused first; {} before it was tried."""
    return next((row for row in world.refusing.deliveries() if row["attempts"]), {})


def test_what_a_server_refuses_stands_in_the_log_and_waits(world: World) -> None:
    eventually(lambda: _log_of_refused(world), "the attempt is noted", SOON)
    row = _log_of_refused(world)
    assert (row["status"], row["attempts"], row["status_code"]) == ("waiting", 1, 500)
    assert (row["answer"], row["error"]) == ("out of order", "500 Internal Server Error")
    health = world.refusing.api.get(f"webhooks/{world.refusing.id}/")
    assert (health["is_active"], health["failures"]) == (True, 1)
    assert health["failing_since"]
    assert health["next_at"]
    assert row["next_at"]


def test_what_was_made_by_the_api_was_told_with_who_did_it(world: World) -> None:
    for owner in (world.one, world.other):
        user = owner.api.get("me/")["user"]["id"]
        owner.hook.brings(type="number.assigned")
        told = [event["type"] for event in owner.feed.all() if event["actor"] == user]
        assert told[0] == "webhook.created"
        assert told[-4:] == ["customer.created", "subscriber.created", "credential.added", "number.assigned"]
        (made,) = owner.feed.all(type="subscriber.created")
        assert _owners(made) == (owner.reseller, owner.customer, owner.subscriber)
        (added,) = owner.feed.all(type="number.added")
        assert added["object_name"] == owner.e164
        assert added["actor"] not in (None, user), "the provider did it"


def test_who_waits_is_told_when_a_phone_registers(world: World, phone: Endpoint) -> None:
    one = world.one
    before = _count(one, "registration.first")
    latest = one.api.get("events/", cursor="latest", type="registration.*")
    with one.api.begin("GET", latest["next"], wait=30) as waiting:
        assert not waiting.is_answered_within(1), "there was nothing to tell yet"
        assert phone.register(one.account).status == 200
        page, _ = waiting.answer()
    (told,) = page["results"]
    assert (told["type"], told["object_name"]) == ("registration.first", f"events-one@{one.account.domain}")
    assert _owners(told) == (one.reseller, one.customer, one.subscriber)
    assert (told["object_id"], told["actor"]) == (one.subscriber, None)
    assert told["data"]["transport"] == "udp"
    assert told["data"]["received_from"] == f"udp:{phone.sent_by}"
    assert one.feed.brings(id=told["id"]) == [told]
    assert one.hook.brings(id=told["id"]) == [told]
    assert phone.register(one.account).status == 200, "again: a renewal is not told"

    gone = _count(one, "registration.last")
    phone.unregister_all(one.account)
    last = one.feed.brings(gone + 1, type="registration.last")[-1]
    assert _owners(last) == (one.reseller, one.customer, one.subscriber)
    assert one.hook.brings(id=last["id"]) == [last]
    assert _count(one, "registration.first") == before + 1


def test_each_side_of_a_call_is_told_to_its_owner(world: World, phone: Endpoint, platform: Platform) -> None:
    one, other = world.one, world.other
    with Endpoint(platform.edge) as theirs:
        assert phone.register(one.account).status == 200
        assert theirs.register(other.account).status == 200
        caller = OutgoingCall.begin_signed(phone, f"sip:{other.e164}@{one.account.domain}", one.account)
        callee = IncomingCall.ringing(theirs)
        (started,) = one.feed.brings(type="call.started")
        assert one.feed.all(type="call.answered") == []
        connect(caller, callee)
        one.feed.brings(type="call.answered")
        assert callee.hang_up_heard_by(caller) == 200
        theirs.unregister_all(other.account)
    call = one.api.get(f"calls/{started['object_id']}/")
    for owner, role in ((one, "caller"), (other, "callee")):
        (ended,) = owner.hook.brings(type="call.ended")
        told = owner.feed.brings(3, type="call.*")
        assert [event["type"] for event in told] == ["call.started", "call.answered", "call.ended"]
        assert {_owners(event) for event in told} == {(owner.reseller, owner.customer, owner.subscriber)}
        assert {event["data"]["role"] for event in told} == {role}
        assert {event["object_id"] for event in told} == {call["id"]}
        assert told[-1] == ended
        assert (ended["data"]["caller_number"], ended["data"]["callee_number"]) == (one.e164, other.e164)
        assert (ended["data"]["ended_by"], ended["data"]["status_code"]) == ("callee", 200)
        assert ended["data"]["answered_at"] == told[1]["data"]["answered_at"]


def test_the_documents_program_follows_the_feed(world: World, platform: Platform) -> None:
    api = world.one.api
    latest = api.get("events/", cursor="latest", type="customer.*")["next"]
    pages = follow_of_the_document()(f"{latest}&wait=20", api.token)
    customer = api.post("customers/", {"name": "Somebody new"})["id"]
    events, following = next(pages)
    assert [(event["type"], event["object_id"]) for event in events] == [("customer.created", customer)]
    api.remove(f"customers/{customer}/")
    for goes_on in (pages, follow_of_the_document()(following, api.token)):  # the second was killed, and is back
        events, _ = next(goes_on)
        assert [(event["type"], event["object_id"]) for event in events] == [("customer.removed", customer)]


def test_guessed_passwords_are_told_to_the_provider_alone(world: World, platform: Platform) -> None:
    account = world.one.account
    wrong = Account(account.username, "a guess", account.domain)
    aor = f"{account.username}@{account.domain}"
    with Endpoint(platform.edge, STRANGER) as stranger:
        assert {stranger.register(wrong).status for _ in range(MOST_GUESSES + 1)} == {401}
    (blocked,) = world.provider.brings(type="security.login_blocked", object_name=STRANGER)
    failed = world.provider.all(type="security.login_failed", object_name=STRANGER)
    assert failed
    assert {event["data"]["aor"] for event in [*failed, blocked]} == {aor}
    assert {_owners(event) for event in [*failed, blocked]} == {(None, None, None)}
    assert world.providers_hook.brings(id=blocked["id"]) == [blocked]
    for owner in (world.one, world.other):
        assert owner.feed.all(type="security.*") == owner.hook.bodies(type="security.*") == []
    with Endpoint(platform.edge) as phone:
        assert phone.register(account).status == 200, "its owner is not locked out"
        phone.unregister_all(account)


def test_what_a_server_refused_comes_again_and_is_replayed(world: World) -> None:
    hook = world.refusing
    eventually(lambda: _log_of_refused(world).get("status") == "delivered", "it is tried again", RETRY)
    row = _log_of_refused(world)
    assert (row["attempts"], row["status_code"], row["error"], row["next_at"]) == (2, 200, "", None)
    assert [one.headers["Freiton-Attempt"] for one in hook.came_of(row["event"])] == ["1", "2"]
    hook.api.post(f"webhook-deliveries/{row['id']}/replay/")
    hook.brings(3, type="customer.created", object_id=world.one.customer)
    refused, taken, replayed = hook.came_of(row["event"])
    assert replayed.headers["Freiton-Attempt"] == "1"
    assert refused.body == taken.body == replayed.body
    assert {one.headers["Freiton-Webhook-Id"] for one in hook.came()} == {hook.id}
    eventually(lambda: _log_of_refused(world).get("attempts") == 1, "the replay stands in the log", SOON)
    health = hook.api.get(f"webhooks/{hook.id}/")
    assert (health["failures"], health["failing_since"], health["next_at"]) == (0, None, None)


def test_feed_and_webhook_tell_the_same_and_nothing_of_the_other(world: World) -> None:
    world.one.api.post("customers/?dry_run=1", {"name": "Never made"})
    for owner, stranger in ((world.one, world.other), (world.other, world.one)):
        told = owner.feed.all()
        eventually(lambda: len(owner.hook.came()) >= len(told), "all came", SOON)  # noqa: B023 - at once
        assert owner.hook.bodies() == told
        assert {event["reseller"] for event in told} == {owner.reseller}
        assert "Never made" not in json.dumps(told)
        assert not [uid for uid in stranger.ids() if uid in json.dumps(told)]
    assert world.other.api.get("webhooks/")["results"] == [world.other.api.get(f"webhooks/{world.other.hook.id}/")]
