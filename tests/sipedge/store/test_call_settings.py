"""What the view says of a subscriber's call settings, as facts."""

import json
from typing import Any

import pytest

from sipedge.facts import NO_SETTINGS, CallSettingsFacts, ForwardingFacts
from sipedge.store.call_settings import settings_of
from sipedge.store.interfaces import MISS
from sipedge.store.postgres import PostgresStore
from tests.sipedge.store.stock import Panel, Stock, answer, eventually

FORWARDING = {"condition": "no_answer", "targets": ["+4311001", "sip:anna@example.org"], "seconds": 15}
NOTHING_SET: dict[str, Any] = CallSettingsFacts()._asdict()


def test_no_row_and_a_row_that_says_nothing_else_are_the_same_object() -> None:
    assert settings_of(None) is NO_SETTINGS
    assert settings_of(json.dumps(NOTHING_SET)) is NO_SETTINGS


def test_everything_that_can_be_set() -> None:
    rows = NOTHING_SET | {
        "international": True,
        "max_calls": 3,
        "called_number_in": "request_uri",
        "location": "https://location.example.org/1",
        "shown_numbers": ["+49301"],
        "blocked_callers": ["+4390*"],
        "allowed_callers": ["anna@example.org"],
        "only_allowed_callers": True,
        "forwardings": [FORWARDING],
    }
    assert settings_of(json.dumps(rows)) == CallSettingsFacts(
        international=True,
        max_calls=3,
        called_number_in="request_uri",
        location="https://location.example.org/1",
        shown_numbers=("+49301",),
        blocked_callers=("+4390*",),
        allowed_callers=("anna@example.org",),
        only_allowed_callers=True,
        forwardings=(ForwardingFacts("no_answer", ("+4311001", "sip:anna@example.org"), 15),),
    )


def test_settings_that_are_alike_are_one_object_that_can_be_looked_up() -> None:
    text = json.dumps(NOTHING_SET | {"international": True, "forwardings": [FORWARDING]})
    assert settings_of(text) is settings_of(str(text.encode(), "ascii"))
    assert hash(settings_of(text))


@pytest.mark.parametrize(
    "rows",
    [
        NOTHING_SET | {"unheard_of": True},
        {name: value for name, value in NOTHING_SET.items() if name != "location"},
        NOTHING_SET | {"forwardings": [FORWARDING | {"unheard_of": 1}]},
        NOTHING_SET | {"forwardings": [{"condition": "busy"}]},
    ],
)
def test_a_view_that_says_less_or_more_is_not_believed(rows: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="other fields"):
        settings_of(json.dumps(rows))


@pytest.mark.django_db(transaction=True)
async def test_what_is_set_in_the_panel_counts_within_a_second(
    store: PostgresStore, stock: Stock, panel: Panel
) -> None:
    key = (stock.domain, "alice")
    alice = await answer(store.subscribers.fetch(key))
    assert alice is not None
    assert (alice.settings, alice.customer_max_calls, alice.reseller_max_calls) == (NO_SETTINGS, None, None)
    assert alice.settings is NO_SETTINGS

    await panel.execute("UPDATE accounts_customer SET max_calls = 5")
    await panel.execute("UPDATE accounts_reseller SET max_calls = 700")
    await panel.execute(
        "INSERT INTO subscribers_forwarding (subscriber_id, condition, targets) VALUES ($1, 'busy', $2)",
        stock.alice,
        ["+4315550001", "sip:anna@example.org"],
    )

    await eventually(lambda: store.subscribers.get(key) is MISS)
    alice = await answer(store.subscribers.fetch(key))
    assert alice is not None
    assert alice.settings.forwardings == (ForwardingFacts("busy", ("+4315550001", "sip:anna@example.org"), 20),)
    assert (alice.customer_max_calls, alice.reseller_max_calls) == (5, 700)
