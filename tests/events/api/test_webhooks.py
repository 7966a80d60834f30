"""Webhooks by the API: from making one to what was sent by it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from events.delivering import deliver_all
from events.models import Webhook
from events.signing import MARK
from tests.events.receiver import Receiver, receiver
from tests.factories.subscribers import SubscriberFactory
from tests.factories.two_resellers import TwoResellers, make_two_resellers
from tests.provider.api.asking import ask, refused_fields, rows, send


@pytest.fixture
def server(settings: Any) -> Iterator[Receiver]:
    settings.WEBHOOKS_TO_LOOPBACK = True
    with receiver() as running:
        yield running


@pytest.mark.django_db(transaction=True)
def test_from_making_one_to_replaying_what_it_sent(server: Receiver) -> None:
    world = make_two_resellers()
    side, token = world.a, world.a.reseller_token_text
    made = send("POST", token, "webhooks/", {"url": server.url(), "types": ["subscriber.*"]})
    assert made.status_code == 201, made.content
    assert made.json()["secret"].startswith(MARK)
    address = f"webhooks/{made.json()['id']}/"
    assert "secret" not in ask(token, address).json()

    SubscriberFactory(domain=side.domain, customer=side.customer, username="carol")
    SubscriberFactory(domain=world.b.domain, customer=world.b.customer)
    assert deliver_all() == 1
    (delivery,) = rows(token, "webhook-deliveries/", webhook=made.json()["id"])
    assert (delivery["type"], delivery["status"], delivery["status_code"], delivery["answer"]) == (
        "subscriber.created", "delivered", 200, "well",
    )  # fmt: skip
    assert ask(token, f"events/{delivery['event']}/").json()["object_name"] == "carol@a.example.org"

    assert send("POST", token, f"webhook-deliveries/{delivery['id']}/replay/").json()["status"] == "waiting"
    assert deliver_all() == 1
    assert send("POST", token, f"{address}ping/").json()["type"] == "ping"
    assert deliver_all() == 1
    since = ask(token, f"events/{delivery['event']}/").json()["at"]
    assert send("POST", token, f"{address}replay/", {"since": since}).status_code == 200
    assert deliver_all() == 1
    kinds = [request.headers["Freiton-Event-Type"] for request in server.received]
    assert kinds == ["subscriber.created", "subscriber.created", "ping", "subscriber.created"]
    assert len({request.headers["Freiton-Event-Id"] for request in server.received}) == 2
    assert ask(world.b.reseller_token_text, address).status_code == 404
    assert refused_fields(ask(token, "webhook-deliveries/")) == {"webhook": "required"}


@pytest.mark.django_db
def test_it_is_changed_rotated_and_removed(two_resellers: TwoResellers) -> None:
    token = two_resellers.a.reseller_token_text
    made = send("POST", token, "webhooks/", {"url": "https://shop.example.org/"})
    address = f"webhooks/{made.json()['id']}/"
    changed = send("PATCH", token, address, {"is_active": False, "types": ["call.*"]})
    assert (changed.json()["is_active"], changed.json()["types"]) == (False, ["call.*"])
    assert refused_fields(send("PATCH", token, address, {"url": "https://10.0.0.1/"})).keys() == {"url"}
    assert refused_fields(send("PATCH", token, address, {"types": ["nonsense"]})).keys() == {"types"}
    assert refused_fields(send("POST", token, f"{address}ping/")).keys() == {"is_active"}
    assert send("POST", token, f"{address}rotate/").status_code == 428
    rotated = send("POST", token, f"{address}rotate/", headers={"If-Match": "*"})
    assert rotated.json()["secret"] not in (made.json()["secret"], "")
    assert len(Webhook.objects.get().secrets()) == 2
    assert refused_fields(send("POST", token, f"{address}replay/", {"since": "2001-01-01T00:00:00Z"})).keys() == {
        "since"
    }
    assert send("DELETE", token, address, headers={"If-Match": "*"}).status_code == 204
    assert not Webhook.objects.exists()


@pytest.mark.django_db
def test_a_page_costs_the_same_whatever_its_length(two_resellers: TwoResellers, django_assert_num_queries: Any) -> None:
    token = two_resellers.a.reseller_token_text
    ask(token, "webhooks/")
    for _ in range(3):
        send("POST", token, "webhooks/", {"url": "https://shop.example.org/"})
        with django_assert_num_queries(2):
            ask(token, "webhooks/")
