"""The panel's page that ends a call."""

import time

import pytest
from django.test import Client
from django.urls import reverse

from calls import admin_hang_up
from calls.models import Call
from tests.factories.calls import CallFactory
from tests.factories.two_resellers import TwoResellers
from tests.provider.panel.panel import admin_client


@pytest.fixture
def client(two_resellers: TwoResellers) -> Client:
    return admin_client(two_resellers.admin)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Call]:
    """The calls that the edge was asked to end."""
    calls: list[Call] = []
    monkeypatch.setattr(admin_hang_up, "hang_up", lambda call, _by: calls.append(call))
    return calls


def _address(call: Call, query: str = "") -> str:
    return reverse("admin:calls_call_hang_up", args=[call.pk]) + query


def test_live_calls_can_be_ended_from_list_and_page(client: Client) -> None:
    live, over = CallFactory(), CallFactory(ended=True)
    link = _address(live)
    assert link in client.get(reverse("admin:calls_call_changelist"), {"live": "yes"}).content.decode()
    assert link not in client.get(reverse("admin:calls_call_changelist")).content.decode()
    assert link in client.get(reverse("admin:calls_call_change", args=[live.pk])).content.decode()
    assert "hang-up" not in client.get(reverse("admin:calls_call_change", args=[over.pk])).content.decode()


def test_the_live_list_refreshes_itself_and_the_other_does_not(client: Client) -> None:
    CallFactory()
    assert "js/live.js" in client.get(reverse("admin:calls_call_changelist"), {"live": "yes"}).content.decode()
    assert "js/live.js" not in client.get(reverse("admin:calls_call_changelist")).content.decode()


def test_when_it_was_asked_lies_never_ahead(client: Client, asked: list[Call], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calls.admin_hang_up.time.time", lambda: 1_800_000_000.9)
    answer = client.post(_address(CallFactory()))
    assert answer["Location"].endswith("?asked=1800000000")
    assert len(asked) == 1


def test_it_asks_first_and_then_waits(client: Client, asked: list[Call]) -> None:
    call = CallFactory()
    assert "End this call?" in client.get(_address(call)).content.decode()
    assert asked == []

    answer = client.post(_address(call))
    assert asked == [call]
    page = client.get(answer["Location"]).content.decode()
    assert 'http-equiv="refresh"' in page
    Call.objects.update(state="ended", ended_at="2026-11-23T12:00:00Z", ended_by="admin")
    assert client.get(answer["Location"])["Location"] == reverse("admin:calls_call_change", args=[call.pk])


def test_an_edge_that_does_not_answer_leaves_the_record_to_be_marked(client: Client, asked: list[Call]) -> None:
    call = CallFactory(edge="edge-7")
    late = f"?asked={time.time() - 6:.0f}"
    page = client.get(_address(call, late), follow=True)
    assert "The edge edge-7 did not say within 5 seconds" in page.content.decode()
    client.post(_address(call, f"{late}&mark=1"))
    call.refresh_from_db()
    assert (call.state, call.ended_by) == ("ended", "admin")
    assert asked == []


@pytest.mark.parametrize("query", ["?asked=", "?asked=x", "?asked=99999999999999", "?mark=1"])
def test_what_makes_no_sense_is_asked_anew(client: Client, asked: list[Call], query: str) -> None:
    assert "End this call?" in client.get(_address(CallFactory(), query)).content.decode()


def test_nobody_else_may(two_resellers: TwoResellers, asked: list[Call]) -> None:
    call = two_resellers.a.call
    for user in (two_resellers.a.reseller_user, two_resellers.a.customer_user):
        client = Client()
        client.force_login(user)
        assert client.post(_address(call)).status_code in (302, 403)
        assert client.post(_address(call, f"?asked={time.time() - 6:.0f}&mark=1")).status_code in (302, 403)
    call.refresh_from_db()
    assert asked == []
    assert call.ended_at is None or call.ended_by != "admin"
