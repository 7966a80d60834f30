"""How a subscriber writes numbers, where it has a format of its own."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from sipedge.facts import NumberFormatFacts
from sipedge.store.interfaces import MISS
from sipedge.store.number_formats import format_of
from sipedge.store.postgres import PostgresStore
from tests.sipedge.store.stock import DOMAIN, Panel, Stock, answer, eventually

OFFICE = NumberFormatFacts(
    7, "Office", "43", "00", "0", "1", "e164", "plus", "at", "4311001", 3, ("122",), ("115", "116xxx")
)  # fmt: skip


def test_a_format_is_read_as_it_was_written_and_is_one_object() -> None:
    assert format_of(json.dumps(OFFICE)) == OFFICE
    assert format_of(json.dumps(OFFICE)) is format_of(json.dumps(OFFICE))
    assert format_of(None) is None


@pytest.fixture
def office(stock: Stock) -> NumberFormatFacts:
    """The format is alice's alone."""
    from tests.factories.numbering import DialSettingsFactory, NumberFormatFactory

    columns = OFFICE._asdict()
    del columns["id"]
    number_format = NumberFormatFactory(**columns)
    DialSettingsFactory(domain=None, subscriber_id=stock.alice, number_format=number_format)
    return OFFICE._replace(id=number_format.pk)


@pytest.mark.django_db(transaction=True)
async def test_a_subscriber_has_its_own_format_and_others_have_their_domains(
    office: NumberFormatFacts, store: PostgresStore, stock: Stock
) -> None:
    alice = await answer(store.subscribers.fetch((stock.domain, "alice")))
    bob = await answer(store.subscribers.fetch((stock.domain, "bob")))
    assert alice is not None
    assert alice.number_format == office
    assert bob is not None
    assert bob.number_format is None
    domain = store.domains.by_name(DOMAIN)
    assert domain is not None
    assert domain.number_format is not None
    assert (domain.number_format.plan, domain.number_format.emergency_numbers) == ("", ())


@pytest.mark.django_db(transaction=True)
async def test_what_changes_a_subscribers_format_is_heard(
    office: NumberFormatFacts, store: PostgresStore, stock: Stock, panel: Panel
) -> None:
    key = (stock.domain, "alice")
    for statement, *values in (
        ("UPDATE numbering_numberformat SET extension_digits = 4 WHERE id = $1", office.id),
        ("DELETE FROM numbering_dialsettings WHERE subscriber_id = $1", stock.alice),
        (
            "INSERT INTO numbering_dialsettings (uid, subscriber_id, number_format_id)"
            " VALUES (gen_random_uuid(), $1, $2)",
            *(stock.alice, office.id),
        ),
    ):
        await answer(store.subscribers.fetch(key))
        assert store.subscribers.get(key) is not MISS
        await panel.execute(statement, *values)
        await eventually(_missing(store, key))
    alice = await answer(store.subscribers.fetch(key))
    assert alice is not None
    assert alice.number_format == office._replace(extension_digits=4)


def _missing(store: PostgresStore, key: tuple[int, str]) -> Callable[[], Any]:
    return lambda: store.subscribers.get(key) is MISS
