"""The page that explains a call."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from subscribers.models import CallSettings, Forwarding
from tests.factories.trunking import GatewayFactory, GatewayStateFactory, RouteFactory
from tests.factories.two_resellers import TwoResellers
from tests.provider.panel.panel import admin_client

PAGE = "/admin/explain/"


@pytest.fixture
def client(two_resellers: TwoResellers) -> Client:
    gateway = GatewayFactory(name="PSTN <1>", host="192.0.2.10")
    RouteFactory(gateway=gateway, weight=30)
    GatewayStateFactory(gateway=gateway, is_up=False, last_error="no answer")
    other = GatewayFactory(name="Other", host="192.0.2.11")
    RouteFactory(gateway=other, weight=70)
    CallSettings.objects.create(subscriber=two_resellers.a.bob)
    Forwarding.objects.create(subscriber=two_resellers.a.bob, condition="busy", targets=["+43720001"])
    return admin_client(two_resellers.admin)


def shown(client: Client, **asked: str) -> str:
    response = client.get(PAGE, asked)
    assert response.status_code == 200
    return response.content.decode()


def test_the_form_alone(client: Client) -> None:
    page = shown(client)
    assert "What is dialled" in page
    assert "PSTN &lt;1&gt;" in page
    assert "freiton-ladder" not in page
    assert f'href="{PAGE}"' in page  # in the navigation


@pytest.mark.parametrize("side", ["caller", "callee"])
def test_a_link_that_names_one_side_leaves_the_other_to_be_written(client: Client, side: str) -> None:
    page = shown(client, **{side: "alice@a.example.org"})
    assert 'value="alice@a.example.org"' in page
    assert "freiton-error" not in page
    assert "freiton-ladder" not in page


def test_a_ladder_of_decisions(client: Client) -> None:
    page = shown(client, caller="alice@a.example.org", callee="011002", is_anonymous="on")
    assert "alice@a.example.org (+4311001) → sip:011002@a.example.org (+4311002)" in page
    assert "bob has 1 registered phone(s)" in page
    assert "The phones of bob@a.example.org ring." in page
    assert "If that fails (busy):" in page
    assert "PSTN &lt;1&gt; does not answer and is left out" in page
    assert "Diversion: &lt;sip:+4311002@a.example.org&gt;;reason=user-busy;counter=1" in page
    assert "(above any other)" in page
    assert 'class="rung depth-1"' in page


def test_what_two_gateways_share_and_what_edges_say(client: Client, two_resellers: TwoResellers) -> None:
    page = shown(client, caller="bob@b.example.org", callee="0720555")
    assert "Other is the first for 70.0 % of the calls (weight 70)" in page
    assert "PSTN &lt;1&gt; is the first for 30.0 % of the calls (weight 30)" in page
    assert "not probed" in page


def test_german(client: Client) -> None:
    client.cookies["django_language"] = "de"
    page = shown(client, caller="alice@a.example.org", callee="011002")
    assert "011002 ist +4311002: national, nach der " in page
    assert "Die Telefone von bob@a.example.org läuten." in page
    assert "Wenn das scheitert (besetzt):" in page


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"caller": "nobody@a.example.org", "callee": "1"}, "There is no such subscriber"),
        ({"caller": "alice@a.example.org", "callee": ""}, "This field is required"),
        ({"callee": "1", "gateway": "Nothing"}, "Select a valid choice"),
        ({"callee": "1", "at": "soon"}, "Enter a valid date/time"),
        ({"caller": "<script>", "callee": "1"}, "Write a subscriber as user@domain"),
    ],
)
def test_mistakes_stand_beside_their_fields(client: Client, asked: dict[str, str], sentence: str) -> None:
    page = shown(client, **asked)
    assert sentence in page
    assert "<script>alert" not in page
    assert "freiton-ladder" not in page


def test_a_calls_page_leads_here(client: Client, two_resellers: TwoResellers) -> None:
    call: Any = two_resellers.b.call
    page = client.get(reverse("admin:calls_call_change", args=[call.pk])).content.decode()
    assert "Explain it again, with today" in page
    assert "/admin/explain/?caller=alice%40b.example.org" in page or "caller=alice%40b.example.org" in page
