"""Calls in the panel: a list that is read, a page that tells, nothing that can be changed."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories.calls import CallFactory, call_between
from tests.factories.two_resellers import TwoResellers
from tests.provider.panel.panel import admin_client, queries_of

LIST = "admin:calls_call_changelist"
NASTY = '"><script>alert(1)</script>'


@pytest.fixture
def client(two_resellers: TwoResellers) -> Client:
    return admin_client(two_resellers.admin)


def _page(client: Client, **parameters: str) -> str:
    return client.get(reverse(LIST), parameters).content.decode()


def test_a_call_is_found_by_whole_numbers_and_call_ids(client: Client) -> None:
    CallFactory(caller_number="+4311777", sip_call_id="a-call-id@192.0.2.1")
    CallFactory(caller_number="+4311888")
    for text in ("+4311777", " a-call-id@192.0.2.1 "):
        page = _page(client, q=text)
        assert "+4311777" in page
        assert "+4311888" not in page
    assert "Nothing fits" in _page(client, q="+4311")


def test_the_page_of_a_call_tells_its_story(client: Client, two_resellers: TwoResellers) -> None:
    begin = timezone.now()
    call = call_between(
        two_resellers.a.alice,
        two_resellers.b.bob,
        state="ended",
        status_code=486,
        reason="Busy Here",
        started_at=begin,
        ringing_at=begin + timedelta(seconds=2),
        ended_at=begin + timedelta(seconds=9),
    )
    page = client.get(reverse("admin:calls_call_change", args=[call.pk])).content.decode()
    for words in (
        "busy",
        "Busy Here",
        "between subscribers",
        "2.0 s (",
        "9.0 s (",
        "alice@a.example.org",
        "bob@b.example.org",
        call.sip_call_id,
    ):
        assert words in page
    assert 'name="_save"' not in page
    assert "Tone." not in page


def test_the_page_of_a_call_takes_a_fixed_number_of_queries(client: Client, two_resellers: TwoResellers) -> None:
    call = two_resellers.a.call
    assert queries_of(client, reverse("admin:calls_call_change", args=[call.pk])) <= 10


def test_a_call_whose_subscribers_are_gone_is_still_shown(client: Client, two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    side.alice_assignment.delete()
    side.alice.delete()
    assert client.get(reverse("admin:calls_call_change", args=[side.call.pk])).status_code == 200
    assert "alice@a.example.org" in _page(client)


def test_what_sip_messages_say_is_text(client: Client) -> None:
    call = CallFactory(caller=f"sip:{NASTY}@x", callee=NASTY, sip_call_id=NASTY, reason=NASTY, from_tag=NASTY)
    for page in (_page(client), client.get(reverse("admin:calls_call_change", args=[call.pk])).content.decode()):
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page


def test_calls_are_not_deleted(client: Client, two_resellers: TwoResellers) -> None:
    assert "delete_selected" not in _page(client)
    address = reverse("admin:calls_call_delete", args=[two_resellers.a.call.pk])
    assert client.post(address, {"post": "yes"}).status_code == 403
