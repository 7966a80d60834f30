"""The page that tries a number format."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories.numbering import NumberFormatFactory
from tests.factories.two_resellers import TwoResellers
from tests.provider.panel.panel import admin_client

TRY = "admin:numbering_numberformat_try_it"


@pytest.fixture
def client(two_resellers: TwoResellers) -> Client:
    return admin_client(two_resellers.admin)


@pytest.mark.django_db
def test_the_page_shows_the_plans_examples_and_then_what_is_asked(client: Client) -> None:
    page = reverse(TRY, args=[NumberFormatFactory(plan="at").pk])
    assert "+43512560" in client.get(page).content.decode()
    asked = client.get(page, {"dialled": "0664 1234567\r\n<b>133</b>\r\n133"}).content.decode()
    assert "+436641234567" in asked
    assert "mobile" in asked
    assert "emergency call" in asked
    assert "&lt;b&gt;133" in asked
    assert "+43512560" not in asked


@pytest.mark.django_db
def test_too_many_lines_are_refused_with_a_word(client: Client) -> None:
    page = reverse(TRY, args=[NumberFormatFactory().pk])
    assert "At most 50 lines." in client.get(page, {"dialled": "133\n" * 51}).content.decode()
    assert client.get(reverse(TRY, args=[0])).status_code == 404
