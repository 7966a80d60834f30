"""A subscriber's call settings in the panel: tabs of its page."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from subscribers.models import CallerRule, CallSettings, Forwarding, ShownNumber, Subscriber
from tests.factories.subscribers import ForwardingFactory
from tests.factories.two_resellers import TwoResellers
from tests.provider.panel.panel import admin_client, no_rows


@pytest.fixture
def client(two_resellers: TwoResellers) -> Client:
    return admin_client(two_resellers.admin)


def _page(subscriber: Subscriber) -> str:
    return reverse("admin:subscribers_subscriber_change", args=[subscriber.pk])


def _form(subscriber: Subscriber, **parts: dict[str, Any]) -> dict[str, Any]:
    """The page's form with one new row in each of `parts`."""
    form: dict[str, Any] = {"username": subscriber.username, "customer": subscriber.customer_id, "is_active": "on"}
    form |= no_rows(Subscriber)
    for part, row in parts.items():
        form |= {f"{part}-TOTAL_FORMS": "1"} | {f"{part}-0-{name}": value for name, value in row.items()}
    return form


def _errors(response: Any) -> list[str]:
    assert response.status_code == 200, "the form was accepted"
    formsets = [each.formset for each in response.context["inline_admin_formsets"]]
    return [str(error) for formset in formsets for errors in formset.errors for error in errors.values()]


def test_the_page_says_what_is_off_until_it_is_enabled(client: Client, two_resellers: TwoResellers) -> None:
    page = client.get(_page(two_resellers.a.alice)).content.decode()
    for words in ("International calls", "Off until enabled here.", "Numbers of others that it may show", "Forwarding"):
        assert words in page


def test_everything_is_set_at_once_as_people_write_it(client: Client, two_resellers: TwoResellers) -> None:
    alice = two_resellers.a.alice
    form = _form(
        alice,
        call_settings={"international": "on", "max_calls": "2", "called_number_in": "request_uri"},
        forwardings={
            "condition": "no_answer", "targets": "+43 1 1002\r\n\r\nAnna@Example.org", "seconds": "15",
            "is_active": "on",
        },
        caller_rules={"action": "block", "pattern": "+43 900 *", "note": "Advertising"},
        shown_numbers={"e164": "+49 30 1", "note": "Shown us the bill"},
    )  # fmt: skip
    response = client.post(_page(alice), form)
    assert response.status_code == 302, _errors(response)
    settings = CallSettings.objects.get()
    assert (settings.subscriber_id, settings.international, settings.premium) == (alice.pk, True, False)
    assert (settings.max_calls, settings.called_number_in) == (2, "request_uri")
    forwarding = Forwarding.objects.get()
    assert (forwarding.targets, forwarding.seconds) == (["+4311002", "sip:anna@example.org"], 15)
    assert list(CallerRule.objects.values_list("pattern", "note")) == [("+43900*", "Advertising")]
    assert list(ShownNumber.objects.values_list("e164", "note")) == [("+49301", "Shown us the bill")]
    assert client.get(_page(alice)).status_code == 200


def test_who_changes_nothing_writes_no_settings(client: Client, two_resellers: TwoResellers) -> None:
    alice = two_resellers.a.alice
    form = _form(alice, call_settings={"called_number_in": "contact", "max_calls": "", "location": ""})
    assert client.post(_page(alice), form).status_code == 302
    assert not CallSettings.objects.exists()


def test_a_row_that_was_made_meanwhile_is_written_over(client: Client, two_resellers: TwoResellers) -> None:
    alice = two_resellers.a.alice
    CallSettings.objects.create(subscriber=alice, do_not_disturb=True)
    form = _form(alice, call_settings={"called_number_in": "contact", "premium": "on"})
    assert client.post(_page(alice), form).status_code == 302
    assert CallSettings.objects.get().premium


def test_targets_that_stand_are_shown_in_lines(client: Client, two_resellers: TwoResellers) -> None:
    ForwardingFactory(subscriber=two_resellers.a.alice, targets=["+4311002", "sip:anna@example.org"])
    assert "+4311002\nsip:anna@example.org</textarea>" in client.get(_page(two_resellers.a.alice)).content.decode()


@pytest.mark.parametrize(
    ("part", "row", "words"),
    [
        ("forwardings", {"condition": "busy", "targets": "01 1002", "seconds": "20"}, "Write a number as +4311001"),
        ("forwardings", {"condition": "busy", "targets": "\r\n", "seconds": "20"}, "required"),
        ("forwardings", {"condition": "busy", "targets": "+431", "seconds": "3"}, "greater than or equal to 5"),
        ("forwardings", {"condition": "busy", "targets": "alice@a.example.org", "seconds": "20"}, "in a circle"),
        ("forwardings", {"condition": "busy", "targets": "+431\n+43 1", "seconds": "20"}, "twice"),
        ("caller_rules", {"action": "block", "pattern": "*"}, "the beginning of numbers"),
        ("shown_numbers", {"e164": "0301"}, "with the plus"),
        ("call_settings", {"called_number_in": "contact", "max_calls": "0"}, "greater than or equal to 1"),
        ("call_settings", {"called_number_in": "contact", "location": "Main Street 1"}, "Write a URI"),
    ],
)
def test_what_is_wrong_is_said_beside_it(
    client: Client, two_resellers: TwoResellers, part: str, row: dict[str, Any], words: str
) -> None:
    alice = two_resellers.a.alice
    assert words in " ".join(_errors(client.post(_page(alice), _form(alice, **{part: row}))))
    assert not CallSettings.objects.exists()
