"""What is to be sent stands in the database: taken from the feed, leased by one, and tried again with patience."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from events import outbox
from events.choices import DeliveryStatus
from events.models import Delivery, Event, Webhook
from events.outbox import claim, delay, forget_old, next_due, note, release
from events.sending import Sent
from tests.events.reading import last
from tests.factories.accounts import CustomerFactory, ResellerFactory
from tests.factories.events import DeliveryFactory, WebhookFactory

transactional = pytest.mark.django_db(transaction=True)
WELL, REFUSED, AWAY = Sent(200, "", "well"), Sent(404, "404 Not Found"), Sent(None, "no connection within 5 seconds")


def _claimed() -> Webhook:
    webhook = claim()
    assert webhook is not None
    return webhook


def _due(webhook: Webhook) -> Delivery:
    delivery = next_due(webhook)
    assert delivery is not None
    return delivery


@transactional
def test_what_follows_in_the_feed_is_taken_in_its_order() -> None:
    customer = CustomerFactory()
    webhook = WebhookFactory(reseller=customer.reseller, customer=customer, types=["call.*"])
    for number, kind in enumerate(["call.started", "number.added", "call.ended"]):
        Event.objects.create(type=kind, customer=customer.uid, reseller=customer.reseller.uid, object_name=str(number))
    Event.objects.create(type="call.started", reseller=customer.reseller.uid)
    claimed = _claimed()
    sent = []
    while (delivery := next_due(claimed)) is not None:
        sent.append(delivery.type)
        assert note(claimed, delivery, WELL)
    assert sent == ["call.started", "call.ended"]
    release(claimed)
    assert claim() is None
    webhook.refresh_from_db()
    assert (webhook.failures, webhook.leased_until) == (0, None)
    assert set(Delivery.objects.values_list("status", "attempts", "status_code", "answer")) == {
        ("delivered", 1, 200, "well")
    }


@transactional
def test_one_resellers_slow_servers_do_not_keep_all_senders() -> None:
    many = ResellerFactory()
    slow = [DeliveryFactory(webhook__reseller=many).webhook for _ in range(outbox.MOST_OF_OWNER + 3)]
    for _ in range(outbox.MOST_OF_OWNER):
        assert _claimed() in slow
    other = DeliveryFactory(webhook__reseller=ResellerFactory()).webhook
    provider = DeliveryFactory(webhook__reseller=None).webhook
    assert {_claimed(), _claimed()} == {other, provider}
    assert claim() is None
    release(Webhook.objects.exclude(leased_until=None).filter(reseller=many)[0])
    assert _claimed() in slow


@transactional
def test_only_so_much_of_the_feed_is_taken_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "AHEAD", 3)
    WebhookFactory()
    Event.objects.bulk_create(Event(type="x") for _ in range(10))
    claimed = _claimed()
    sent = 0
    while (delivery := next_due(claimed)) is not None:
        assert Delivery.objects.filter(status="waiting").count() <= 6
        note(claimed, delivery, WELL)
        sent += 1
    assert sent >= 10


@transactional
def test_no_two_workers_serve_the_same() -> None:
    for _ in range(3):
        DeliveryFactory()
    found: list[int] = []

    def work() -> None:
        while (webhook := claim()) is not None:
            found.append(webhook.pk)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(found) == sorted(Webhook.objects.values_list("pk", flat=True))


@transactional
def test_a_killed_workers_webhook_is_served_by_others_when_its_lease_is_over() -> None:
    delivery = DeliveryFactory()
    killed = _claimed()
    assert claim() is None
    Webhook.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    other = _claimed()
    assert _due(other) == delivery
    # What the first one says now, should it live after all, is written down; but the webhook is not its own any more.
    assert not note(killed, _due(other), WELL)
    assert next_due(other) is None


@transactional
def test_what_a_server_refuses_is_tried_again_later_and_others_go_on() -> None:
    refused, other = DeliveryFactory(), None
    other = DeliveryFactory(webhook=refused.webhook)
    claimed = _claimed()
    assert note(claimed, _due(claimed), REFUSED)
    assert _due(claimed) == other
    refused.refresh_from_db()
    assert (refused.status, refused.attempts, refused.error) == ("waiting", 1, "404 Not Found")
    assert refused.next_at is not None
    assert timedelta(seconds=40) < refused.next_at - timezone.now() < timedelta(seconds=80)


@transactional
def test_a_server_that_fails_is_left_alone_for_a_while() -> None:
    delivery = DeliveryFactory()
    claimed = _claimed()
    assert not note(claimed, _due(claimed), AWAY)
    release(claimed)
    webhook = Webhook.objects.get()
    assert (webhook.failures, webhook.is_active) == (1, True)
    assert webhook.failing_since is not None
    Delivery.objects.update(next_at=timezone.now())
    assert claim() is None
    Webhook.objects.update(next_at=timezone.now())
    claimed = _claimed()
    assert note(claimed, _due(claimed), WELL)
    webhook.refresh_from_db()
    assert (webhook.failures, webhook.failing_since, webhook.next_at) == (0, None, None)
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts, delivery.error) == ("delivered", 2, "")


@transactional
def test_three_refusals_in_a_row_are_a_server_that_fails() -> None:
    webhook = WebhookFactory()
    for _ in range(3):
        DeliveryFactory(webhook=webhook)
    claimed = _claimed()
    assert [note(claimed, _due(claimed), REFUSED) for _ in range(3)] == [True, True, False]


@transactional
def test_after_some_three_days_a_delivery_is_given_up() -> None:
    DeliveryFactory(attempts=outbox.MOST_ATTEMPTS - 1)
    claimed = _claimed()
    note(claimed, _due(claimed), REFUSED)
    assert Delivery.objects.values_list("status", "next_at").get() == (DeliveryStatus.FAILED, None)
    waits = sum(min(outbox.LONGEST_DELAY, outbox.FIRST_DELAY * 2**n) for n in range(outbox.MOST_ATTEMPTS - 1))
    assert 2.5 * 86_400 < waits < 4 * 86_400


@transactional
def test_a_webhook_that_fails_for_days_is_switched_off_and_told_of() -> None:
    DeliveryFactory(webhook=WebhookFactory(failing_since=timezone.now() - timedelta(days=3, minutes=1), failures=40))
    claimed = _claimed()
    assert not note(claimed, _due(claimed), AWAY)
    webhook = Webhook.objects.get()
    assert not webhook.is_active
    assert webhook.disabled_reason == "It failed for 3 days: no connection within 5 seconds"
    assert last("webhook.disabled").data == {"reason": webhook.disabled_reason}
    release(claimed)
    assert claim() is None


@transactional
def test_what_cannot_be_sent_is_given_up_and_no_fault_of_the_server() -> None:
    DeliveryFactory()
    claimed = _claimed()
    assert note(claimed, _due(claimed), Sent(None, "kept no more", is_hopeless=True))
    assert Delivery.objects.get().status == DeliveryStatus.FAILED
    assert Webhook.objects.get().failures == 0


@transactional
def test_those_of_who_is_suspended_wait() -> None:
    customer = CustomerFactory()
    DeliveryFactory(webhook=WebhookFactory(reseller=customer.reseller, customer=customer))
    customer.is_active = False
    customer.save()
    assert claim() is None
    customer.is_active = True
    customer.save()
    assert claim() is not None


@transactional
def test_who_was_served_the_longest_ago_has_its_turn() -> None:
    lately = DeliveryFactory(webhook=WebhookFactory(served_at=timezone.now()))
    before = DeliveryFactory(webhook=WebhookFactory(served_at=timezone.now() - timedelta(hours=1)))
    assert [_claimed(), _claimed()] == [before.webhook, lately.webhook]


@transactional
def test_one_that_was_off_for_too_long_goes_on_with_what_is_kept() -> None:
    long_ago = timezone.now() - timedelta(days=400)
    WebhookFactory(xid=3, placed_at=long_ago)
    Event.objects.create(type="x")
    assert _due(_claimed()).type == "webhook.created" or Delivery.objects.filter(type="x").exists()


def test_delays_double_up_to_a_day() -> None:
    for attempts, seconds in ((1, 60), (2, 120), (5, 960), (12, 86_400), (500, 86_400)):
        assert 0.8 * seconds <= delay(attempts, outbox.LONGEST_DELAY).total_seconds() <= 1.2 * seconds
    assert len({delay(1, 100) for _ in range(5)}) > 1


@transactional
def test_old_ones_are_forgotten_unless_they_wait() -> None:
    now = timezone.now()
    waiting = DeliveryFactory(next_at=now + timedelta(hours=1))
    DeliveryFactory(status=DeliveryStatus.DELIVERED, next_at=None)
    new = DeliveryFactory(status=DeliveryStatus.DELIVERED, next_at=None)
    Delivery.objects.exclude(pk=new.pk).update(created_at=now - timedelta(days=31))
    assert forget_old(now, 30) == 1
    assert set(Delivery.objects.all()) == {waiting, new}
