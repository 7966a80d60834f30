"""What is done with webhooks."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.sealing import unseal
from events import actions
from events.actions import change_webhook, create_webhook, owned_by, ping, replay, replay_since, rotate_secret
from events.choices import DeliveryStatus
from events.models import Delivery, Event, Webhook
from tests.events.reading import last
from tests.factories.accounts import CustomerFactory, ResellerFactory
from tests.factories.events import DeliveryFactory, WebhookFactory

pytestmark = pytest.mark.django_db
URL = "https://hook.example.org/a?token=secret"


def test_one_is_made_with_a_secret_that_is_kept_sealed() -> None:
    reseller = ResellerFactory()
    webhook, secret = create_webhook(reseller, None, url=URL, types=["call.*"])
    webhook.refresh_from_db()
    assert secret not in webhook.secret
    assert webhook.secrets() == [secret]
    told = last("webhook.created")
    assert (told.reseller, told.object_name) == (reseller.uid, "https://hook.example.org/a")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "http://hook.example.org/"), ("url", "https://10.0.0.1/"), ("url", "https://u:p@x.example.org/"),
        ("types", ["call.begun"]), ("types", ["*"]), ("description", "x" * 201),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(field: str, value: object) -> None:
    with pytest.raises(ValidationError) as refused:
        create_webhook(None, None, **{"url": URL, field: value})
    assert set(refused.value.error_dict) == {field}


def test_there_are_not_more_than_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "MAX_WEBHOOKS", 2)
    customer = CustomerFactory()
    for _ in range(2):
        create_webhook(customer.reseller, None, url=URL)
    create_webhook(customer.reseller, customer, url=URL)
    with pytest.raises(ValidationError, match="2 webhooks already"):
        create_webhook(customer.reseller, None, url=URL)


def test_while_a_secret_is_replaced_both_are_good() -> None:
    webhook = WebhookFactory()
    (old,) = webhook.secrets()
    new = rotate_secret(webhook)
    webhook.refresh_from_db()
    assert webhook.secrets() == [new, old]
    assert unseal(webhook.previous_secret) == old
    Webhook.objects.update(previous_until=timezone.now() - timedelta(seconds=1))
    webhook.refresh_from_db()
    assert webhook.secrets() == [new]


def test_one_that_is_switched_on_again_forgets_how_it_failed() -> None:
    failed = {"failures": 9, "failing_since": timezone.now(), "next_at": timezone.now(), "disabled_reason": "x"}
    webhook = WebhookFactory(is_active=False, **failed)
    change_webhook(webhook, is_active=True)
    webhook.refresh_from_db()
    assert (webhook.failures, webhook.failing_since, webhook.next_at, webhook.disabled_reason) == (0, None, None, "")
    assert last("webhook.changed").data == {"changed": ["is_active"]}


def test_a_ping_waits_to_be_sent() -> None:
    delivery = ping(WebhookFactory(next_at=timezone.now() + timedelta(hours=1)))
    assert (delivery.type, delivery.event, delivery.status) == ("ping", None, DeliveryStatus.WAITING)
    assert Webhook.objects.get().next_at is None
    with pytest.raises(ValidationError, match="switched off"):
        ping(WebhookFactory(is_active=False))


def test_a_delivery_is_done_once_more() -> None:
    event = Event.objects.create(type="x")
    done = DeliveryFactory(event=event.pk, status=DeliveryStatus.FAILED, attempts=13, next_at=None)
    replay(done)
    done.refresh_from_db()
    assert (done.status, done.attempts) == (DeliveryStatus.WAITING, 0)
    event.delete()
    with pytest.raises(ValidationError, match="kept no more"):
        replay(done)


def test_since_an_event_that_got_its_id_a_millisecond_before_its_time() -> None:
    at = timezone.now().replace(microsecond=5_000)
    event = Event.objects.create(
        type="x", xid=3, at=at, id=UUID(int=(int(at.timestamp() * 1000) - 1 << 80) | (7 << 76))
    )
    webhook = WebhookFactory(xid=100)
    replay_since(webhook, at)
    webhook.refresh_from_db()
    assert event in Event.objects.after(webhook.xid, webhook.place)


def test_all_since_a_time_are_sent_again() -> None:
    reseller = ResellerFactory()
    events = [Event.objects.create(type="x", reseller=reseller.uid, xid=number + 3) for number in range(3)]
    webhook = WebhookFactory(reseller=reseller, xid=100)
    replay_since(webhook, events[1].at)
    webhook.refresh_from_db()
    behind = Event.objects.filter(reseller=reseller.uid, type="x").after(webhook.xid, webhook.place)
    assert list(behind.in_order()) == events[1:]
    replay_since(webhook, timezone.now())  # nothing has happened since: it goes on where it was
    assert Webhook.objects.get().place == webhook.place
    for wrong in (timezone.now() + timedelta(hours=1), timezone.now() - timedelta(days=400)):
        with pytest.raises(ValidationError) as refused:
            replay_since(webhook, wrong)
        assert set(refused.value.error_dict) == {"since"}


def test_whose_events_a_webhook_tells() -> None:
    customer = CustomerFactory()
    mine = WebhookFactory(reseller=customer.reseller, customer=customer)
    assert set(owned_by(mine, Event.objects.all()).values_list("customer", flat=True)) == {customer.uid}
    all_of_them = owned_by(WebhookFactory(), Event.objects.all())
    assert all_of_them.count() == Event.objects.count()
    assert Delivery.objects.count() == 0
