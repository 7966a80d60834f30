"""The login form says one thing for every failure, and stops asking the password after too many."""

import pytest
from django.test import RequestFactory

from accounts.forms import LoginForm
from accounts.throttle import PAIR_LIMIT
from tests.factories.accounts import PASSWORD, UserFactory


def _form(username: str, password: str) -> LoginForm:
    return LoginForm(RequestFactory().post("/login/"), data={"username": username, "password": password})


def test_the_right_password_is_accepted(db: None) -> None:
    user = UserFactory()
    form = _form(user.username, PASSWORD)
    assert form.is_valid()
    assert form.get_user() == user


def test_every_failure_reads_the_same(db: None) -> None:
    known, suspended = UserFactory(), UserFactory(is_active=False)
    answers = {
        str(_form(username, password).errors)
        for username, password in ((known.username, "x"), ("nobody", "x"), (suspended.username, PASSWORD))
    }
    assert len(answers) == 1
    assert "do not fit together" in answers.pop()


def test_after_too_many_failures_even_the_right_password_waits(db: None) -> None:
    user = UserFactory()
    for _ in range(PAIR_LIMIT):
        assert not _form(user.username, "wrong").is_valid()
    form = _form(user.username, PASSWORD)
    assert not form.is_valid()
    assert "quarter of an hour" in str(form.errors)


@pytest.mark.parametrize(("username", "password", "field"), [("", "x", "username"), ("x", "", "password")])
def test_an_empty_field_is_named(db: None, username: str, password: str, field: str) -> None:
    assert field in _form(username, password).errors
