"""Every operation of the API by everybody by whose it is, generated from the OpenAPI document.

A collection that `catalogue.py` does not know fails the first test. What is refused changes nothing; of what belongs to
another reseller every answer, and its cost, is that of what does not exist.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.actions import create_token
from accounts.choices import Area
from accounts.models import ApiToken, IdempotentAnswer
from events.models import Event
from tests.factories.events import DeliveryFactory, WebhookFactory
from tests.factories.numbering import DialSettingsFactory, NumberBlockFactory
from tests.factories.replay import Replay
from tests.factories.subscribers import DomainNameFactory
from tests.factories.trunking import BlockPurchaseFactory, DestinationRuleFactory, RouteFactory
from tests.factories.two_resellers import Side, make_two_resellers
from tests.imports.working import begin
from tests.provider.api.asking import send
from tests.provider.api.catalogue import ENTRIES, REFERRED, Entry
from tests.provider.api.operations import ROOT, Operation, all_operations

OPERATIONS = {str(operation): operation for operation in all_operations() if operation.collection in ENTRIES}
WRITES = [name for name, operation in OPERATIONS.items() if not operation.only_reads]
ROLES = {"admin": "admin", "reseller_a": "reseller", "reseller_b": "reseller", "customer_a": "customer"}
ROLES |= {"customer_b": "customer", "reads_alone": "reseller", "elsewhere": "reseller"}
# The baseline: with a page of rows it is the same, see test_viewset.py.
UUIDS = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-")
QUERIES: dict[str, int] = json.loads((Path(__file__).parent / "queries.json").read_text())
# No collections: calls/api/explain.py, accounts/api/me.py and desired/api have tests of their own for who is told what.
ELSEWHERE = {"explain", "me", "plan", "apply", "state"}


@dataclass(frozen=True, slots=True)
class World:
    """Both sides, and everybody's token."""

    a: Side
    b: Side
    tokens: Mapping[str, str]


@pytest.fixture
def world(db: None) -> World:
    world = put_back_world()
    Event.objects.update(xid=3)  # as if earlier transactions had written them, which have ended
    ApiToken.objects.update(last_used_at=timezone.now())  # so that no first use is noted while queries are counted
    return world


def _make_world() -> World:
    two_resellers = make_two_resellers()
    a, b = two_resellers.a, two_resellers.b
    for n, side in enumerate((a, b)):
        NumberBlockFactory(reseller=side.reseller, first=f"+4319{n}000", last=f"+4319{n}099")
        DomainNameFactory(domain=side.domain, name=f"alias.{side.domain.name}")
        DialSettingsFactory(domain=None, subscriber=side.bob, number_format__name=f"Bob {n}")
        RouteFactory(reseller=side.reseller)
        DestinationRuleFactory(reseller=side.reseller)
        BlockPurchaseFactory(contract=side.reseller.name)
        DeliveryFactory(webhook=WebhookFactory(reseller=side.reseller, customer=side.customer))
        begin(side.reseller_user, "carol,a.example.org,Customer,,")
    people = {"admin": two_resellers.admin, "reseller_a": a.reseller_user, "reseller_b": b.reseller_user}
    people |= {"customer_a": a.customer_user, "customer_b": b.customer_user}
    tokens = {who: create_token(user, "all", ["write"])[1] for who, user in people.items()}
    tokens["reads_alone"] = create_token(a.reseller_user, "reads", ["read"])[1]
    return World(a, b, {**tokens, "anonymous": ""})


put_back_world = Replay(_make_world)


def test_every_collection_is_in_the_catalogue() -> None:
    found = {operation.collection for operation in all_operations()} - ELSEWHERE
    assert found == set(ENTRIES), "Add an entry to catalogue.py: whose what is, and what is sent to write."
    assert len(OPERATIONS) > 30


def test_what_can_be_written_has_a_body() -> None:
    missing = [name for name in WRITES if OPERATIONS[name].method != "delete" and _body(OPERATIONS[name], None) is None]
    assert missing == []


