"""The customer's page."""

import pytest
from django.test import Client

from portal import reads
from tests.factories.accounts import CustomerFactory, UserFactory
from tests.factories.calls import call_between
from tests.factories.subscribers import BindingFactory
from tests.factories.two_resellers import TwoResellers
from tests.provider.panel.panel import queries_of

NASTY = '"><script>alert(1)</script>'


@pytest.fixture
def client(two_resellers: TwoResellers) -> Client:
    browser = Client()
    browser.force_login(two_resellers.a.customer_user)
    return browser


def test_the_page_shows_what_is_mine(client: Client) -> None:
    page = client.get("/").content.decode()
    for words in ("+4311001", "+4311002", "alice@a.example.org", "Test phone 1.0", "My last calls", "being set up"):
        assert words in page
    assert "+4312" not in page
    assert "b.example.org" not in page


def test_a_new_customer_is_told_what_will_stand_there(db: None) -> None:
    browser = Client()
    browser.force_login(UserFactory(customer=CustomerFactory(name="Newcomer")))
    page = browser.get("/").content.decode()
    for words in ("Newcomer", "No number yet", "No phone is registered", "No calls yet"):
        assert words in page


def test_the_live_parts_are_the_same_as_in_the_page(client: Client) -> None:
    page = "".join(client.get("/").content.decode().split())
    for address in ("/live/phones/", "/live/calls/"):
        part = "".join(client.get(address).content.decode().split())
        assert "<html" not in part
        assert part[:200] in page


@pytest.mark.parametrize("address", ["/live/phones/", "/live/calls/"])
def test_a_live_part_sends_the_whole_page_to_the_login_when_the_session_has_ended(db: None, address: str) -> None:
    response = Client().get(address, headers={"HX-Request": "true"})
    assert (response.status_code, response.headers["HX-Redirect"]) == (200, "/login/?next=/")
    assert response.content == b""


def test_the_page_speaks_german(client: Client) -> None:
    page = client.get("/", headers={"Accept-Language": "de-AT,de;q=0.9"}).content.decode()
    assert "Meine Nummern" in page
    assert '<html lang="de">' in page


def test_the_language_can_be_chosen(client: Client) -> None:
    assert client.post("/language/", {"language": "de", "next": "/"}).headers["Location"] == "/"
    assert "Meine Nummern" in client.get("/", headers={"Accept-Language": "en"}).content.decode()


def test_what_phones_and_callers_say_is_text(client: Client, two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    BindingFactory(subscriber=side.alice, user_agent=NASTY, received_from=f"udp:{NASTY}:1")
    call = call_between(two_resellers.b.alice, side.alice)
    call.caller = f"sip:{NASTY}@x"
    call.save()
    page = client.get("/").content.decode()
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert(1)") >= 3


@pytest.mark.parametrize("before", ["", "x", "2026-01-01", "2026-13-45T00:00:00Z", "2000-01-01T00:00:00+00:00"])
def test_any_place_to_go_on_from_gives_a_page(client: Client, before: str) -> None:
    assert client.get("/", {"before": before}).status_code == 200


@pytest.mark.parametrize("page", ["", "0", "-1", "x", "²", "1" * 99, "999999"])
def test_any_page_of_a_list_is_a_page(client: Client, page: str) -> None:
    assert client.get("/", {"numbers": page, "phones": page}).status_code == 200
    assert client.get("/live/phones/", {"phones": page}).status_code == 200


def test_further_phones_are_a_link_away_and_stay_there(
    client: Client, two_resellers: TwoResellers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reads, "PHONES_SHOWN", 1)
    page = client.get("/", {"numbers": "1"}).content.decode()
    assert 'href="/?numbers=1&amp;phones=2#phones"' in page
    second = client.get("/", {"numbers": "1", "phones": "2"}).content.decode()
    assert 'href="/?numbers=1&amp;phones=1#phones"' in second
    assert 'hx-get="/live/phones/?numbers=1&amp;phones=2"' in second
    part = client.get("/live/phones/", {"numbers": "1", "phones": "2"}).content.decode()
    assert "bob@a.example.org" in part
    assert "alice@a.example.org" not in part


def test_the_queries_do_not_grow(client: Client, two_resellers: TwoResellers) -> None:
    before = queries_of(client, "/")
    for _ in range(10):
        BindingFactory(subscriber=two_resellers.a.alice)
        call_between(two_resellers.b.bob, two_resellers.a.alice)
    assert queries_of(client, "/") == before


def test_nothing_is_written_by_get_only_pages(client: Client) -> None:
    for address in ("/", "/live/phones/", "/live/calls/"):
        assert client.post(address).status_code == 405


def test_a_call_that_a_forwarding_sent_on_is_marked(client: Client, two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    assert ">forwarded<" not in client.get("/").content.decode()
    call_between(side.alice, two_resellers.b.bob, parent=side.call)
    assert ">forwarded<" in client.get("/").content.decode()
