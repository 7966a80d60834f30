"""Sending what the outbox holds: several webhooks at a time, so that a slow server holds up nobody else."""

from __future__ import annotations

import ipaddress
import json
import logging
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, Final

from django.conf import settings
from django.db import connection
from rest_framework.renderers import JSONRenderer

from accounts.sealing import SecretError
from events import outbox, signing
from events.addresses import Network
from events.api.serializers import EventSerializer
from events.models import Delivery, Event, Webhook
from events.sending import Sent, post

log = logging.getLogger(__name__)

THREADS: Final = 16
RUN_SECONDS: Final = 20.0
"""For how long one run looks for more; what goes on then ends within one attempt."""
TURN_SECONDS: Final = 5.0
"""For how long a webhook is served before others have their turn."""
PACE: Final = 0.25
LOOPBACK: Final = "127.0.0.0/8", "::1/128"
_SENDERS: Final = 0x57656273  # "Webs" in ASCII: one run at a time


def deliver_all() -> int:
    """Send what is due until nothing is, or RUN_SECONDS have passed; return how many attempts were made.

    Where another worker is at it, nothing: it will find what there is.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_SENDERS])
        if not cursor.fetchone()[0]:
            return 0
    try:
        return _run(time.monotonic() + RUN_SECONDS)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_SENDERS])


def _run(until: float) -> int:
    attempts = 0
    turns: set[Future[int]] = set()
    with ThreadPoolExecutor(THREADS, thread_name_prefix="webhook") as pool:
        while True:
            done = {turn for turn in turns if turn.done()}
            attempts += sum(turn.result() for turn in done)
            turns -= done
            is_late = time.monotonic() >= until
            webhook = None if is_late or len(turns) == THREADS else outbox.claim()
            if webhook is not None:
                turns.add(pool.submit(_turn, webhook))
            elif not turns:
                return attempts
            else:
                wait(turns, timeout=PACE)


def _turn(webhook: Webhook) -> int:
    """Serve a webhook for a while; return how many attempts were made."""
    attempts, until = 0, time.monotonic() + TURN_SECONDS
    try:
        while time.monotonic() < until:
            delivery = outbox.next_due(webhook)
            if delivery is None:
                break
            attempts += 1
            if not outbox.note(webhook, delivery, send(webhook, delivery)):
                break
    except Exception:
        log.exception("webhook %s", webhook.uid)
        outbox.put_off(webhook)
    finally:
        outbox.release(webhook)
        connection.close()
    return attempts


def send(webhook: Webhook, delivery: Delivery) -> Sent:
    """Make one attempt."""
    body = body_of(delivery)
    if body is None:
        return Sent(None, "this event is kept no more", is_hopeless=True)
    try:
        keys = webhook.secrets()
    except SecretError as error:
        return Sent(None, str(error))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Freiton-Webhooks/1",
        "Freiton-Webhook-Id": str(webhook.uid),
        "Freiton-Event-Id": str(delivery.event or delivery.uid),
        "Freiton-Event-Type": delivery.type,
        "Freiton-Attempt": str(delivery.attempts + 1),
        signing.HEADER: signing.header(keys, int(time.time()), body),
    }
    return post(webhook.url, body, headers, allowed=allowed_networks())


def body_of(delivery: Delivery) -> bytes | None:
    """What is sent: the event as the feed gives it. None where it is kept no more."""
    if delivery.event is None:
        at = delivery.created_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return json.dumps({"id": str(delivery.uid), "type": delivery.type, "at": at, "data": {}}).encode()
    event = Event.objects.filter(pk=delivery.event).first()
    if event is None:
        return None
    body: bytes = JSONRenderer().render(EventSerializer(event).data)
    return body


def allowed_networks() -> tuple[Network, ...]:
    """The internal networks that the operator allows; in a demonstration this machine itself."""
    here: tuple[Any, ...] = tuple(map(ipaddress.ip_network, LOOPBACK)) if settings.WEBHOOKS_TO_LOOPBACK else ()
    return (*settings.WEBHOOK_NETWORKS, *here)
