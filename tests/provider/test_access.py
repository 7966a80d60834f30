"""Who may call what: every address of the URL configuration, for everybody there is.

An address that stands in no class below fails the first test, so a new view has to say whose it is. Across resellers
the answer is 404; that nothing is changed by those who may not is checked too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import UserAgentBan
from events.models import Event
from imports.models import ImportJob
from subscribers.models import Binding
from tests.factories.accounts import UserFactory
from tests.factories.events import DeliveryFactory, WebhookFactory
from tests.factories.numbering import DialSettingsFactory, NumberBlockFactory
from tests.factories.subscribers import DomainNameFactory
from tests.factories.trunking import DestinationRuleFactory, GatewaySourceFactory, RouteFactory
from tests.factories.two_resellers import TwoResellers

PUBLIC = {
    "healthz": 200,
    "api/schema/": 200,
    "api/docs/": 200,
    "api/redoc/": 200,
    "api/problems/": 200,
    "api/quickstart/": 200,
    "api/changelog/": 200,
    "api/": 404,  # whatever else stands below /api/
    "language/": 302,  # changes nothing unless posted
    "metrics": 200,  # the test's client comes from loopback; for others see its own tests
}
ELSEWHERE = {"login/", "logout/"}  # tests/accounts/test_views.py
CUSTOMERS = {"live/phones/", "live/calls/"}
CUSTOMERS_OWN = {"settings/<uuid:uid>/": "subscriber"}  # of an object: what it is
HOME = ""
RESELLERS = {"reseller/"}
EVERYBODYS_OWN = {"tokens/", "tokens/<uuid:uid>/revoke/"}
"""Of resellers' and customers' people, about their own tokens."""
API = "api/v1/"
PANEL = "admin/"
WHO = ("admin", "reseller_a", "reseller_b", "customer_a", "customer_b", "anonymous")
NOBODY = {  # what the edge writes is neither added nor deleted by people; autocomplete wants parameters
    f"admin/{model}/{page}"
    for model in (
        "calls/call",
        "events/delivery",
        "events/event",
        "events/webhook",
        "imports/importjob",
        "subscribers/binding",
    )
    for page in ("add/", "<path:object_id>/delete/")
} | {
    "admin/autocomplete/",
    # An action takes these out of the inventory, after a look at what they are.
    "admin/numbering/phonenumber/<path:object_id>/delete/",
    "admin/numbering/numberblock/<path:object_id>/delete/",
}
ELSE = {
    "admin/calls/call/<path:object_id>/hang-up/": 302,  # the call has ended: to its page
    "admin/security/lift/": 404,
    "admin/login/": 302,
    "admin/(?P<url>.*)$": 404,
    "admin/r/<path:content_type_id>/<path:object_id>/": 404,
}
QUESTIONS = {
    "api/v1/explain/": {"caller": "alice@a.example.org", "callee": "bob"},
    "api/v1/state/": {"reseller": "Reseller a"},
}
"""Operations that have to be asked something; here about A's subscriber, whom B cannot tell from nobody."""
OF_THE_PROVIDER = tuple(
    f"api/v1/{name}/" for name in ("carriers", "gateways", "routes", "destination-rules", "block-purchases")
)
"""Collections of which nothing is a reseller's: tests/provider/api/test_operations.py knows who sees what of them."""
RESELLERS_ALONE = ("api/v1/number-blocks/", "api/v1/resellers/", "api/v1/imports/")
"""Of whose rows customers see none."""
WRITES = ("/bulk/", "/rotate/", "/ping/", "/replay/", "/cancel/", "/plan/", "/apply/", "/passwords/", "/set-password/")
WRITES += ("/allocate/", "/release/", "/end-quarantine/", "/port-out/", "/port-back/", "/port-in/", "/give/")
WRITES += ("/take-back/", "/split/", "/try/", "/ready-made/", "/hang-up/")
"""Operations that cannot be read."""
OBJECT = ("<path:object_id>", "<id>", "<uuid:id>")


@dataclass(frozen=True, slots=True)
class World:
    """Clients logged in as everybody, headers with everybody's token, and an object of A for each model."""

    clients: dict[str, Client]
    tokens: dict[str, str]
    objects: dict[str, Any]


