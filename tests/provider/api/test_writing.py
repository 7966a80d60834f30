"""What holds for every write: tried without being kept, for the roles that may, about a known version."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from accounts.actions import create_token
from accounts.choices import Scope
from accounts.models import Customer
from tests.factories.two_resellers import TwoResellers, make_two_resellers
from tests.provider.api.asking import ask, refused_fields, send

pytestmark = pytest.mark.usefixtures("redis_url")


def test_a_row_is_made_shown_and_found(two_resellers: TwoResellers) -> None:
    token = two_resellers.a.reseller_token_text
    made = send("POST", token, "customers/", {"name": "Bakery", "max_calls": 3})
    assert made.status_code == 201, made.content
    body = made.json()
    assert (body["name"], body["max_calls"], body["is_active"]) == ("Bakery", 3, True)
    assert body["reseller"] == str(two_resellers.a.reseller.uid)
    assert made.headers["Location"].endswith(f"/api/v1/customers/{body['id']}/")
    found = ask(token, f"customers/{body['id']}/")
    assert (found.json(), found.headers["ETag"]) == (body, made.headers["ETag"])


def test_a_change_is_of_what_was_sent(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    changed = send("PATCH", side.reseller_token_text, f"customers/{side.customer.uid}/", {"max_calls": 7})
    assert (changed.status_code, changed.json()["max_calls"], changed.json()["name"]) == (200, 7, side.customer.name)
    side.customer.refresh_from_db()
    assert side.customer.max_calls == 7


def test_what_was_read_can_be_sent_back(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    path = f"customers/{side.customer.uid}/"
    whole = ask(side.reseller_token_text, path).json()
    assert send("PATCH", side.reseller_token_text, path, whole | {"name": "Other"}).json() == whole | {"name": "Other"}


def test_a_row_is_removed(two_resellers: TwoResellers) -> None:
    token = two_resellers.a.reseller_token_text
    uid = send("POST", token, "customers/", {"name": "Short-lived"}).json()["id"]
    gone = send("DELETE", token, f"customers/{uid}/", headers={"If-Match": "*"})
    assert (gone.status_code, gone.content) == (204, b"")
    assert ask(token, f"customers/{uid}/").status_code == 404


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_what_is_foreign_is_not_there(two_resellers: TwoResellers, method: str) -> None:
    foreign = two_resellers.b.customer
    answers = [
        send(
            method,
            two_resellers.a.reseller_token_text,
            f"customers/{uid}/",
            {"name": "Mine"},
            headers={"If-Match": "*"},
        )
        for uid in (foreign.uid, "00000000-0000-4000-8000-000000000000")
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json() == answers[1].json()
    assert Customer.objects.get(pk=foreign.pk).name == foreign.name


def test_a_row_is_ones_own_or_an_administrators_for_somebody(two_resellers: TwoResellers) -> None:
    wanted = {"name": "Bakery", "reseller": str(two_resellers.b.reseller.uid)}
    assert refused_fields(send("POST", two_resellers.a.reseller_token_text, "customers/", wanted)) == {
        "reseller": "does_not_exist"
    }
    made = send("POST", two_resellers.admin_token_text, "customers/", wanted)
    assert (made.status_code, made.json()["reseller"]) == (201, wanted["reseller"])
    assert refused_fields(send("POST", two_resellers.admin_token_text, "customers/", {"name": "Whose"})) == {
        "reseller": "required"
    }


def test_customers_may_read_alone(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    _row, token = create_token(side.customer_user, "writes", [Scope.WRITE])
    for method, path in (("PATCH", f"customers/{side.customer.uid}/"), ("POST", "customers/")):
        answer = send(method, token, path, {"name": "Me too"})
        assert (answer.status_code, answer.json()["code"]) == (403, "role_not_allowed")
    assert send("PATCH", side.customer_token_text, f"customers/{side.customer.uid}/", {}).status_code == 403


@pytest.mark.parametrize(
    ("sent", "fields"),
    [
        ({}, {"name": "required"}),
        ({"name": ""}, {"name": "blank"}),
        ({"name": "x" * 201}, {"name": "max_length"}),
        ({"name": "Bakery", "max_calls": 0}, {"max_calls": "min_value"}),
        ({"name": "Bakery", "max_calls": 2**40}, {"max_calls": "max_value"}),
        ({"name": "Bakery", "colour": "red", "id": None}, {"colour": "unknown", "id": "read_only"}),
        ({"name": "Bakery\0"}, {"name": "null_characters_not_allowed"}),
        ([], {"": "invalid"}),
        ("x", {"": "invalid"}),
    ],
)
def test_what_is_wrong_is_said_by_member(two_resellers: TwoResellers, sent: object, fields: dict[str, str]) -> None:
    before = Customer.objects.count()
    assert refused_fields(send("POST", two_resellers.a.reseller_token_text, "customers/", sent)) == fields
    assert Customer.objects.count() == before


def test_names_that_are_taken_are_refused_within_a_reseller_alone(two_resellers: TwoResellers) -> None:
    one, other = two_resellers.a, two_resellers.b
    send("POST", other.reseller_token_text, "customers/", {"name": "Bakery"})
    assert send("POST", one.reseller_token_text, "customers/", {"name": "Bakery"}).status_code == 201
    taken = send("POST", one.reseller_token_text, "customers/", {"name": "Bakery"})
    assert refused_fields(taken) == {"name": "unique_together"}


def test_what_is_used_stays(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    refused = send("DELETE", side.reseller_token_text, f"customers/{side.customer.uid}/", headers={"If-Match": "*"})
    assert (refused.status_code, refused.json()["code"]) == (409, "in_use")
    assert "2 subscribers" in refused.json()["detail"]


def test_a_fixed_member_stays(two_resellers: TwoResellers) -> None:
    path = f"customers/{two_resellers.a.customer.uid}/"
    moved = send("PATCH", two_resellers.admin_token_text, path, {"reseller": str(two_resellers.b.reseller.uid)})
    assert refused_fields(moved) == {"reseller": "fixed"}


def test_a_dry_run_answers_and_keeps_nothing(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    before = Customer.objects.count()
    tried = send("POST", side.reseller_token_text, "customers/", {"name": "Bakery"}, dry_run="1")
    assert (tried.status_code, tried.json()["dry_run"], tried.json()["status"]) == (200, True, 201)
    assert tried.json()["result"]["name"] == "Bakery"
    path = f"customers/{side.customer.uid}/"
    assert send("PATCH", side.reseller_token_text, path, {"name": "Other"}, dry_run="true").status_code == 200
    assert send("DELETE", side.reseller_token_text, path, headers={"If-Match": "*"}, dry_run="1").status_code == 409
    assert refused_fields(send("POST", side.reseller_token_text, "customers/", {}, dry_run="1")) == {"name": "required"}
    assert refused_fields(send("POST", side.reseller_token_text, "customers/", {}, dry_run="maybe")) == {
        "dry_run": "invalid"
    }
    assert (Customer.objects.count(), ask(side.reseller_token_text, path).json()["name"]) == (
        before,
        side.customer.name,
    )


def test_a_write_about_another_version_is_refused(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    token, path = side.reseller_token_text, f"customers/{side.customer.uid}/"
    first = ask(token, path).headers["ETag"]
    assert ask(token, path).headers["ETag"] == first
    second = send("PATCH", token, path, {"max_calls": 1}, headers={"If-Match": first})
    assert (second.status_code, second.headers["ETag"] != first) == (200, True)
    late = send("PATCH", token, path, {"max_calls": 2}, headers={"If-Match": first})
    assert (late.status_code, late.json()["type"]) == (412, "/api/problems/#changed-meanwhile")
    assert (
        send("PATCH", token, path, {"max_calls": 2}, headers={"If-Match": f"W/{second.headers['ETag']}"}).status_code
        == 200
    )
    unsaid = send("DELETE", token, path)
    assert (unsaid.status_code, unsaid.json()["type"]) == (428, "/api/problems/#version-required")


def test_who_has_this_version_is_not_sent_it_again(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    path = f"customers/{side.customer.uid}/"
    etag = ask(side.reseller_token_text, path).headers["ETag"]
    again = send("GET", side.reseller_token_text, path, headers={"If-None-Match": f'"other", {etag}'})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
    assert send("GET", side.reseller_token_text, path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_an_etag_without_its_quotation_marks_is_not_called_outdated(two_resellers: TwoResellers) -> None:
    path, token = f"customers/{two_resellers.a.customer.uid}/", two_resellers.a.reseller_token_text
    tag = ask(token, path).headers["ETag"]
    refused = send("PATCH", token, path, {"max_calls": 3}, headers={"If-Match": tag.strip('"')})
    assert refused.status_code == 412
    assert "quotation marks" in refused.json()["detail"]
    assert send("PATCH", token, path, {"max_calls": 3}, headers={"If-Match": tag}).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_of_many_who_change_the_same_version_at_once_one_does() -> None:
    side = make_two_resellers().a
    path = f"customers/{side.customer.uid}/"
    etag = ask(side.reseller_token_text, path).headers["ETag"]
    together = Barrier(6)

    def change(calls: int) -> tuple[int, int | None]:
        together.wait(10)
        try:
            answer = send("PATCH", side.reseller_token_text, path, {"max_calls": calls}, headers={"If-Match": etag})
            return answer.status_code, answer.json().get("max_calls")
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(change, range(1, 7), timeout=60))
    assert sorted(status for status, _calls in answers) == [200] + [412] * 5
    side.customer.refresh_from_db()
    assert [calls for status, calls in answers if status == 200] == [side.customer.max_calls]