@pytest.mark.parametrize("name", OPERATIONS)
def test_who_may(world: World, name: str) -> None:
    operation = OPERATIONS[name]
    tokens = {who: _token(world, operation, who) for who in [*ROLES, "anonymous"]}
    before = _fingerprint()
    for who in [*ROLES, "anonymous"]:
        status, code = _expected(world, operation, who)
        if status < 300:
            continue
        answer = _ask(world, operation, tokens[who])
        assert answer.status_code == status, (who, answer.content)
        assert not code or answer.json()["code"] == code, (who, answer.content)
        assert world.a.reseller.name not in answer.content.decode()
    assert _fingerprint() == before
    for who in ROLES:
        if _expected(world, operation, who)[0] < 300:
            answer = _ask(world, operation, tokens[who])
            stands = operation.name in ENTRIES[operation.collection].in_the_way
            assert answer.status_code == 409 if stands else 200 <= answer.status_code < 300, (who, answer.content)


@pytest.mark.parametrize("name", OPERATIONS)
def test_how_many_queries_it_takes(world: World, name: str) -> None:
    operation = OPERATIONS[name]
    who = next(who for who in ("reseller_a", "admin", "customer_a") if _expected(world, operation, who)[0] < 300)
    with CaptureQueriesContext(connection) as queries:
        _ask(world, operation, world.tokens[who])
    sent = [query["sql"][:160] for query in queries]
    assert len(sent) == QUERIES.get(name), f"queries.json says {QUERIES.get(name)}, it takes {len(sent)}: {sent}"


def test_no_count_is_of_an_operation_that_is_no_more() -> None:
    assert set(QUERIES) == set(OPERATIONS)


@pytest.mark.parametrize("name", [name for name, operation in OPERATIONS.items() if operation.name == "list"])
def test_a_list_has_ones_own_and_nothing_of_the_others(world: World, name: str) -> None:
    operation = OPERATIONS[name]
    entry = ENTRIES[operation.collection]
    own = str(_id(entry.own(world.a)))
    for who, role in ROLES.items():
        if who in ("reads_alone", "elsewhere"):
            continue
        answer = _ask(world, operation, world.tokens[who])
        sees = not who.endswith("_b") and role in entry.readers
        assert (own in answer.content.decode()) is sees, (who, answer.content)


@pytest.mark.parametrize("name", OPERATIONS)
def test_another_resellers_id_is_answered_as_one_that_does_not_exist(world: World, name: str) -> None:
    operation = OPERATIONS[name]
    tried = 0
    for body, query, theirs in _with_foreign_ids(world, operation):
        nothing = uuid.uuid4()
        answers = [
            _cost(world, operation, json.loads(json.dumps([body, query]).replace(theirs, str(uid))), str(uid))
            for uid in (theirs, nothing)
        ]
        assert answers[0] == answers[1]
        tried += 1
    has_ids = operation.references or (
        not operation.only_reads and bool(UUIDS.search(json.dumps(_body(operation, world.a))))
    )
    assert tried or not has_ids


def _with_foreign_ids(world: World, operation: Operation) -> Iterator[tuple[Any, dict[str, Any], str]]:
    """The request of A with one id at a time replaced by B's: body, query, and B's id."""
    body, query = _body(operation, world.a), _query(operation, world.a)
    text = json.dumps(body)
    for refers_to in REFERRED.values():
        own, theirs = str(refers_to(world.a).uid), str(refers_to(world.b).uid)
        if own in text:
            yield json.loads(text.replace(own, theirs)), query, theirs
    for name in operation.references:
        theirs = str(REFERRED[name](world.b).uid)
        yield body, query | {name: theirs}, theirs


def _cost(world: World, operation: Operation, request: Any, uid: str) -> tuple[Any, ...]:
    body, query = request
    with CaptureQueriesContext(connection) as queries:
        answer = _send(world, operation, world.tokens["reseller_a"], body, query)
    assert answer.status_code < 500
    said = re.sub(r"cursor=[\w-]+", "cursor=", answer.content.decode().replace(uid, "ID"))  # a feed's moves on
    return answer.status_code, said, len(queries)


