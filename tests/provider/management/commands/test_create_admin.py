"""`manage.py create_admin`."""

import io
import re
import sys

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.choices import Role
from accounts.models import User

pytestmark = pytest.mark.django_db


def _create(*arguments: str) -> str:
    out = io.StringIO()
    call_command("create_admin", *arguments, stdout=out)
    return out.getvalue()


def test_the_first_administrator_enters_the_panel_with_the_shown_password(client: Client) -> None:
    shown = re.search(r"Password, shown only now: (\S{20,})", _create())
    assert shown
    assert client.login(username="admin", password=shown[1])
    assert client.get("/admin/").status_code == 200
    assert User.objects.get().role == Role.ADMIN


def test_a_password_can_be_given_and_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("a-long-pass-phrase-42\n"))
    assert "a-long" not in _create("eva", "--email", "eva@example.org", "--password-stdin")
    assert User.objects.get(username="eva").check_password("a-long-pass-phrase-42")


@pytest.mark.parametrize(
    ("arguments", "password", "why"),
    [
        (["admin"], "x", "too short"),
        (["eva", "--email", "nowhere"], "a-long-pass-phrase-42", "valid email"),
        (["a b/c"], "a-long-pass-phrase-42", "valid username"),
    ],
)
def test_what_cannot_be_used_is_said_and_nobody_is_made(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], password: str, why: str
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(password + "\n"))
    with pytest.raises(CommandError, match=why):
        _create(*arguments, "--password-stdin")
    assert not User.objects.exists()


def test_a_name_that_is_taken_is_not_taken_over() -> None:
    _create("eva")
    before = User.objects.get().password
    with pytest.raises(CommandError, match="This user name is taken"):
        _create("eva")
    assert User.objects.get().password == before
