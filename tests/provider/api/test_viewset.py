"""What holds for every collection: it scopes, refuses what is not declared, and costs a fixed number of queries."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from numbering.models import DialSettings
from provider.api.router import router
from provider.api.viewset import ScopedViewSet
from subscribers.actions import add_credential
from tests.factories.calls import call_between
from tests.factories.numbering import DialSettingsFactory, NumberAssignmentFactory, NumberBlockFactory
from tests.factories.subscribers import BindingFactory, DomainNameFactory, SubscriberFactory
from tests.factories.trunking import DestinationRuleFactory, RouteFactory
from tests.factories.two_resellers import Side, TwoResellers
from tests.provider.api.asking import ask, refused_fields, rows
from trunking.models import DestinationRule, Route

ELSEWHERE = {"carriers", "block-purchases", "imports", "number-formats"} | {"events", "webhooks", "webhook-deliveries"}
"""What administrators alone see (tests/trunking/api), and what has an order or a form of its own (theirs)."""
COLLECTIONS = [prefix for prefix, _view, _name in router.registry if prefix not in ELSEWHERE]
# Token with its owners; then the page, and one more for what is prefetched, for the page's keys, or for how many
# subscribers' registrations are wanted.
QUERIES = {
    "customers": 2,
    "domains": 3,
    "domain-aliases": 2,
    "subscribers": 3,
    "numbers": 3,
    "number-blocks": 2,
    "number-assignments": 2,
    "dial-settings": 2,
    "registrations": 3,
    "calls": 3,
    "resellers": 2,
    "users": 2,
    "tokens": 2,
    "credentials": 3,  # with the look for the subscriber
    "call-settings": 7,  # what is not joined, so that it is as it is now
    "gateways": 4,  # with their sources and states
    "routes": 2,
    "destination-rules": 2,
}
VIEWS = [(prefix, view) for prefix, view, _name in router.registry if prefix in COLLECTIONS]
NOT_FOR_CUSTOMERS = {"gateways", "routes", "destination-rules"}


@pytest.fixture(autouse=True)
def blocks(two_resellers: TwoResellers) -> None:
    """Each reseller has a block of which no number is taken, and an alias of its domain, a way out and a rule."""
    for n, side in enumerate((two_resellers.a, two_resellers.b)):
        NumberBlockFactory(reseller=side.reseller, first=f"+4319{n}000", last=f"+4319{n}099")
        DomainNameFactory(domain=side.domain, name=f"alias.{side.domain.name}")
        DialSettingsFactory(domain=None, subscriber=side.bob)
        RouteFactory(reseller=side.reseller)
        DestinationRuleFactory(reseller=side.reseller)


def _ids(side: Side) -> dict[str, set[str]]:
    calls = (side.call, side.ended_call)
    return {
        "customers": {str(side.customer.uid)},
        "domains": {str(side.domain.uid)},
        "domain-aliases": {str(alias.uid) for alias in side.domain.names.filter(is_primary=False)},
        "subscribers": {str(side.alice.uid), str(side.bob.uid)},
        "numbers": {str(number.uid) for number in (side.alice_number, side.bob_number, side.free_number)},
        "number-blocks": {str(block.uid) for block in side.reseller.number_blocks.all()},
        "number-assignments": {str(side.alice_assignment.uid), str(side.bob_assignment.uid)},
        "dial-settings": {str(row.uid) for row in DialSettings.objects.of_reseller(side.reseller.pk)},
        "registrations": {str(side.alice_binding.uid), str(side.bob_binding.uid)},
        "calls": {str(call.pk) for call in calls},
        "credentials": {str(side.alice_credential.uid)},
        "resellers": {str(side.reseller.uid)},
        "users": {str(side.reseller_user.uid), str(side.customer_user.uid)},
        "tokens": {str(side.reseller_token.uid), str(side.customer_token.uid)},
        "call-settings": {str(side.alice.uid), str(side.bob.uid)},
        "gateways": {str(one.gateway.uid) for one in Route.objects.filter(reseller=side.reseller)},
        "routes": {str(one.uid) for one in Route.objects.filter(reseller=side.reseller)},
        "destination-rules": {str(one.uid) for one in DestinationRule.objects.filter(reseller=side.reseller)},
    }


def _of_the_provider(collection: str, world: TwoResellers) -> set[str]:
    """What belongs to neither reseller."""
    return {"tokens": {str(world.admin_token.uid)}, "users": {str(world.admin.uid)}}.get(collection, set())


def _of_a_customer(collection: str, side: Side) -> set[str]:
    """What of a reseller's is its customer's too."""
    not_theirs = {side.reseller, side.free_number, side.reseller_user, side.reseller_token}
    not_theirs |= {*side.reseller.number_blocks.all(), side.domain.dial_settings}
    if collection in NOT_FOR_CUSTOMERS:
        return set()
    return _ids(side)[collection] - {str(row.uid) for row in not_theirs}


def _of(collection: str, side: Side) -> dict[str, Any]:
    """What has to be said of whose rows a list is to be; alice's."""
    return {"subscriber": side.alice.uid} if collection == "credentials" else {}


