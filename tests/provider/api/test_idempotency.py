"""Writes that are sent again: done once, answered the same, whatever comes at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Customer, IdempotentAnswer
from accounts.tasks import forget_answers
from tests.factories.two_resellers import TwoResellers, make_two_resellers
from tests.provider.api.asking import refused_fields, send

KEY = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}


def _make(token: str, data: object, headers: dict[str, str] = KEY, path: str = "customers/", **parameters: str):
    return send("POST", token, path, data, headers=headers, **parameters)


def test_the_same_again_is_answered_the_same_and_done_once(two_resellers: TwoResellers) -> None:
    token = two_resellers.a.reseller_token_text
    first, second = (_make(token, {"name": "Bakery"}) for _ in range(2))
    assert (first.status_code, first.content) == (second.status_code, second.content)
    for name in ("ETag", "Location"):
        assert first.headers[name] == second.headers[name]
    assert ("Idempotency-Replayed" in first.headers, second.headers["Idempotency-Replayed"]) == (False, "true")
    assert Customer.objects.filter(name="Bakery").count() == 1


def test_another_request_under_the_same_key_is_refused(two_resellers: TwoResellers) -> None:
    token = two_resellers.a.reseller_token_text
    _make(token, {"name": "Bakery"})
    refused = _make(token, {"name": "Butcher"})
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
    assert not Customer.objects.filter(name="Butcher").exists()


def test_a_key_is_for_one_address(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    token, path = side.reseller_token_text, f"users/{side.customer_user.uid}/set-password/"
    assert _make(token, {}, path=path).status_code == 200
    again = _make(token, {}, path=path)
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (200, "true")
    other = f"users/{side.reseller_user.uid}/set-password/"
    for elsewhere in ("customers/", other):
        refused = _make(token, {}, path=elsewhere)
        assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
    assert _make(token, {"name": "Bakery"}, {"Idempotency-Key": "x" * 255}).status_code == 201


def test_a_key_is_free_again_after_a_day(two_resellers: TwoResellers) -> None:
    token = two_resellers.a.reseller_token_text
    first = _make(token, {"name": "Bakery"}).json()
    IdempotentAnswer.objects.update(created_at=timezone.now() - timedelta(hours=25))
    forget_answers()
    second = _make(token, {"name": "Butcher"})
    assert (second.status_code, second.json()["id"] == first["id"]) == (201, False)


def test_keys_are_a_tokens_own(two_resellers: TwoResellers) -> None:
    for token in (two_resellers.a.reseller_token_text, two_resellers.b.reseller_token_text):
        made = _make(token, {"name": "Bakery"})
        assert (made.status_code, "Idempotency-Replayed" in made.headers) == (201, False)


def test_what_was_refused_may_be_sent_again(two_resellers: TwoResellers) -> None:
    token = two_resellers.a.reseller_token_text
    Customer.objects.create(reseller=two_resellers.a.reseller, name="Bakery")
    assert _make(token, {"name": "Bakery"}).status_code == 400
    Customer.objects.filter(name="Bakery").delete()
    assert _make(token, {"name": "Bakery"}).status_code == 201


def test_a_dry_run_uses_no_key_up(two_resellers: TwoResellers) -> None:
    token = two_resellers.a.reseller_token_text
    assert _make(token, {"name": "Bakery"}, dry_run="1").status_code == 200
    assert _make(token, {"name": "Bakery"}).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 256, "naïve", "a\tb"])
def test_keys_that_are_none(two_resellers: TwoResellers, key: str) -> None:
    for trial in ({}, {"dry_run": "1"}):  # which says what the request would come to
        refused = _make(two_resellers.a.reseller_token_text, {"name": "Bakery"}, {"Idempotency-Key": key}, **trial)
        assert refused_fields(refused) == {"": "invalid_idempotency_key"}


def test_answers_are_not_to_be_read_in_the_database(two_resellers: TwoResellers) -> None:
    _make(two_resellers.a.reseller_token_text, {"name": "Bakery"})
    assert "Bakery" not in IdempotentAnswer.objects.get().sealed_answer


def test_nobody_tries_passwords_on_what_is_remembered_of_a_request(two_resellers: TwoResellers, settings: Any) -> None:
    """What tells requests apart is made of passwords too, and a plain hash of them would be guessed at in no time."""
    _make(two_resellers.a.reseller_token_text, {"name": "New"})
    settings.SECRET_KEY = "another one"
    again = _make(two_resellers.a.reseller_token_text, {"name": "New"})
    assert (again.status_code, again.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.django_db(transaction=True)
def test_at_once_one_is_done_and_all_are_answered_the_same() -> None:
    token = make_two_resellers().a.reseller_token_text
    together = Barrier(6)

    def make(_: int) -> tuple[int, bytes]:
        together.wait(10)
        try:
            answer = _make(token, {"name": "Bakery"})
            return answer.status_code, answer.content
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(make, range(6)))
    assert {status for status, _body in answers} == {201}
    assert len(set(answers)) == 1
    assert Customer.objects.filter(name="Bakery").count() == 1
