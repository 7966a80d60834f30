"""Blocks and numbers in the panel: what is shown of them, and what is done with them."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Reseller
from numbering.actions import release_number
from numbering.models import NumberBlock, PhoneNumber
from tests.factories.numbering import NumberBlockFactory, PhoneNumberFactory
from tests.factories.two_resellers import TwoResellers
from tests.provider.panel.panel import admin_client, queries_of

NUMBERS = "admin:numbering_phonenumber_changelist"
PURCHASE = {"purchase-TOTAL_FORMS": "0", "purchase-INITIAL_FORMS": "0"}
BLOCKS = "admin:numbering_numberblock_changelist"


@pytest.fixture
def client(two_resellers: TwoResellers) -> Client:
    return admin_client(two_resellers.admin)


@pytest.fixture
def block(two_resellers: TwoResellers) -> NumberBlock:
    """Nobody's; another one is reseller B's."""
    NumberBlockFactory(first="+4315000", last="+4315099", reseller=two_resellers.b.reseller)
    found: NumberBlock = NumberBlockFactory(first="+4314000", last="+4314099", extension_digits=2)
    return found


def _do(client: Client, row: Any, action: str, **said: Any) -> Any:
    """Opens an action's page, then sends its form."""
    name = row._meta.model_name
    address = f"/admin/numbering/{name}/{row.pk}/{action}"
    assert client.get(address, follow=True).status_code == 200
    return client.post(client.get(address, follow=True).request["PATH_INFO"], said)


def _errors(response: Any) -> dict[str, list[str]]:
    assert response.status_code == 200
    return dict(response.context["question"].form.errors)


def test_a_page_writes_what_was_typed_and_no_state_of_before(client: Client, two_resellers: TwoResellers) -> None:
    number = two_resellers.a.alice_number
    page = reverse("admin:numbering_phonenumber_change", args=[number.pk])
    form = {"note": "reception", "extension_digits": str(number.extension_digits)}
    form |= {"assignments-TOTAL_FORMS": "0", "assignments-INITIAL_FORMS": "0"}
    with CaptureQueriesContext(connection) as queries:
        assert client.post(page, form).status_code == 302
    written = [one["sql"] for one in queries if one["sql"].startswith('UPDATE "numbering_phonenumber"')]
    assert [sql.partition(" WHERE ")[0] for sql in written] == [
        """UPDATE "numbering_phonenumber" SET "note" = 'reception'"""
    ]


def test_a_block_is_added_and_overlapping_ones_are_refused(client: Client, block: NumberBlock) -> None:
    add = reverse("admin:numbering_numberblock_add")
    form = {"first": "+4316000", "last": "+4316099", "extension_digits": "0", "note": "", "reseller": ""} | PURCHASE
    assert client.post(add, form).status_code == 302
    refused = client.post(add, form | {"first": "+4314050", "last": "+4314150"})
    assert "holds some of these numbers" in refused.content.decode()
    assert NumberBlock.objects.count() == 3


def test_the_list_shows_how_much_of_each_block_is_used(client: Client, block: NumberBlock, two_resellers: Any) -> None:
    _do(client, block, "give", reseller=two_resellers.a.reseller.pk, first="+4314000", last="+4314099")
    _do(client, block, "allocate", count="20")
    PhoneNumber.objects.filter(e164="+4314000").update(holding="ported_out", ported_out_at="2026-01-01T00:00Z")
    page = client.get(reverse(BLOCKS), {"q": "+4314"})
    rows = page.context["cl"].result_list
    assert [(row.size, row.usage.taken, row.usage.free) for row in rows] == [(100, 20, 99)]
    assert ">99<" in page.content.decode().replace(" ", "")


def test_the_queries_of_the_list_do_not_grow(client: Client, block: NumberBlock) -> None:
    client.get(reverse(BLOCKS))
    before = queries_of(client, reverse(BLOCKS))
    NumberBlockFactory.create_batch(10)
    assert queries_of(client, reverse(BLOCKS)) == before


def test_a_block_is_found_by_a_number_in_it(client: Client, block: NumberBlock) -> None:
    for text, found in (("+43 1 4050", 1), ("+431", 2), ("+4314999", 0), ("abc", 0), ("9" * 40, 0)):
        page = client.get(reverse(BLOCKS), {"q": text})
        assert len(page.context["cl"].result_list) == found, text
    for given, found in (("yes", "+4315000"), ("no", "+4314000")):
        page = client.get(reverse(BLOCKS), {"given": given})
        assert [row.first for row in page.context["cl"].result_list] == [found]


def test_a_part_is_given_split_and_taken_back(client: Client, block: NumberBlock, two_resellers: TwoResellers) -> None:
    reseller = two_resellers.a.reseller
    assert _do(client, block, "give", reseller=reseller.pk, first="+4314010", last="+4314019").status_code == 302
    assert list(NumberBlock.objects.filter(reseller=reseller).values_list("first", "last")) == [
        ("+4314010", "+4314019")
    ]
    assert "has this block" in str(
        _errors(_do(client, block, "give", reseller=reseller.pk, first="+4314010", last="+4314011"))
    )
    assert _do(client, block, "split", first="+4314010", last="+4314014").status_code == 302
    assert list(_errors(_do(client, block, "split", first="+4314010", last="+4314019"))) == ["last"]
    assert _do(client, block, "take_back", first="+4314010", last="+4314014").status_code == 302
    assert list(NumberBlock.objects.filter(reseller=reseller).values_list("first", flat=True)) == ["+4314015"]
    assert _do(client, block, "give_up").status_code == 302
    assert not NumberBlock.objects.filter(first="+4314010").exists()


