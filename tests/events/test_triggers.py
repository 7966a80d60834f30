"""The pieces of SQL that triggers are made of."""

import pgtrigger
from django.apps import apps

from accounts.trigger_plans import by_size
from events.triggers import changed_names, differs, inserted, tell, utc


def test_a_change_is_named_as_the_api_does() -> None:
    assert differs(["a", "b"]) == "(o.a, o.b) IS DISTINCT FROM (n.a, n.b)"
    assert changed_names({"customer_id": "customer"}).startswith(
        "array_remove(ARRAY[CASE WHEN o.customer_id IS DISTINCT FROM n.customer_id THEN 'customer' END]"
    )
    assert utc("n.at").startswith("to_char(n.at AT TIME ZONE 'UTC'")


def test_a_statement_writes_all_columns() -> None:
    assert inserted("SELECT 1").count("reseller, customer, subscriber") == 2
    trigger = tell(pgtrigger.Insert, "SELECT 1", if_any="new_rows")
    few, many = f"IF EXISTS (SELECT FROM new_rows) THEN {inserted('SELECT 1')}; END IF;", inserted("SELECT 1")
    assert trigger.func == f"{by_size('new_rows', few, many)} RETURN NULL;"


def test_renewals_of_registrations_fire_nothing() -> None:
    watched = apps.get_model("events", "WatchedBinding")
    assert {str(trigger.operation) for trigger in watched._meta.triggers} == {"INSERT", "DELETE"}