def test_every_collection_is_in_these_tests() -> None:
    assert set(COLLECTIONS) == set(QUERIES)


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_a_reseller_sees_its_own_and_nothing_of_the_other(two_resellers: TwoResellers, collection: str) -> None:
    for own, other in ((two_resellers.a, two_resellers.b), (two_resellers.b, two_resellers.a)):
        seen = {row["id"] for row in rows(own.reseller_token_text, f"{collection}/", **_of(collection, own))}
        assert seen == _ids(own)[collection]
        for foreign in _ids(other)[collection]:
            assert ask(own.reseller_token_text, f"{collection}/{foreign}/").status_code == 404


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_what_is_foreign_and_what_does_not_exist_look_the_same(two_resellers: TwoResellers, collection: str) -> None:
    foreign = _ids(two_resellers.b)[collection].pop()
    answers = [
        ask(two_resellers.a.reseller_token_text, f"{collection}/{uid}/").json()
        for uid in (foreign, "00000000-0000-4000-8000-000000000000")
    ]
    assert answers[0] == answers[1]


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_an_administrator_sees_all(two_resellers: TwoResellers, collection: str) -> None:
    token, sides = two_resellers.admin_token_text, (two_resellers.a, two_resellers.b)
    seen = {row["id"] for side in sides for row in rows(token, f"{collection}/", **_of(collection, side))}
    of_resellers = _ids(two_resellers.a)[collection] | _ids(two_resellers.b)[collection]
    assert seen == of_resellers | _of_the_provider(collection, two_resellers)


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_a_customer_sees_its_own(two_resellers: TwoResellers, collection: str) -> None:
    side = two_resellers.a
    seen = {row["id"] for row in rows(side.customer_token_text, f"{collection}/", **_of(collection, side))}
    assert seen == _of_a_customer(collection, side)


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_a_row_alone_reads_as_in_the_list(two_resellers: TwoResellers, collection: str) -> None:
    token = two_resellers.a.reseller_token_text
    for row in rows(token, f"{collection}/", **_of(collection, two_resellers.a)):
        assert ask(token, f"{collection}/{row['id']}/").json() == row


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_unknown_and_repeated_parameters_are_named(two_resellers: TwoResellers, collection: str) -> None:
    token, path = two_resellers.a.reseller_token_text, f"{collection}/"
    of = _of(collection, two_resellers.a)
    assert refused_fields(ask(token, path, nonsense=1, page_size=5, **of)) == {"nonsense": "unknown_parameter"}
    assert refused_fields(ask(token, path, page_size=[5, 6], **of)) == {"page_size": "repeated_parameter"}
    assert refused_fields(ask(token, path, ordering="\0", **of)) == {"ordering": "invalid"}
    known = _ids(two_resellers.a)[collection].pop()
    assert refused_fields(ask(token, f"{collection}/{known}/", page_size=5)) == {"page_size": "unknown_parameter"}


HANDLERS = {"post": "create", "put": "update", "patch": "partial_update", "delete": "destroy"}
NOT_OFFERED = [(name, prefix) for prefix, view in VIEWS for name, does in HANDLERS.items() if not hasattr(view, does)]


@pytest.mark.parametrize(("method", "collection"), NOT_OFFERED)
def test_what_is_not_offered_is_not_done(two_resellers: TwoResellers, collection: str, method: str) -> None:
    before = _ids(two_resellers.a)[collection]
    target = f"/api/v1/{collection}/" if method == "post" else f"/api/v1/{collection}/{sorted(before)[0]}/"
    headers = {"Authorization": f"Bearer {two_resellers.a.reseller_token_text}"}
    response = getattr(Client(), method)(target, {}, content_type="application/json", headers=headers)
    assert (response.status_code, response.headers["Content-Type"]) == (405, "application/problem+json")
    token, of = two_resellers.a.reseller_token_text, _of(collection, two_resellers.a)
    assert {row["id"] for row in rows(token, f"{collection}/", **of)} == before


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_the_queries_do_not_grow_with_the_page(two_resellers: TwoResellers, collection: str) -> None:
    side = two_resellers.a
    ask(side.reseller_token_text, f"{collection}/", **_of(collection, side))  # notes the token's use
    for number in range(15):
        subscriber = SubscriberFactory(domain=side.domain, customer=side.customer, username=f"more{number}")
        BindingFactory(subscriber=subscriber)
        NumberAssignmentFactory(subscriber=subscriber)
        if number < 3:
            add_credential(side.alice)
        call_between(subscriber, side.alice)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        rows(side.reseller_token_text, f"{collection}/", **_of(collection, side))
    assert len(queries) == QUERIES[collection], [query["sql"][:120] for query in queries]


@pytest.mark.parametrize(("collection", "view"), VIEWS)
def test_a_cursor_can_stand_on_every_ordering(collection: str, view: type[ScopedViewSet]) -> None:
    assert view.default_ordering.removeprefix("-") in view.orderings
    for name in view.orderings.values():
        assert not view.queryset.model._meta.get_field(name).null, f"{collection}: {name} can be null"


@pytest.mark.parametrize(("collection", "view"), VIEWS)
def test_no_secret_is_ever_written(two_resellers: TwoResellers, collection: str, view: Any) -> None:
    words = ("secret", "password", "hash", "token")
    for row in rows(two_resellers.admin_token_text, f"{collection}/", **_of(collection, two_resellers.a)):
        assert not [field for field in row if any(word in field for word in words)]


@pytest.mark.parametrize(("collection", "text"), [("subscribers", "ALI"), ("numbers", "+43110"), ("customers", "cust")])
def test_search_finds_by_the_beginning(two_resellers: TwoResellers, collection: str, text: str) -> None:
    token = two_resellers.a.reseller_token_text
    found = rows(token, f"{collection}/", search=text)
    assert found
    assert rows(token, f"{collection}/", search=text + "?") == []
    assert len(rows(token, f"{collection}/", search=" ")) >= len(found)
