"""The page with a subscriber's call settings."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from numbering.models import DialSettings
from subscribers.models import CallSettings, Forwarding, Subscriber
from subscribers.settings_actions import WantedForwarding, Wishes, change_wishes, wishes_of
from tests.factories.subscribers import (
    CallerRuleFactory,
    CallSettingsFactory,
    ForwardingFactory,
    ShownNumberFactory,
    SubscriberFactory,
)
from tests.factories.two_resellers import TwoResellers
from tests.provider.panel.panel import queries_of

NASTY = '"><script>alert(1)</script>'


def _numbers(area: str) -> str:
    return "\n".join(f"{area}{number}" for number in range(1000, 1101))


WRONG = [
    ({"always_on": "on"}, "always_to", "Write where the calls go"),
    ({"always_to": "nowhere at all"}, "always_to", "neither a phone number"),
    ({"busy_to": "+431\r\nalice@a.example.org"}, "busy_to", "this phone itself"),
    ({"busy_to": "01 1001"}, "busy_to", "this phone itself"),
    ({"busy_to": "x@elsewhere.example.com"}, "busy_to", "our own addresses"),
    ({"parallel_to": "\n".join(f"02{n}" for n in range(1000, 1011))}, "parallel_to", "At most 10 lines"),
    ({"no_answer_to": "01 1002", "no_answer_seconds": "3"}, "no_answer_seconds", "greater than or equal to 5"),
    ({"no_answer_to": "01 1002", "no_answer_seconds": "x"}, "no_answer_seconds", "whole number"),
    ({"always_on": "on", "always_to": "0049 30 12345678"}, "always_to", "is abroad"),
    ({"blocked": "*"}, "blocked", "no beginning of numbers"),
    ({"blocked": "01 1002", "allowed": "+43 1 1002"}, "allowed", "stands on both lists"),
    ({"blocked": "\n".join(f"01{n}" for n in range(1000, 1201))}, "blocked", "At most 200 lines"),
    ({"blocked": _numbers("02"), "allowed": _numbers("03")}, "blocked", "at most 200 entries"),
    ({"blocked": "\0"}, "blocked", "Null characters"),
]


@pytest.fixture
def client(two_resellers: TwoResellers) -> Client:
    browser = Client()
    browser.force_login(two_resellers.a.customer_user)
    return browser


def _page(subscriber: Subscriber) -> str:
    return reverse("portal-settings", args=[subscriber.uid])


def _saved(client: Client, subscriber: Subscriber, **form: Any) -> Wishes:
    response = client.post(_page(subscriber), form)
    assert response.status_code == 302, _errors(response)
    return wishes_of(subscriber)


def _errors(response: Any) -> dict[str, list[str]]:
    assert response.status_code == 200, "the form was accepted"
    return dict(response.context["form"].errors)


def test_the_page_says_what_holds_where_nothing_is_set(client: Client, two_resellers: TwoResellers) -> None:
    page = client.get(_page(two_resellers.a.alice)).content.decode()
    for words in ("Alice · alice@a.example.org", "All calls", "When nobody answers", "+43 …", "abroad: no"):
        assert words in page
    assert " checked" not in page
    assert not CallSettings.objects.exists()


def test_everything_is_set_at_once_as_people_write_it(client: Client, two_resellers: TwoResellers) -> None:
    alice = two_resellers.a.alice
    wishes = _saved(
        client,
        alice,
        do_not_disturb="on",
        hides_number="on",
        no_answer_on="on",
        no_answer_to="+43 1 1002 \r\n\r\nbob\r\nCarol@b.example.org\r\n004311002",
        no_answer_seconds="15",
        busy_to="01 55501",
        blocked="+43 900 *\r\nspam@example.com",
        allowed="+49 30 1",
    )
    assert wishes == Wishes(
        do_not_disturb=True,
        hides_number=True,
        blocked=("+43900*", "spam@example.com"),
        allowed=("+49301",),
        forwardings=(
            ("busy", WantedForwarding(("+43155501",), 20, is_active=False)),
            ("no_answer", WantedForwarding(("+4311002", "sip:bob@a.example.org", "sip:carol@b.example.org"), 15)),
        ),
    )
    page = client.get(_page(alice)).content.decode()
    assert "Saved. It holds from the next call on." in page
    assert "+4311002\nbob@a.example.org\ncarol@b.example.org</textarea>" in page
    assert page.count(" checked") == 3
    assert "Saved." not in client.get(_page(alice)).content.decode()


def test_what_the_page_shows_can_be_sent_back(client: Client, two_resellers: TwoResellers) -> None:
    alice = two_resellers.a.alice
    wishes = Wishes(
        rejects_anonymous=True,
        only_allowed_callers=True,
        blocked=("+43900*",),
        allowed=("+4311002", "anna@example.org"),
        forwardings=(
            ("always", WantedForwarding(("sip:bob@a.example.org", "+4311002"), 7)),
            ("parallel", WantedForwarding(("sips:carol@b.example.org",), 20, is_active=False)),
        ),
    )
    change_wishes(alice, wishes)
    form = client.get(_page(alice)).context["form"]
    sent = {name: form[name].value() for name in form.fields}
    assert _saved(client, alice, **{name: value for name, value in sent.items() if value}) == wishes


def test_an_empty_form_takes_everything_away(client: Client, two_resellers: TwoResellers) -> None:
    alice = two_resellers.a.alice
    ForwardingFactory(subscriber=alice)
    CallerRuleFactory(subscriber=alice)
    assert _saved(client, alice) == Wishes()
    assert not CallSettings.objects.exists()


@pytest.mark.parametrize(("form", "field", "words"), WRONG)
def test_what_is_wrong_is_said_beside_it_and_nothing_is_saved(
    client: Client, two_resellers: TwoResellers, form: dict[str, str], field: str, words: str
) -> None:
    alice = two_resellers.a.alice
    response = client.post(_page(alice), form | {"do_not_disturb": "on"})
    assert words in " ".join(_errors(response)[field])
    page = response.content.decode()
    assert "Nothing was saved yet" in page
    assert f'id="{field}_error"' in page
    assert f'aria-describedby="{field}_error"' in page
    assert not CallSettings.objects.exists()


def test_a_forwarding_abroad_is_possible_where_calls_abroad_are(client: Client, two_resellers: TwoResellers) -> None:
    alice = two_resellers.a.alice
    CallSettingsFactory(subscriber=alice, international=True)
    wishes = _saved(client, alice, always_on="on", always_to="0049 30 12345678")
    assert dict(wishes.forwardings)["always"].targets == ("+493012345678",)
    assert "abroad: yes" in client.get(_page(alice)).content.decode()


def test_a_forwarding_that_is_not_carried_out_any_more_is_named(client: Client, two_resellers: TwoResellers) -> None:
    alice = two_resellers.a.alice
    ForwardingFactory(subscriber=alice, targets=["+493012345678"])
    assert "+493012345678 is abroad" in client.get(_page(alice)).content.decode()
    Forwarding.objects.update(is_active=False)
    assert "is abroad" not in client.get(_page(alice)).content.decode()


def test_what_is_switched_off_may_lead_abroad(client: Client, two_resellers: TwoResellers) -> None:
    wishes = _saved(client, two_resellers.a.alice, always_to="0049 30 12345678")
    assert not dict(wishes.forwardings)["always"].is_active


def test_what_the_provider_decides_cannot_be_sent(client: Client, two_resellers: TwoResellers) -> None:
    alice = two_resellers.a.alice
    CallSettingsFactory(subscriber=alice, max_calls=2)
    ShownNumberFactory(subscriber=alice, e164="+49301")
    names = ("international", "premium", "satellite", "max_calls", "location", "called_number_in", "shown_numbers")
    _saved(client, alice, **dict.fromkeys(names, "1"), do_not_disturb="on")
    settings = CallSettings.objects.get()
    assert (settings.international, settings.premium, settings.satellite) == (False, False, False)
    assert (settings.max_calls, settings.location, settings.called_number_in) == (2, "", "contact")
    assert [number.e164 for number in alice.shown_numbers.all()] == ["+49301"]
    page = client.get(_page(alice)).content.decode()
    assert "2 calls at a time" in page
    assert "+49301" in page


def test_nobody_else_sees_or_changes_it(two_resellers: TwoResellers) -> None:
    alice = two_resellers.a.alice
    for user, status in (
        (two_resellers.b.customer_user, 404),
        (two_resellers.a.reseller_user, 403),
        (two_resellers.admin, 403),
    ):
        browser = Client()
        browser.force_login(user)
        for response in (browser.get(_page(alice)), browser.post(_page(alice), {"do_not_disturb": "on"})):
            assert response.status_code == status
    stranger = Client()
    assert stranger.post(_page(alice), {"do_not_disturb": "on"}).headers["Location"].startswith("/login/")
    assert not CallSettings.objects.exists()


def test_without_its_token_a_form_is_refused(two_resellers: TwoResellers) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(two_resellers.a.customer_user)
    assert browser.post(_page(two_resellers.a.alice), {"do_not_disturb": "on"}).status_code == 403
    assert not CallSettings.objects.exists()


def test_a_customers_second_account_has_settings_of_its_own(client: Client, two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    _saved(client, side.alice, do_not_disturb="on")
    assert wishes_of(side.bob) == Wishes()


def test_what_somebody_wrote_is_text(client: Client, two_resellers: TwoResellers) -> None:
    alice = two_resellers.a.alice
    Subscriber.objects.filter(pk=alice.pk).update(display_name=NASTY)
    page = client.post(_page(alice), {"always_to": NASTY, "blocked": NASTY}).content.decode()
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert(1)") >= 4


def test_without_a_number_format_the_page_asks_for_the_country_code(
    client: Client, two_resellers: TwoResellers
) -> None:
    DialSettings.objects.all().delete()
    alice = two_resellers.a.alice
    assert "with the country code" in client.get(_page(alice)).content.decode()
    assert "always_to" in _errors(client.post(_page(alice), {"always_to": "01 1002"}))
    assert _saved(client, alice, always_to="+43 1 1002").forwardings


def test_the_page_speaks_german(client: Client, two_resellers: TwoResellers) -> None:
    page = client.get(_page(two_resellers.a.alice), headers={"Accept-Language": "de"}).content.decode()
    words = re.sub(r"<[^>]+>", " ", page)
    for english in ("Forwarding", "Calls to me", "Blocked", "Save", "Seconds", "When", "abroad"):
        assert english not in words
    for german in ("Weiterleitung", "Speichern", "Nicht stören", "Wenn niemand abhebt"):
        assert german in words


def test_the_queries_do_not_grow(client: Client, two_resellers: TwoResellers) -> None:
    alice = two_resellers.a.alice
    CallerRuleFactory(subscriber=alice)
    ForwardingFactory(subscriber=alice)
    before = queries_of(client, _page(alice))
    for _ in range(10):
        CallerRuleFactory(subscriber=alice)
    Forwarding.objects.update(targets=[f"+431{n}" for n in range(1000, 1010)])
    assert queries_of(client, _page(alice)) == before


def test_accounts_stand_on_the_first_page_with_what_is_set(client: Client, two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    ForwardingFactory(subscriber=side.alice, targets=["sip:bob@a.example.org"])
    ForwardingFactory(subscriber=side.bob, condition="busy")
    CallSettings.objects.filter(subscriber=side.bob).update(do_not_disturb=True)
    page = client.get("/").content.decode()
    for words in (_page(side.alice), _page(side.bob), "All calls to bob@a.example.org", "Forwarded at times"):
        assert words in page
    assert page.count("Do not disturb") == 1
    Forwarding.objects.update(is_active=False)
    assert "All calls to" not in client.get("/").content.decode()
    before = queries_of(client, "/")
    for _ in range(5):
        ForwardingFactory(subscriber=SubscriberFactory(domain=side.domain, customer=side.customer))
    assert queries_of(client, "/") == before


def test_who_looks_at_what_holds_no_more_undoes_nothing(client: Client, two_resellers: TwoResellers) -> None:
    alice = two_resellers.a.alice
    seen = client.get(_page(alice)).context["form"]["seen"].value()
    assert _saved(client, alice, seen=seen, busy_on="on", busy_to="01 1002") == Wishes(
        forwardings=(("busy", WantedForwarding(("+4311002",))),)
    )
    assert _saved(client, alice, seen=seen, busy_on="on", busy_to="01 1002").forwardings  # clicked twice
    stale = client.post(_page(alice), {"seen": seen, "do_not_disturb": "on"})
    assert "Somebody else has changed these settings meanwhile" in stale.content.decode()
    assert wishes_of(alice).forwardings
    assert not wishes_of(alice).do_not_disturb
    again = client.get(_page(alice)).context["form"]["seen"].value()
    assert _saved(client, alice, seen=again, do_not_disturb="on") == Wishes(do_not_disturb=True)
