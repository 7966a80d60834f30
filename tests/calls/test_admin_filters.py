"""The filters of the list of calls."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories.accounts import UserFactory
from tests.factories.calls import CallFactory
from tests.factories.trunking import GatewayFactory
from tests.provider.panel.panel import admin_client


@pytest.fixture
def client(db: None) -> Client:
    return admin_client(UserFactory(admin=True))


def _shown(client: Client, numbers: set[str], **parameters: object) -> set[str]:
    page = client.get(reverse("admin:calls_call_changelist"), parameters).content.decode()
    return {number for number in numbers if number in page}


@pytest.mark.parametrize(
    ("chosen", "shown"), [("yes", {"+43111"}), ("no", {"+43222"}), ("perhaps", {"+43111", "+43222"})]
)
def test_live_or_ended(client: Client, chosen: str, shown: set[str]) -> None:
    CallFactory(caller_number="+43111")
    CallFactory(caller_number="+43222", ended=True)
    assert _shown(client, {"+43111", "+43222"}, live=chosen) == shown


def test_by_gateway_either_way(client: Client) -> None:
    gateway = GatewayFactory()
    CallFactory(caller_number="+43111", gateway_in=gateway)
    CallFactory(caller_number="+43222", gateway_out=gateway)
    CallFactory(caller_number="+43333", gateway_in=GatewayFactory())
    numbers = {"+43111", "+43222", "+43333"}
    assert _shown(client, numbers, gateway=gateway.pk) == {"+43111", "+43222"}
    assert _shown(client, numbers, gateway="x") == numbers
    assert _shown(client, numbers, gateway="9" * 30) == set()


def test_by_direction_and_state(client: Client) -> None:
    CallFactory(caller_number="+43111", direction="inbound", state="ringing")
    CallFactory(caller_number="+43222", direction="outbound")
    numbers = {"+43111", "+43222"}
    assert _shown(client, numbers, direction__exact="inbound") == {"+43111"}
    assert _shown(client, numbers, state="trying") == {"+43222"}


def test_by_time(client: Client) -> None:
    now = timezone.now()
    CallFactory(caller_number="+43111", started_at=now - timedelta(days=10))
    CallFactory(caller_number="+43222", started_at=now)
    numbers, day = {"+43111", "+43222"}, (now - timedelta(days=5)).strftime("%Y-%m-%d")
    assert _shown(client, numbers, started_at_from_0=day, started_at_from_1="00:00:00") == {"+43222"}
    assert _shown(client, numbers, started_at_from_0=day) == {"+43222"}
    assert _shown(client, numbers, started_at_to_0=day) == {"+43111"}
    assert _shown(client, numbers, started_at_to_0="yesterday", started_at_from_1="10:00") == numbers
