"""Routes and destination rules in the panel: lists that an operator with thousands of them can use."""

import re
from datetime import time
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories.accounts import CustomerFactory, ResellerFactory, UserFactory
from tests.factories.subscribers import DomainFactory
from tests.factories.trunking import DestinationRuleFactory, GatewayFactory, RouteFactory
from tests.provider.panel.panel import admin_client
from trunking.admin_routes import digits_of, open_when
from trunking.models import Route

ROUTES, RULES = ("admin:trunking_route_changelist", "admin:trunking_destinationrule_changelist")


@pytest.fixture
def client(db: None) -> Client:
    return admin_client(UserFactory(admin=True))


def _list(client: Client, name: str, **query: str) -> list[str]:
    """The prefixes that a list shows, in its order."""
    page = client.get(reverse(name), query).content.decode()
    return re.findall(r"field-prefix_text[^>]*>\s*<a[^>]*>([^<]*)</a>", page)


def _form(**changes: Any) -> dict[str, Any]:
    form: dict[str, Any] = {
        "kind": "number", "prefix": "43", "priority": "100", "weight": "100", "cost": "", "is_active": "on",
        "weekdays": ["1", "2"], "opens": "", "closes": "", "timezone": "Europe/Vienna",
    }  # fmt: skip
    return form | changes


def test_a_route_without_a_prefix_takes_all(client: Client) -> None:
    RouteFactory(prefix="")
    RouteFactory(prefix="4366")
    RouteFactory(prefix="112", kind="emergency")
    page = client.get(reverse(ROUTES)).content.decode()
    for words in ("all numbers", "+4366…", "112… (emergency number, as dialled)"):
        assert words in page


@pytest.mark.parametrize("name", [ROUTES, RULES])
def test_a_number_finds_what_fits_it_the_longest_first(client: Client, name: str) -> None:
    factory = RouteFactory if name == ROUTES else DestinationRuleFactory
    for prefix in ("", "43", "431", "44", "43123456"):
        factory(prefix=prefix)
    assert _list(client, name, q="+43 (1) 23-45") == ["+431…", "+43…", "all numbers"]
    assert _list(client, name, q="431") == ["+431…", "+43123456…"]
    assert _list(client, name, q="+") == ["all numbers"]
    assert _list(client, name) == ["all numbers", "+43…", "+431…", "+43123456…", "+44…"]


def test_routes_are_found_by_their_gateway_and_rules_by_their_reason(client: Client) -> None:
    RouteFactory(prefix="1", gateway__name="Vienna")
    RouteFactory(prefix="2", gateway__name="Graz")
    DestinationRuleFactory(prefix="870", reason="Satellite")
    DestinationRuleFactory(prefix="979", reason="Premium")
    assert _list(client, ROUTES, q="vie") == ["+1…"]
    assert _list(client, RULES, q="sat") == ["+870…"]


def test_lists_are_narrowed_by_whom_they_are_for(client: Client) -> None:
    customer = CustomerFactory(name="The customer")
    for name, factory in ((ROUTES, RouteFactory), (RULES, DestinationRuleFactory)):
        factory(prefix="1")
        factory(prefix="2", reseller=customer.reseller)
        factory(prefix="3", reseller=customer.reseller, customer=customer)
        assert _list(client, name, **{"for": "everybody"}) == ["+1…"]
        assert _list(client, name, **{"for": "reseller"}) == ["+2…"]
        assert _list(client, name, **{"for": "customer"}) == ["+3…"]
        assert _list(client, name, reseller__id__exact=str(customer.reseller_id)) == ["+2…", "+3…"]
        assert "The customer" in client.get(reverse(name)).content.decode()
    RouteFactory(prefix="4", kind="service")
    assert _list(client, ROUTES, kind__exact="service") == ["4… (service number, as dialled)"]


def test_a_route_with_everything_is_added(client: Client) -> None:
    domain, gateway = DomainFactory(), GatewayFactory()
    form = _form(
        gateway=gateway.pk, domain=domain.pk, cost="0.0125", weight="30", is_last="on", opens="22:00", closes="06:00"
    )
    assert client.post(reverse("admin:trunking_route_add"), form).status_code == 302
    route = Route.objects.get()
    assert (route.reseller_id, route.domain_id, route.customer_id) == (domain.reseller_id, domain.pk, None)
    assert (str(route.cost), route.weight, route.is_last, route.weekdays) == ("0.01250", 30, True, [1, 2])
    page = client.get(reverse(ROUTES)).content.decode()
    assert "Mon-Tue 22:00-06:00" in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"prefix": "+43"}, "without the plus"),
        ({"weight": "1001"}, "1000"),
        ({"cost": "-1"}, "greater than or equal to 0"),
        ({"weekdays": []}, "This field is required."),
        ({"opens": "08:00"}, "opening and a closing time"),
        ({"opens": "08:00", "closes": "08:00"}, "opening and a closing time"),
        ({"timezone": "Europe/Wien"}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_with_a_route_is_said(client: Client, changes: dict[str, Any], words: str) -> None:
    response = client.post(reverse("admin:trunking_route_add"), _form(gateway=GatewayFactory().pk, **changes))
    assert response.status_code == 200
    assert words in response.content.decode()
    assert not Route.objects.exists()


def test_what_belongs_to_another_reseller_or_is_there_already_is_refused(client: Client) -> None:
    gateway, customer = GatewayFactory(), CustomerFactory()
    address = reverse("admin:trunking_route_add")
    foreign = _form(gateway=gateway.pk, customer=customer.pk, reseller=ResellerFactory().pk)
    assert "another reseller" in client.post(address, foreign).content.decode()
    assert client.post(address, _form(gateway=gateway.pk)).status_code == 302
    assert "has this route already" in client.post(address, _form(gateway=gateway.pk)).content.decode()


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ([1, 2, 3, 4, 5, 6, 7], ""),
        ([1, 2, 3, 4, 5], "Mon-Fri"),
        ([1, 3, 4, 7], "Mon Wed-Thu Sun"),
        ([6], "Sat"),
    ],
)
def test_when_a_route_is_open(days: list[int], words: str) -> None:
    assert open_when(Route(weekdays=days)) == words
    assert open_when(Route(weekdays=days, opens=time(8, 5), closes=time(0))) == f"{words} 08:05-00:00".strip()


def test_digits_of_a_number_as_people_write_it() -> None:
    assert digits_of(" +43 (1) 23-45 x٣") == "4312345"