def _routes(patterns: list[Any], prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route


ROUTES = sorted(set(_routes(get_resolver().url_patterns)))
PANEL_LOGOUT = "admin/logout/"  # for everybody a way to a login page
PANEL_ROUTES = [route for route in ROUTES if route.startswith(PANEL) and route != PANEL_LOGOUT]
API_ROUTES = [route for route in ROUTES if route.startswith(API)]
PAGES = {*PUBLIC, *ELSEWHERE, *CUSTOMERS, *CUSTOMERS_OWN, *RESELLERS, *EVERYBODYS_OWN, HOME}
KNOWN = {PANEL_LOGOUT, *PAGES, *PANEL_ROUTES, *API_ROUTES}


def test_every_address_is_classified() -> None:
    assert set(ROUTES) - KNOWN == set()
    assert KNOWN - set(ROUTES) == set()
    assert len(PANEL_ROUTES) > 80
    assert len(API_ROUTES) >= 30


@pytest.fixture
def world(two_resellers: TwoResellers) -> World:
    people = {
        "admin": (two_resellers.admin, two_resellers.admin_token_text),
        "reseller_a": (two_resellers.a.reseller_user, two_resellers.a.reseller_token_text),
        "reseller_b": (two_resellers.b.reseller_user, two_resellers.b.reseller_token_text),
        "customer_a": (two_resellers.a.customer_user, two_resellers.a.customer_token_text),
        "customer_b": (two_resellers.b.customer_user, two_resellers.b.customer_token_text),
    }
    clients = {"anonymous": Client(raise_request_exception=False)}
    for name, (user, _token) in people.items():
        clients[name] = Client(raise_request_exception=False)
        clients[name].force_login(user)
    tokens = {name: token for name, (_user, token) in people.items()} | {"anonymous": ""}
    return World(clients, tokens, _objects(two_resellers))


def _objects(two_resellers: TwoResellers) -> dict[str, Any]:
    side, route = two_resellers.a, RouteFactory()
    GatewaySourceFactory(gateway=route.gateway)
    dials = DialSettingsFactory(domain=None, subscriber=side.bob, number_format__name="Bob")
    webhook = WebhookFactory(reseller=side.reseller, customer=side.customer)
    own = {
        "reseller": side.reseller, "customer": side.customer, "user": UserFactory(customer=side.customer),
        "apitoken": side.reseller_token, "domain": side.domain,
        "domainname": DomainNameFactory(domain=side.domain), "subscriber": side.alice,
        "binding": side.alice_binding,
        "sipcredential": side.alice_credential, "phonenumber": side.alice_number, "call": side.ended_call,
        "webhook": webhook, "delivery": DeliveryFactory(webhook=webhook),
        "event": Event.objects.get(type="customer.created", customer=side.customer.uid),
        "numberblock": NumberBlockFactory(first="+4311000", last="+4311099", reseller=side.reseller),
        "numberassignment": side.alice_assignment, "dialsettings": dials, "ownformat": dials.number_format,
        "importjob": ImportJob.objects.create(kind="subscribers", reseller=side.reseller, columns=[]),
        "useragentban": UserAgentBan.objects.create(pattern="evil*"),
        "carrier": route.gateway.carrier, "gateway": route.gateway, "route": route,
        "destinationrule": DestinationRuleFactory(),
        "numberformat": route.gateway.number_format,
    }  # fmt: skip
    collections = {"customers": "customer", "domains": "domain", "subscribers": "subscriber", "calls": "call"}
    collections |= {"call-settings": "subscriber", "domain-aliases": "domainname"}
    collections |= {
        "imports": "importjob",
        "credentials": "sipcredential",
        "events": "event",
        "webhooks": "webhook",
        "webhook-deliveries": "delivery",
        "numbers": "phonenumber",
        "registrations": "binding",
        "number-blocks": "numberblock",
        "number-assignments": "numberassignment",
        "number-formats": "ownformat",
        "dial-settings": "dialsettings",
    }
    people = {"resellers": side.reseller, "users": side.customer_user, "tokens": side.customer_token}
    return own | {name: own[model] for name, model in collections.items()} | people


def _address(route: str, world: World) -> str:
    """The address of a route for objects of reseller A."""
    for mark in OBJECT:
        if mark in route:
            parts = route.split("/")
            if route.startswith(API):
                thing = world.objects[parts[2]]
                return "/" + route.replace(mark, str(getattr(thing, "uid", thing.pk)))
            return "/" + route.replace(mark, str(world.objects[parts[2]].pk))
    filled = route.replace("<int:content_type_id>/<path:object_id>", "1/1").replace("<id>", "1")
    return "/" + filled


def _panel_address(route: str, world: World) -> str:
    if "^(?P<app_label>" in route:
        return "/admin/subscribers/"
    if "r/<path:content_type_id>" in route or "r/<int:content_type_id>" in route:
        return "/admin/r/1/1/"
    if "(?P<url>" in route:
        return "/admin/nothing-here/"
    return _address(route, world)


@pytest.mark.parametrize("route", sorted(PUBLIC))
def test_public_addresses(world: World, route: str, redis_url: str) -> None:
    for who in WHO:
        assert world.clients[who].get("/" + route).status_code == PUBLIC[route], who


def test_home_sends_everybody_to_where_they_begin(world: World) -> None:
    expected = {"admin": "/admin/", "reseller_a": "/reseller/", "anonymous": "/login/?next=/"}
    for who, target in expected.items():
        assert world.clients[who].get("/").headers["Location"] == target
    assert world.clients["customer_a"].get("/").status_code == 200


@pytest.mark.parametrize(("routes", "role"), [(sorted(CUSTOMERS), "customer"), (sorted(RESELLERS), "reseller")])
def test_pages_of_one_role(world: World, routes: list[str], role: str) -> None:
    for route in routes:
        for who in WHO:
            expected = 302 if who == "anonymous" else 200 if who.startswith(role) else 403
            assert world.clients[who].get("/" + route).status_code == expected, (route, who)


@pytest.mark.parametrize(("route", "model"), CUSTOMERS_OWN.items())
def test_pages_about_something_of_a_customers(world: World, route: str, model: str) -> None:
    address = "/" + route.replace("<uuid:uid>", str(world.objects[model].uid))
    expected = {"anonymous": 302, "customer_a": 200, "customer_b": 404}
    before = _row_counts()
    for who in WHO:
        assert world.clients[who].get(address).status_code == expected.get(who, 403), who
        if who != "customer_a":
            assert world.clients[who].post(address, {"do_not_disturb": "on"}).status_code == expected.get(who, 403)
    assert _row_counts() == before


def test_pages_about_ones_own_tokens(world: World) -> None:
    token = world.objects["tokens"]
    expected = {"anonymous": 302, "customer_a": 200}
    before = _row_counts()
    for who in WHO:
        page = world.clients[who].get("/tokens/")
        assert page.status_code == (302 if who in ("anonymous", "admin") else 200), who
        assert (token.prefix in page.content.decode()) is (who == "customer_a")
        address = f"/tokens/{token.uid}/revoke/"
        assert world.clients[who].get(address).status_code == expected.get(who, 404), who
        if who != "customer_a":
            assert world.clients[who].post(address).status_code == expected.get(who, 404), who
    token.refresh_from_db()
    assert token.revoked_at is None
    assert _row_counts() == before


@pytest.mark.parametrize("route", [route for route in API_ROUTES if not route.startswith(OF_THE_PROVIDER)])
def test_the_api(world: World, route: str) -> None:
    of_one = any(mark in route for mark in OBJECT)
    for who in WHO:
        headers = {"Authorization": f"Bearer {world.tokens[who]}"} if world.tokens[who] else {}
        is_hidden = of_one and (who.endswith("_b") or (who == "customer_a" and route.startswith(RESELLERS_ALONE)))
        expected = 401 if who == "anonymous" else 404 if is_hidden else 200
        if route.endswith(WRITES) and who != "anonymous":
            expected = 405
        question = QUESTIONS.get(route)
        if route == "api/v1/credentials/":
            question = {"subscriber": str(world.objects["subscriber"].uid)}
        if route == "api/v1/webhook-deliveries/":
            question = {"webhook": str(world.objects["webhook"].uid)}
        if route in QUESTIONS and who.endswith("_b"):
            expected = 400
        if route == "api/v1/state/" and who.startswith("customer"):
            expected = 403
        response = Client().get(_address(route, world), question, headers=headers)
        assert response.status_code == expected, (route, who)


@pytest.mark.parametrize("who", [name for name in WHO if name != "admin"])
def test_the_panel_is_shut_for_all_but_administrators(world: World, who: str) -> None:
    before = _row_counts()
    for route in PANEL_ROUTES:
        for ask in (world.clients[who].get, world.clients[who].post):
            response = ask(_panel_address(route, world), {"post": "yes"})
            if who == "anonymous":
                assert response.status_code == 302, route
                assert response.headers["Location"].startswith(("/login/", "/admin/login/")), route
            else:
                assert response.status_code == 403 or _sends_to_login(response), (route, response.status_code)
    assert _row_counts() == before


def test_the_panel_opens_for_administrators(world: World) -> None:
    for route in PANEL_ROUTES:
        response = world.clients["admin"].get(_panel_address(route, world))
        assert response.status_code == _expected_of_admin(route), route
    assert Binding.objects.count() == 4


def _expected_of_admin(route: str) -> int:
    if route.endswith("<path:object_id>/") and "/r/" not in route:
        return 302  # the short form of an address
    if route in NOBODY:
        return 403
    return ELSE.get(route, 200)


def _sends_to_login(response: Any) -> bool:
    return response.status_code == 302 and response.headers["Location"].startswith("/admin/login/")


def _row_counts() -> dict[str, int]:
    ours = {"accounts", "subscribers", "numbering", "trunking", "calls", "events", "imports"}
    tables = [model._meta.db_table for model in apps.get_models() if model._meta.app_label in ours]
    counts = {}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608 - names of our own tables
            counts[table] = cursor.fetchone()[0]
    return counts