def test_numbers_are_taken_by_count_or_range(client: Client, two_resellers: TwoResellers) -> None:
    block = NumberBlockFactory(first="+4314000", last="+4314099", reseller=two_resellers.a.reseller)
    assert _do(client, block, "allocate", count="5").status_code == 302
    assert _do(client, block, "allocate", first="+4314050", last="+4314052").status_code == 302
    assert PhoneNumber.objects.filter(block=block).count() == 8
    for said in ({}, {"count": "5", "first": "+4314060"}):
        assert "Say either how many" in str(_errors(_do(client, block, "allocate", **said)))
    assert "are taken" in str(_errors(_do(client, block, "allocate", first="+4314000")))
    assert PhoneNumber.objects.filter(block=block).count() == 8


def test_what_can_be_done_with_a_block_depends_on_whose_it_is(client: Client, block: NumberBlock) -> None:
    offered = {}
    for one in NumberBlock.objects.all():
        page = client.get(reverse("admin:numbering_numberblock_change", args=[one.pk])).content.decode()
        offered[one.first] = {
            name for name in ("give", "allocate", "split", "take_back", "give_up") if f"/{name}/" in page
        }
    assert offered == {"+4314000": {"give", "split", "give_up"}, "+4315000": {"allocate", "split", "take_back"}}


def test_every_state_has_its_filter(client: Client, two_resellers: TwoResellers) -> None:
    release_number(two_resellers.a.alice_number)
    PhoneNumberFactory(e164="+4313001", ported_out=True)
    found = {}
    for state in ("free", "assigned", "quarantined", "ported_out"):
        page = client.get(reverse(NUMBERS), {"state": state})
        found[state] = [row.e164 for row in page.context["cl"].result_list]
    assert found == {
        "free": ["+4311003", "+4312003"],
        "assigned": ["+4311002", "+4312001", "+4312002"],
        "quarantined": ["+4311001"],
        "ported_out": ["+4313001"],
    }


def test_a_number_goes_through_its_states(client: Client, two_resellers: TwoResellers) -> None:
    number = two_resellers.a.alice_number
    states = []
    release_number(number)
    for action, said in (("end_quarantine", {}), ("port_out", {"to": "Another"}), ("port_back", {})):
        assert _do(client, number, action, **said).status_code == 302
        number.refresh_from_db()
        states.append(number.holding)
    assert states == ["free", "ported_out", "free"]
    assert number.ported_from == "Another"
    assert "not in quarantine" in str(_errors(_do(client, number, "end_quarantine")))
    assert _do(client, number, "remove").status_code == 302
    assert not PhoneNumber.objects.filter(pk=number.pk).exists()


def test_a_held_number_is_not_removed(client: Client, two_resellers: TwoResellers) -> None:
    assert "Only a free number" in str(_errors(_do(client, two_resellers.a.alice_number, "remove")))


def test_a_number_is_ported_in(client: Client, two_resellers: TwoResellers) -> None:
    address = client.get(reverse(NUMBERS)).context["actions_list"][0]["path"]
    assert client.get(address).status_code == 200
    said = {"e164": "+49 30 1001", "reseller": two_resellers.a.reseller.pk, "origin": "Another"}
    assert client.post(address, said).status_code == 302
    assert PhoneNumber.objects.get(e164="+49301001").reseller == Reseller.objects.get(name="Reseller a")
    assert "in the inventory already" in str(_errors(client.post(address, said)))


def test_the_list_is_exported_as_it_is_narrowed(client: Client, two_resellers: TwoResellers) -> None:
    PhoneNumberFactory(e164="+4313001", note="=1+1")
    page = client.get(reverse(NUMBERS), {"state": "free", "q": "+431"})
    (address,) = (one["path"] for one in page.context["actions_list"] if "/export" in one["path"])
    response: Any = client.get(address)
    lines = b"".join(response.streaming_content).decode().splitlines()
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert [line.split(",")[0] for line in lines] == ["number", "+4311003", "+4312003", "+4313001"]
    assert lines[-1].endswith("'=1+1")


def test_the_page_of_a_number_says_its_state_in_words(client: Client, two_resellers: TwoResellers) -> None:
    number = PhoneNumberFactory(e164="+4317000", reseller=two_resellers.a.reseller)
    text = client.get(reverse("admin:numbering_phonenumber_change", args=[number.pk])).content.decode()
    assert "free</span>" in "".join(text.split())
    assert "NumberState" not in text
    assert "/admin/calls/call/?q=%2B4317000" in text
    assert "/admin/explain/?callee=%2B4317000" in text
