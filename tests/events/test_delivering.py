"""Events reach real servers: signed, in order, by several threads, whatever one of the servers does."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone

from accounts.models import Reseller
from events import delivering, sending
from events.delivering import allowed_networks, body_of, deliver_all, send
from events.models import Delivery, Event, Webhook
from events.signing import sign
from tests.events.receiver import Receiver, receiver
from tests.factories.accounts import ResellerFactory
from tests.factories.events import DeliveryFactory, WebhookFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _to_loopback(settings: Any) -> None:
    settings.WEBHOOKS_TO_LOOPBACK = True


@pytest.fixture
def server() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


def _happen(reseller: Reseller, count: int) -> list[str]:
    made = [Event.objects.create(type="call.ended", reseller=reseller.uid, data={"n": n}) for n in range(count)]
    return [str(event.pk) for event in made]


def _webhook(reseller: Reseller, server: Receiver, path: str = "/hook") -> Webhook:
    return WebhookFactory(reseller=reseller, url=server.url(path), types=["call.*"])


def test_events_arrive_in_their_order_signed_and_once(server: Receiver) -> None:
    reseller, other = ResellerFactory(), ResellerFactory()
    webhook = _webhook(reseller, server)
    ids = _happen(reseller, 5)
    _happen(other, 2)
    assert deliver_all() == 5
    assert deliver_all() == 0
    assert [json.loads(one.body)["id"] for one in server.received] == ids
    first = server.received[0]
    assert {name: first.headers[name] for name in ("Freiton-Event-Id", "Freiton-Event-Type", "Freiton-Attempt")} == {
        "Freiton-Event-Id": ids[0],
        "Freiton-Event-Type": "call.ended",
        "Freiton-Attempt": "1",
    }
    at, signature = (part.partition("=")[2] for part in first.headers["Freiton-Signature"].split(","))
    assert signature == sign(webhook.secrets()[0], int(at), first.body)
    assert abs(time.time() - int(at)) < 60
    assert first.headers["Content-Type"] == "application/json"
    assert set(Delivery.objects.values_list("status", flat=True)) == {"delivered"}


def test_what_fails_comes_again_and_says_so(server: Receiver) -> None:
    reseller = ResellerFactory()
    _webhook(reseller, server)
    (event,) = _happen(reseller, 1)
    server.answers = [503]
    assert deliver_all() == 1
    assert deliver_all() == 0
    Webhook.objects.update(next_at=timezone.now())
    Delivery.objects.update(next_at=timezone.now())
    assert deliver_all() == 1
    assert [one.headers["Freiton-Attempt"] for one in server.received] == ["1", "2"]
    assert {one.headers["Freiton-Event-Id"] for one in server.received} == {event}


def test_a_slow_server_holds_up_nobody_else(server: Receiver) -> None:
    reseller = ResellerFactory()
    with receiver() as slow:
        slow.delay = 3.0
        _webhook(reseller, slow)
        _webhook(reseller, server)
        _happen(reseller, 3)
        begun = time.monotonic()
        assert deliver_all() >= 4
        assert time.monotonic() - begun < 30
        taken = Delivery.objects.filter(webhook__url=server.url()).values_list("tried_at", flat=True)
        slowly = Delivery.objects.filter(webhook__url=slow.url(), status="delivered").order_by("id").first()
    assert len(server.received) == 3
    assert slowly is not None
    assert slowly.tried_at is not None
    assert all(at is not None and at < slowly.tried_at for at in taken)


def test_one_run_at_a_time(server: Receiver) -> None:
    DeliveryFactory(webhook__url=server.url())
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [delivering._SENDERS])
        assert deliver_all() == 0
    finally:
        other.close()
    until = time.monotonic() + 10
    while not deliver_all():
        assert time.monotonic() < until
    assert len(server.received) == 1


def test_a_worker_that_died_between_sending_and_noting_sends_again_and_says_the_same_id(server: Receiver) -> None:
    reseller = ResellerFactory()
    webhook = _webhook(reseller, server)
    (event,) = _happen(reseller, 1)
    claimed = delivering.outbox.claim()
    assert claimed is not None
    delivery = delivering.outbox.next_due(claimed)
    assert delivery is not None
    assert send(claimed, delivery).is_delivered  # and now it is killed
    assert deliver_all() == 0
    Webhook.objects.filter(pk=webhook.pk).update(leased_until=timezone.now() - timedelta(seconds=1))
    assert deliver_all() == 1
    assert [one.headers["Freiton-Event-Id"] for one in server.received] == [event, event]


def test_nothing_is_sent_to_where_a_name_leads_inside(
    server: Receiver, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBHOOKS_TO_LOOPBACK = False
    monkeypatch.setattr(
        sending.post, "__kwdefaults__", sending.post.__kwdefaults__ | {"lookup": lambda _: ["127.0.0.1"]}
    )
    DeliveryFactory(webhook__url=f"https://hook.example.org:{server.port}/")
    assert deliver_all() == 1
    assert Delivery.objects.get().error == "the name leads to an address that is not of the public internet"
    assert server.received == []


def test_a_ping_and_an_event_that_is_gone(server: Receiver) -> None:
    webhook = WebhookFactory(url=server.url(), types=["call.*"])
    ping = DeliveryFactory(webhook=webhook)
    gone = DeliveryFactory(webhook=webhook, event="019ab1c2-8f1e-7c55-9d1c-0a4f6a1f8f10", type="call.ended")
    assert deliver_all() == 2
    (request,) = server.received
    assert json.loads(request.body)["type"] == "ping"
    assert request.headers["Freiton-Event-Id"] == str(ping.uid)
    gone.refresh_from_db()
    assert (gone.status, gone.error) == ("failed", "this event is kept no more")
    assert body_of(gone) is None


def test_which_networks_are_allowed(settings: Any) -> None:
    assert len(allowed_networks()) == 2
    settings.WEBHOOKS_TO_LOOPBACK = False
    assert allowed_networks() == ()


def test_a_secret_that_cannot_be_read_is_said(server: Receiver) -> None:
    delivery = DeliveryFactory(webhook__url=server.url(), webhook__secret="nonsense")
    assert deliver_all() == 1
    delivery.refresh_from_db()
    assert "cannot be read" in delivery.error
    assert server.received == []
    assert connection.is_usable()


def test_a_server_that_answers_what_cannot_be_stored_is_left_alone_as_others_that_fail() -> None:
    """PostgreSQL's texts have no NUL: such a reason phrase is no reason to ask the server again at once, for ever."""
    listening = socket.create_server(("127.0.0.1", 0))
    asked = []

    def answer() -> None:
        while True:
            try:
                sock, _ = listening.accept()
            except OSError:
                return
            with sock:
                asked.append(sock.recv(65_536))
                sock.sendall(b"HTTP/1.1 500 \0\r\n\r\n")

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    reseller = ResellerFactory()
    webhook = WebhookFactory(reseller=reseller, url=f"http://127.0.0.1:{listening.getsockname()[1]}/", types=["call.*"])
    _happen(reseller, 1)
    assert deliver_all() == 1
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join(5)
    webhook.refresh_from_db()
    assert (len(asked), webhook.failures) == (1, 1)
    assert webhook.next_at is not None
