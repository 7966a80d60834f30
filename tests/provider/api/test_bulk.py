"""Many writes in one request: one answer a row, all or nothing, or as many as can be done."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from accounts.models import Customer
from provider.api import bulk
from tests.factories.accounts import CustomerFactory
from tests.factories.two_resellers import TwoResellers, make_two_resellers
from tests.provider.api.asking import refused_fields, send

pytestmark = pytest.mark.usefixtures("redis_url")


def _send(token: str, *rows: Any, **more: Any):
    return send("POST", token, "customers/bulk/", {"rows": list(rows), **more})


def _create(name: str) -> dict[str, Any]:
    return {"operation": "create", "data": {"name": name}}


def test_all_operations_in_their_order(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    gone = CustomerFactory(reseller=side.reseller, name="Old")
    answer = _send(
        side.reseller_token_text,
        {"operation": "delete", "id": str(gone.uid), "if_match": "*"},
        _create("Old"),
        {"operation": "update", "id": str(side.customer.uid), "data": {"max_calls": 4}},
    )
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert (body["done"], body["refused"]) == (3, 0)
    assert [(row["index"], row["status"]) for row in body["rows"]] == [(0, 204), (1, 201), (2, 200)]
    assert body["rows"][1]["result"]["name"] == "Old"
    assert body["rows"][2]["etag"].startswith('"')
    side.customer.refresh_from_db()
    assert (side.customer.max_calls, Customer.objects.get(name="Old").pk == gone.pk) == (4, False)


def test_where_one_is_refused_nothing_is_done(two_resellers: TwoResellers) -> None:
    token = two_resellers.a.reseller_token_text
    foreign = {"operation": "update", "id": str(two_resellers.b.customer.uid), "data": {"name": "Mine"}}
    answer = _send(token, _create("One"), _create(""), foreign, _create("One"), {"operation": "fly"}, 7)
    assert answer.status_code == 422
    body = answer.json()
    assert (body["done"], body["refused"]) == (0, 5)
    assert [row["status"] for row in body["rows"]] == [201, 400, 404, 400, 400, 400]
    assert body["rows"][1]["problem"]["errors"][0]["field"] == "name"
    assert not Customer.objects.filter(name="One").exists()


def test_what_can_be_done_is_done_where_that_was_asked(two_resellers: TwoResellers) -> None:
    token = two_resellers.a.reseller_token_text
    answer = _send(token, _create("One"), _create(""), _create("Two"), all_or_nothing=False)
    assert (answer.status_code, answer.json()["done"], answer.json()["refused"]) == (207, 2, 1)
    assert Customer.objects.filter(name__in=["One", "Two"]).count() == 2


@pytest.mark.parametrize(
    ("row", "status", "fields"),
    [
        ({"operation": "create"}, 400, ["data"]),
        ({"operation": "create", "data": {"name": "A"}, "id": "00000000-0000-4000-8000-000000000000"}, 400, ["id"]),
        ({"operation": "update", "data": {}}, 400, ["id"]),
        ({"operation": "delete", "id": "no-uuid"}, 400, ["id"]),
        ({"operation": "delete", "id": "00000000-0000-4000-8000-000000000000"}, 428, []),
        ({"operation": "delete", "id": "00000000-0000-4000-8000-000000000000", "if_match": "*"}, 404, []),
    ],
)
def test_rows_that_are_none(two_resellers: TwoResellers, row: object, status: int, fields: list[str]) -> None:
    (told,) = _send(two_resellers.a.reseller_token_text, row).json()["rows"]
    assert told["status"] == status
    assert [error["field"] for error in told["problem"].get("errors", [])] == fields


def test_a_dry_run_and_a_key_hold_for_all_rows(two_resellers: TwoResellers) -> None:
    token, rows = two_resellers.a.reseller_token_text, {"rows": [_create("One"), _create("Two")]}
    tried = send("POST", token, "customers/bulk/", rows, dry_run="1")
    assert (tried.status_code, tried.json()["result"]["done"]) == (200, 2)
    assert not Customer.objects.filter(name="One").exists()
    first, second = (send("POST", token, "customers/bulk/", rows, headers={"Idempotency-Key": "k"}) for _ in range(2))
    assert (first.status_code, first.content) == (200, second.content)
    assert Customer.objects.filter(name="One").count() == 1


def test_what_is_no_bulk_request(two_resellers: TwoResellers, monkeypatch: pytest.MonkeyPatch) -> None:
    token = two_resellers.a.reseller_token_text
    assert refused_fields(_send(token)) == {"rows": "min_length"}
    assert refused_fields(send("POST", token, "customers/bulk/", [])) == {"": "invalid"}
    assert refused_fields(_send(token, *range(bulk.MAX_ROWS + 1))) == {"rows": "max_length"}


@pytest.mark.django_db(transaction=True)
def test_two_that_change_the_same_rows_in_opposite_order_are_no_fault_of_the_servers() -> None:
    side = make_two_resellers().a
    customers = [CustomerFactory(reseller=side.reseller) for _ in range(60)]
    together = Barrier(2)

    def change(order: list[Customer]) -> tuple[int, Any]:
        rows = [{"operation": "update", "id": str(one.uid), "data": {"max_calls": 4}} for one in order]
        together.wait(10)
        try:
            answer = _send(side.reseller_token_text, *rows)
            return answer.status_code, answer.json()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(change, (customers, customers[::-1]), timeout=60))
    assert sorted(status for status, _body in answers) == [200, 409]
    assert [body["code"] for status, body in answers if status == 409] == ["busy"]
