"""Number formats in the panel, and the page that tries one."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from numbering.models import DialSettings, NumberFormat
from numbering.shipped import ensure_shipped_formats
from provider.panel.admin import INLINE_ROWS
from tests.factories.numbering import DialSettingsFactory, NumberFormatFactory
from tests.factories.subscribers import DomainFactory, SubscriberFactory
from tests.factories.two_resellers import TwoResellers
from tests.provider.panel.panel import admin_client, field_errors, queries_of

ADD = "admin:numbering_numberformat_add"
CHANGE = "admin:numbering_numberformat_change"


@pytest.fixture
def client(two_resellers: TwoResellers) -> Client:
    return admin_client(two_resellers.admin)


def _form(**fields: object) -> dict[str, Any]:
    rows = {f"dial_settings{n}-{kind}_FORMS": "0" for n in ("", "-2") for kind in ("TOTAL", "INITIAL")}
    plain = {"country_code": "43", "bare_digits": "e164", "sends_as": "plus", "extension_digits": "0"}
    return rows | plain | fields


def test_a_number_format_needs_an_area_for_local_digits(client: Client) -> None:
    form = _form(name="Local", bare_digits="local")
    add = reverse("admin:numbering_numberformat_add")
    assert "Numbers in the same area need the area code." in str(field_errors(client.post(add, form)))
    assert client.post(add, form | {"area_code": "1"}).status_code == 302


def test_the_queries_of_a_format_do_not_grow_with_its_domains(client: Client) -> None:
    written = NumberFormatFactory()
    page = reverse("admin:numbering_numberformat_change", args=[written.pk])
    DialSettingsFactory(number_format=written)
    client.get(page)  # what a process reads once
    before = queries_of(client, page)
    for _ in range(2 * INLINE_ROWS):
        DialSettingsFactory(number_format=written)
    assert queries_of(client, page) == before


def test_domains_are_added_to_a_format_and_taken_off(client: Client) -> None:
    written = NumberFormatFactory()
    stays, goes = (DialSettingsFactory(number_format=written) for _ in range(2))
    comes = DomainFactory()
    form = _form(name=written.name) | {
        "dial_settings-TOTAL_FORMS": "3",
        "dial_settings-INITIAL_FORMS": "2",
        "dial_settings-0-id": stays.pk,
        "dial_settings-0-number_format": written.pk,
        "dial_settings-0-domain": comes.pk,
        "dial_settings-1-id": goes.pk,
        "dial_settings-1-number_format": written.pk,
        "dial_settings-1-DELETE": "on",
        "dial_settings-2-number_format": written.pk,
        "dial_settings-2-domain": comes.pk,
    }
    answer = client.post(reverse("admin:numbering_numberformat_change", args=[written.pk]), form)
    assert answer.status_code == 302
    kept = set(DialSettings.objects.filter(number_format=written).values_list("domain", flat=True))
    assert kept == {stays.domain_id, comes.pk}


def test_lists_are_written_in_lines_and_the_base_as_people_write_numbers(client: Client) -> None:
    form = _form(
        name="Office",
        plan="at",
        extension_base="+43 1 1001",
        extension_digits="3",
        emergency_numbers="122\r\n\r\n 133 ",
        service_numbers="115\n118*",
    )
    assert client.post(reverse(ADD), form).status_code == 302
    office = NumberFormat.objects.get(name="Office")
    assert (office.extension_base, office.extension_digits) == ("4311001", 3)
    assert (office.emergency_numbers, office.service_numbers) == (["122", "133"], ["115", "118*"])
    page = client.get(reverse(CHANGE, args=[office.pk])).content.decode()
    assert "122\n133" in page


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"plan": "de"}, {"plan"}),
        ({"emergency_numbers": "+112"}, {"emergency_numbers"}),
        ({"service_numbers": "1x8"}, {"service_numbers"}),
        ({"extension_base": "4311001"}, {"__all__"}),
        ({"extension_base": "01 1001", "extension_digits": "2"}, {"extension_base"}),
    ],
)
def test_what_is_wrong_is_named_where_it_stands(client: Client, fields: dict[str, str], wrong: set[str]) -> None:
    assert set(field_errors(client.post(reverse(ADD), _form(name="Office", **fields)))) == wrong
    assert not NumberFormat.objects.filter(name="Office").exists()


def test_a_subscriber_gets_a_format_of_its_own(client: Client, two_resellers: TwoResellers) -> None:
    written, alice = NumberFormatFactory(), two_resellers.a.alice
    form = _form(name=written.name) | {
        "dial_settings-2-TOTAL_FORMS": "1",
        "dial_settings-2-0-number_format": written.pk,
        "dial_settings-2-0-subscriber": alice.pk,
    }
    assert client.post(reverse(CHANGE, args=[written.pk]), form).status_code == 302
    written.refresh_from_db()
    assert DialSettings.objects.format_of(alice) == written.value
    page = client.get(reverse("admin:subscribers_subscriber_change", args=[alice.pk])).content.decode()
    assert written.name in page


def test_the_queries_of_a_format_do_not_grow_with_its_subscribers(client: Client) -> None:
    written = NumberFormatFactory()
    page = reverse(CHANGE, args=[written.pk])
    DialSettingsFactory(number_format=written, domain=None, subscriber=SubscriberFactory())
    client.get(page)  # what a process reads once
    before = queries_of(client, page)
    for _ in range(3):
        DialSettingsFactory(number_format=written, domain=None, subscriber=SubscriberFactory())
    assert queries_of(client, page) == before


def test_a_shipped_format_is_not_deleted(client: Client) -> None:
    ensure_shipped_formats()
    shipped, own = NumberFormat.objects.get(shipped="at"), NumberFormatFactory()
    delete = "admin:numbering_numberformat_delete"
    page = client.post(reverse(delete, args=[shipped.pk]), {"post": "yes"})
    assert f"{shipped.name} comes with Freiton" in page.content.decode()
    chosen = {"action": "delete_selected", "_selected_action": [shipped.pk, own.pk], "post": "yes"}
    client.post(reverse("admin:numbering_numberformat_changelist"), chosen)
    assert NumberFormat.objects.filter(pk__in=[shipped.pk, own.pk]).count() == 2
    client.post(reverse(delete, args=[own.pk]), {"post": "yes"})
    assert not NumberFormat.objects.filter(pk=own.pk).exists()