def _expected(world: World, operation: Operation, who: str) -> tuple[int, str]:
    """Status and code; 200 for whatever success."""
    entry, role = ENTRIES[operation.collection], ROLES.get(who, "")
    if who == "anonymous":
        return 401, ""
    if who == "elsewhere" or (who == "reads_alone" and not operation.only_reads):
        return 403, "insufficient_scope"
    writers = {"admin"} if operation.name in entry.for_admins else entry.writers
    if not operation.only_reads and role not in writers:
        return 403, "role_not_allowed"
    if operation.is_of_one and (who.endswith("_b") or role not in entry.readers):
        return 404, ""
    if not operation.is_of_one and not operation.only_reads and who.endswith("_b") and _refers(operation, world.a):
        return (422, "") if operation.name == "bulk" else (400, "")
    return 200, ""


def _refers(operation: Operation, side: Side) -> bool:
    """Whether its request names something of this side by its id."""
    text = json.dumps([_body(operation, side), _query(operation, side)])
    return any(str(refers_to(side).uid) in text for refers_to in REFERRED.values())


def _token(world: World, operation: Operation, who: str) -> str:
    if who != "elsewhere":
        return world.tokens[who]
    other = next(area for area in Area if area not in operation.areas)
    return create_token(world.a.reseller_user, "other", [f"{other}:write"])[1]


def _ask(world: World, operation: Operation, token: str) -> HttpResponse:
    return _send(world, operation, token, _body(operation, world.a), _query(operation, world.a))


def _send(world: World, operation: Operation, token: str, body: Any, query: dict[str, Any]) -> HttpResponse:
    path = operation.path.removeprefix(ROOT).replace("{id}", str(_id(ENTRIES[operation.collection].own(world.a))))
    if "dry_run" in operation.parameters:
        query = {**query, "dry_run": "1"}
    if operation.name == "create" and ENTRIES[operation.collection].file:
        body = body.encode()
    answer = send(operation.method.upper(), token, path, body, headers={"If-Match": "*"}, **query)
    if not answer.streaming:
        return answer
    return HttpResponse(b"".join(answer), status=answer.status_code, headers=answer.headers)  # read to its end


def _query(operation: Operation, side: Side) -> dict[str, Any]:
    entry = ENTRIES[operation.collection]
    if operation.name == "create" and entry.file and entry.body:
        return entry.body(side)
    return entry.question(side) if operation.name == "list" else {}


def _body(operation: Operation, side: Side | None) -> Any:
    """What is sent; None where nothing is. Without a side: whether the catalogue knows of one."""
    entry = ENTRIES[operation.collection]
    if operation.name == "create":
        if entry.file:
            return entry.file
        return entry.body and (entry.body(side) if side else {})
    if operation.name in ("partial_update", "update"):
        return dict(entry.change) or None
    if operation.name == "bulk":
        return {"rows": [_row(entry, side)]} if entry.body or entry.change else None
    known = entry.actions.get(operation.name)
    return known and (known(side) if side else {})


def _row(entry: Entry, side: Side | None) -> dict[str, Any]:
    """One write of many: one is made, or where there is no making, changed."""
    if entry.body:
        return {"operation": "create", "data": entry.body(side) if side else {}}
    own = {"id": str(_id(entry.own(side)))} if side else {}
    return {"operation": "update", "data": dict(entry.change), **own}


def _id(row: Any) -> Any:
    return getattr(row, "uid", row.pk)


def _fingerprint() -> dict[str, str]:
    """What stands in all our tables, but for what each request notes, and that its token was made."""
    ours = [model for model in apps.get_models() if not model._meta.app_config.name.startswith("django")]
    noted = (ApiToken, Event, IdempotentAnswer)
    tables = {model._meta.db_table for model in ours} - {model._meta.db_table for model in noted}
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(tables):
            rows = f"SELECT t::text AS row FROM {connection.ops.quote_name(table)} t"  # noqa: S608 - our own tables
            cursor.execute(f"SELECT md5(string_agg(row, chr(10) ORDER BY row)) FROM ({rows}) AS rows")  # noqa: S608
            found[table] = cursor.fetchone()[0]
    return found
