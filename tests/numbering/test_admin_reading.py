"""The page that tries a number format."""

import pytest
from django.test import Client
from django.urls import reverse

from numbering.admin_reading import CATEGORIES, KINDS, MAX_LINES, examples, tried
from numbering.destinations import Category
from numbering.formats import NumberFormat, NumberKind, SendsAs
from numbering.plans import PLANS
from tests.factories.numbering import NumberFormatFactory
from tests.factories.two_resellers import TwoResellers
from tests.provider.panel.panel import admin_client

TRY = "admin:numbering_numberformat_try_it"
AUSTRIA = NumberFormat("Austria", "43", plan="at", sends_as=SendsAs.NATIONAL)


@pytest.fixture
def client(two_resellers: TwoResellers) -> Client:
    return admin_client(two_resellers.admin)


@pytest.mark.parametrize(
    ("dialled", "kind", "category", "sent"),
    [
        ("+43 1 1001", "number", "national", "011001"),
        ("0043900123456", "number", "premium", "0900123456"),
        ("0049 30 1234567", "number", "international", "0049301234567"),
        ("133", "emergency call", "", "133"),
        ("+43133", "emergency call", "", "133"),
        ("116 117", "service number", "", "116117"),
        ("11 88 77", "service number", "premium", "118877"),
        ("4711", "not understood", "", ""),
    ],
)
def test_a_line(dialled: str, kind: str, category: str, sent: str) -> None:
    line = tried(dialled, AUSTRIA)
    assert (str(line.kind), str(line.category), line.sent) == (kind, category, sent)


def test_everything_has_a_word() -> None:
    assert set(KINDS) == set(NumberKind)
    assert set(CATEGORIES) == set(Category)


def test_a_plan_brings_its_examples() -> None:
    assert all(0 < len(examples(key)) <= MAX_LINES for key in PLANS)
    assert examples("") == []


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
