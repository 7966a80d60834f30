"""Numbers in the panel."""

import pytest
from django.test import Client
from django.urls import reverse

from numbering.models import PhoneNumber
from tests.factories.two_resellers import TwoResellers
from tests.provider.panel.panel import admin_client, field_errors

LIST = "admin:numbering_phonenumber_changelist"


@pytest.fixture
def client(two_resellers: TwoResellers) -> Client:
    return admin_client(two_resellers.admin)


def _form(**fields: object) -> dict[str, object]:
    return {
        "note": "",
        "extension_digits": "0",
        "assignments-TOTAL_FORMS": "0",
        "assignments-INITIAL_FORMS": "0",
    } | fields


@pytest.mark.parametrize("e164", ["4311009", "+0", "+43 1 1009", "+431100900000000000", "", "+43x"])
def test_what_is_no_number_is_named(client: Client, two_resellers: TwoResellers, e164: str) -> None:
    form = _form(e164=e164, reseller=two_resellers.a.reseller.pk)
    assert set(field_errors(client.post(reverse("admin:numbering_phonenumber_add"), form))) == {"e164"}


def test_a_number_is_added_once(client: Client, two_resellers: TwoResellers) -> None:
    form = _form(e164="+4311009", reseller=two_resellers.a.reseller.pk)
    assert client.post(reverse("admin:numbering_phonenumber_add"), form).status_code == 302
    assert set(field_errors(client.post(reverse("admin:numbering_phonenumber_add"), form))) == {"e164"}
    assert PhoneNumber.objects.filter(e164="+4311009").count() == 1


@pytest.mark.parametrize("text", ["+4311001", "43 1 1001", "4311001"])
def test_a_number_is_found_however_it_is_written(client: Client, text: str) -> None:
    page = client.get(reverse(LIST), {"q": text}).content.decode()
    assert "+4311001" in page
    assert "+4312001" not in page


def test_a_subscribers_page_shows_its_numbers_and_a_domains_how_it_dials(
    client: Client, two_resellers: TwoResellers
) -> None:
    side = two_resellers.a
    page = client.get(reverse("admin:subscribers_subscriber_change", args=[side.alice.pk])).content.decode()
    assert ("+4311001" in page, "+4311002" in page) == (True, False)
    page = client.get(reverse("admin:subscribers_domain_change", args=[side.domain.pk])).content.decode()
    assert "Austria" in page


def test_what_can_be_done_with_a_number_is_offered(client: Client, two_resellers: TwoResellers) -> None:
    offered = {}
    for number in (two_resellers.a.alice_number, two_resellers.a.free_number):
        page = client.get(reverse("admin:numbering_phonenumber_change", args=[number.pk])).content.decode()
        offered[number.e164] = ("/assign/" in page, "/release/" in page)
    assert offered == {"+4311001": (False, True), "+4311003": (True, False)}


def test_letters_find_nothing(client: Client) -> None:
    assert "Nothing fits" in client.get(reverse(LIST), {"q": "abc"}).content.decode()


def test_assigned_and_free(client: Client) -> None:
    free = client.get(reverse(LIST), {"state": "free"}).content.decode()
    assert ("+4311003" in free, "+4311001" in free) == (True, False)
    assigned = client.get(reverse(LIST), {"state": "assigned"}).content.decode()
    assert ("+4311003" in assigned, "alice@a.example.org" in assigned) == (False, True)


def test_a_number_stays_what_and_whose_it_is(client: Client, two_resellers: TwoResellers) -> None:
    number = two_resellers.a.free_number
    form = _form(e164="+4319999", reseller=two_resellers.b.reseller.pk, note="spare")
    client.post(reverse("admin:numbering_phonenumber_change", args=[number.pk]), form)
    number.refresh_from_db()
    assert (number.e164, number.reseller, number.note) == ("+4311003", two_resellers.a.reseller, "spare")
