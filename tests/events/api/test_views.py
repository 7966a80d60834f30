"""The feed by the API: followed to the end and beyond, narrowed, waited for."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import ApiToken, Reseller, User
from events import feed
from events.api import views
from events.cursors import NIL, Place
from events.models import Event
from events.waiting import Places
from tests.events.reading import last
from tests.factories.subscribers import SubscriberFactory
from tests.factories.two_resellers import TwoResellers, make_two_resellers
from tests.provider.api.asking import ask, refused_fields, send

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> TwoResellers:
    return make_two_resellers()


def _cursor(page: Any) -> str:
    return parse_qs(urlsplit(page.json()["next"]).query)["cursor"][0]


def _types(page: Any) -> list[str]:
    assert page.status_code == 200, page.content
    return [event["type"] for event in page.json()["results"]]


def test_it_is_followed_to_the_end_and_beyond(world: TwoResellers) -> None:
    token = world.a.reseller_token_text
    found, cursor, pages = [], "", 0
    while True:
        page = ask(token, "events/", page_size=7, **({"cursor": cursor} if cursor else {}))
        found += page.json()["results"]
        cursor, pages = _cursor(page), pages + 1
        if page.json()["is_last"]:
            break
    assert pages == len(found) // 7 + 1
    assert [event["id"] for event in found] == [
        str(pk) for pk in Event.objects.visible_to(world.a.reseller_user).in_order().values_list("pk", flat=True)
    ]
    assert {event["reseller"] for event in found} == {str(world.a.reseller.uid)}

    assert _types(ask(token, "events/", cursor=cursor)) == []
    SubscriberFactory(domain=world.a.domain, customer=world.a.customer)
    SubscriberFactory(domain=world.b.domain, customer=world.b.customer)
    assert _types(ask(token, "events/", cursor=cursor)) == ["subscriber.created"]


def test_only_what_happens_from_now_on(world: TwoResellers) -> None:
    token = world.a.reseller_token_text
    page = ask(token, "events/", cursor="latest")
    assert (_types(page), page.json()["is_last"]) == ([], True)
    SubscriberFactory(domain=world.a.domain, customer=world.a.customer)
    assert _types(ask(token, "events/", cursor=_cursor(page))) == ["subscriber.created"]


def test_it_is_narrowed(world: TwoResellers) -> None:
    token, alice = world.a.reseller_token_text, world.a.alice
    assert set(_types(ask(token, "events/", type="credential.*,domain.created"))) == {
        "credential.added",
        "domain.created",
    }
    assert _types(ask(token, "events/", object=str(alice.uid), type="subscriber.created")) == ["subscriber.created"]
    of_alice = ask(token, "events/", subscriber=str(alice.uid)).json()["results"]
    assert {event["subscriber"] for event in of_alice} == {str(alice.uid)}
    assert _types(ask(token, "events/", customer=str(world.b.customer.uid))) == []
    assert _types(ask(token, "events/", subscriber=str(uuid4()))) == []


def test_a_filter_may_leave_a_page_empty_that_is_not_the_last(
    world: TwoResellers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "SCANNED", 5)
    page = ask(world.a.reseller_token_text, "events/", type="security.*")
    assert (_types(page), page.json()["is_last"]) == ([], False)


def test_what_is_asked_wrongly_is_refused(world: TwoResellers) -> None:
    token = world.a.reseller_token_text
    assert refused_fields(ask(token, "events/", cursor="nonsense")) == {"cursor": "invalid"}
    assert refused_fields(ask(token, "events/", type="call.begun")) == {"type": "unknown_type"}
    for wait in ("31", "-1", "x", "1.5"):
        assert refused_fields(ask(token, "events/", wait=wait)) == {"wait": "invalid"}
    assert refused_fields(ask(token, "events/", ordering="at")) == {"ordering": "unknown_parameter"}


def test_a_cursor_that_is_too_old_has_the_client_begin_anew(world: TwoResellers) -> None:
    old = Place(3, NIL, timezone.now() - timedelta(days=100)).as_cursor()
    answer = ask(world.a.reseller_token_text, "events/", cursor=old)
    assert (answer.status_code, answer.json()["type"]) == (410, "/api/problems/#gone")


def test_one_event_is_found_by_its_owner_alone(world: TwoResellers) -> None:
    address = f"events/{last('subscriber.created').pk}/"
    assert ask(world.b.reseller_token_text, address).json()["type"] == "subscriber.created"
    assert ask(world.a.reseller_token_text, address).status_code == 404


def test_it_says_who_did_it(world: TwoResellers) -> None:
    made = send("POST", world.a.reseller_token_text, "customers/", {"name": "Another"})
    assert made.status_code == 201, made.content
    assert last("customer.created").actor == world.a.reseller_user.uid


def test_a_page_costs_the_same_whatever_its_length(world: TwoResellers, django_assert_num_queries: Any) -> None:
    token = world.a.reseller_token_text
    ask(token, "events/")
    for size in (1, 30):
        with django_assert_num_queries(3):  # the token, the horizon, the events
            ask(token, "events/", page_size=size)


# --- waiting ------------------------------------------------------------------------------------------------


class Waiting(threading.Thread):
    """A client that waits."""

    def __init__(self, token: str, cursor: str, seconds: int) -> None:
        super().__init__()
        self.asked = {"cursor": cursor, "wait": seconds}
        self.token, self.answer, self.seconds = token, None, 0.0
        self.start()

    def run(self) -> None:
        begun = time.monotonic()
        self.answer: Any = ask(self.token, "events/", **self.asked)
        self.seconds = time.monotonic() - begun
        connection.close()


def _wait_until(is_so: Any) -> None:
    until = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.02)


def _waiting() -> int:
    return views.places._taken.total()


def test_an_answer_comes_as_soon_as_there_is_something(world: TwoResellers) -> None:
    token = world.a.reseller_token_text
    client = Waiting(token, _cursor(ask(token, "events/", cursor="latest")), 30)
    _wait_until(lambda: _waiting() == 1)
    SubscriberFactory(domain=world.b.domain, customer=world.b.customer)
    SubscriberFactory(domain=world.a.domain, customer=world.a.customer)
    client.join(20)
    assert _types(client.answer) == ["subscriber.created"]
    assert client.seconds < 15
    assert _waiting() == 0


@pytest.mark.parametrize("what", ["token", "user", "reseller", "role", "scopes", "networks"])
def test_a_token_that_ends_while_it_waits_learns_nothing_more(world: TwoResellers, what: str) -> None:
    side = world.a
    token = side.reseller_token_text
    client = Waiting(token, _cursor(ask(token, "events/", cursor="latest")), 30)
    _wait_until(lambda: _waiting() == 1)
    own = ApiToken.objects.filter(user=side.reseller_user)
    if what == "token":
        own.update(revoked_at=timezone.now())
    elif what == "user":
        User.objects.filter(pk=side.reseller_user.pk).update(is_active=False)
    elif what == "reseller":
        Reseller.objects.filter(pk=side.reseller.pk).update(is_active=False)
    elif what == "role":
        User.objects.filter(pk=side.reseller_user.pk).update(role="customer", reseller=None, customer=side.customer)
    elif what == "scopes":
        own.update(scopes=["calls:read"])
    else:
        own.update(networks=["192.0.2.0/24"])
    SubscriberFactory(domain=side.domain, customer=side.customer)
    client.join(20)
    assert client.answer.status_code == (403 if what == "scopes" else 401), client.answer.content


def test_at_the_end_of_the_wait_the_answer_is_empty_and_goes_on(world: TwoResellers) -> None:
    token = world.a.reseller_token_text
    page = ask(token, "events/", cursor="latest", wait=1)
    assert (_types(page), page.json()["is_last"]) == ([], True)
    SubscriberFactory(domain=world.a.domain, customer=world.a.customer)
    assert _types(ask(token, "events/", cursor=_cursor(page), wait=30)) == ["subscriber.created"]


def test_who_gets_no_place_is_answered_at_once_and_others_too(
    world: TwoResellers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "places", Places(most=2, most_of_token=1))
    tokens = [world.a.reseller_token_text, world.b.reseller_token_text]
    clients = [Waiting(token, "latest", 30) for token in tokens]
    _wait_until(lambda: _waiting() == 2)

    begun = time.monotonic()
    page = ask(world.admin_token_text, "events/", cursor="latest", wait=30)
    assert (_types(page), page.headers["Retry-After"]) == ([], "2")
    assert ask(world.a.reseller_token_text, "customers/").status_code == 200
    assert time.monotonic() - begun < 10

    for side in (world.a, world.b):
        SubscriberFactory(domain=side.domain, customer=side.customer)
    for client in clients:
        client.join(20)
        assert _types(client.answer) == ["subscriber.created"]


def test_while_waiting_no_connection_is_held(world: TwoResellers) -> None:
    token = world.a.reseller_token_text
    client = Waiting(token, "latest", 3)
    _wait_until(lambda: _waiting() == 1)

    def connections() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
            return int(cursor.fetchone()[0])

    _wait_until(lambda: connections() == 2)  # this one's, and the lookout's
    client.join(20)
    assert client.answer.status_code == 200
