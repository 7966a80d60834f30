"""The panel's page that takes a file of numbers."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from numbering import admin_import
from numbering.actions import release_number
from numbering.models import PhoneNumber
from tests.factories.two_resellers import TwoResellers
from tests.provider.panel.panel import admin_client

PAGE = "/admin/numbering/phonenumber/import/"
GOOD = "number,state,note\n+4311003,,reception\n+4311001,free,\n+4311002,,\n"


@pytest.fixture
def client(two_resellers: TwoResellers) -> Client:
    return admin_client(two_resellers.admin)


def _upload(client: Client, content: str | bytes) -> Any:
    file = SimpleUploadedFile("numbers.csv", content.encode() if isinstance(content, str) else content)
    return client.post(PAGE, {"file": file}, follow=True)


def _confirm(client: Client, page: Any, **more: Any) -> Any:
    said = page.context["confirm"].initial | more
    return client.post(PAGE, said, follow=True)


def _note() -> str:
    return PhoneNumber.objects.get(e164="+4311003").note


def test_a_file_is_shown_then_done(client: Client) -> None:
    page = _upload(client, GOOD)
    text = page.content.decode()
    assert "Lines that change something: 2; that are so already: 1; that cannot be done: 0." in text
    assert ("is released" in text, "note is changed" in text, _note()) == (True, True, "")
    done = _confirm(client, page)
    assert "2 numbers were changed" in done.content.decode()
    assert (_note(), PhoneNumber.objects.get(e164="+4311001").holding) == ("reception", "quarantined")
    again = _confirm(client, page)
    assert "not kept any more" in again.content.decode()


def test_lines_with_problems_are_left_out_when_that_is_wanted(client: Client) -> None:
    page = _upload(client, GOOD + "+4319999,,\n")
    assert "say whose it is" in page.content.decode()
    assert "1 lines cannot be done" in _confirm(client, page).content.decode()
    assert _note() == ""
    assert "2 numbers were changed" in _confirm(client, page, only_good="on").content.decode()
    assert _note() == "reception"


def test_what_changed_meanwhile_is_shown_again(client: Client, two_resellers: TwoResellers) -> None:
    page = _upload(client, GOOD)
    release_number(two_resellers.a.alice_number)
    again = _confirm(client, page)
    assert "The inventory changed meanwhile" in again.content.decode()
    assert _note() == ""
    assert "2 numbers were changed" in _confirm(client, again).content.decode()


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"number\n+431\xff\n", "Line 2: It is not UTF-8"),
        (b"", "Line 1: The first line names"),
        (b'number,note\n+431,"x', "Line 2: A quotation mark"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(client: Client, content: bytes, text: str) -> None:
    assert text in _upload(client, content).content.decode()


def test_a_file_that_is_too_large_is_refused(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin_import, "MAX_BYTES", 10)
    assert "too large" in _upload(client, GOOD).content.decode()


def test_a_page_shows_a_part_of_a_long_file(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin_import, "SHOWN", 1)
    text = _upload(client, GOOD + "+4319998,,\n+4319999,,\n").content.decode()
    assert text.count("and 1 more") == 2


def test_anothers_file_cannot_be_done(client: Client, two_resellers: TwoResellers) -> None:
    page = _upload(client, GOOD)
    two_resellers.admin.pk, two_resellers.admin.username = None, "other"
    two_resellers.admin.uid = two_resellers.a.reseller.uid
    two_resellers.admin.save(force_insert=True)
    assert "not kept any more" in _confirm(admin_client(two_resellers.admin), page).content.decode()
    assert _note() == ""
