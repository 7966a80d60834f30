"""Triggers that tell the edge what changed: one NOTIFY on channel `edge` for each statement.

The payload is JSON, `{"t": TOPIC, "k": [key, …]}`; `"k": null` says that everything of the topic may have
changed. The SQL function `edge_notify` (migration accounts 0002) writes it and says null by itself when the
keys are too many or too long: a payload of 8,000 bytes would abort the user's transaction.

Statement level with transition tables, so that raw SQL and bulk changes count and cost one message. A trigger
with transition tables takes one event, hence one for each of insert, update, delete and truncate. ON CONFLICT
fires those of insert and update both, one of them with an empty table, which stays silent.
"""

from __future__ import annotations

from collections.abc import Iterable

import pgtrigger

from accounts.trigger_plans import by_size

# What a statement put in (`new_rows`) or took away (`old_rows`); an update names both, so that a row that was
# renamed or moved tells its old and its new key.
_CHANGED = {
    pgtrigger.Insert: "new_rows",
    pgtrigger.Update: "(SELECT * FROM old_rows UNION ALL SELECT * FROM new_rows)",
    pgtrigger.Delete: "old_rows",
}
_TABLES = {
    pgtrigger.Insert: {"new": "new_rows"},
    pgtrigger.Update: {"old": "old_rows", "new": "new_rows"},
    pgtrigger.Delete: {"old": "old_rows"},
}

# The edge knows what it wrote itself: its sessions say SET freiton.edge = 'on'.
UNLESS_EDGE = pgtrigger.Condition("current_setting('freiton.edge', true) IS DISTINCT FROM 'on'")


def notify_keys(topic: str, keys: str, *, condition: pgtrigger.Condition | None = None) -> list[pgtrigger.Trigger]:
    """Return the triggers of a table that name the changed keys of `topic`.

    `keys` is a SELECT of one text column from `{changed}`, which stands for the rows that changed.
    """
    triggers = []
    for operation, rows in _CHANGED.items():
        select = keys.format(changed=f"{rows} AS changed")
        distinct = f"SELECT DISTINCT k FROM ({select}) AS keys(k)"  # noqa: S608 - constants of this project
        told = f"edge_notify('{topic}', ARRAY({distinct}))"
        body = f"PERFORM {told};"
        if " JOIN " in keys:
            body = by_size(_TABLES[operation].get("new", "old_rows"), body, f"SELECT {told}")
        triggers.append(_trigger(topic, operation, body, condition))
    return [*triggers, _truncated(topic)]


def notify_all(topic: str, *, where: str = "") -> list[pgtrigger.Trigger]:
    """Return the triggers of a table whose every change makes all of `topic` stale.

    where: only changes of rows for which this condition on `changed` holds.
    """
    condition = f" WHERE {where}" if where else ""
    triggers = []
    for operation, rows in _CHANGED.items():
        body = f"IF EXISTS (SELECT FROM {rows} AS changed{condition}) THEN {_all(topic)} END IF;"
        triggers.append(_trigger(topic, operation, body))
    return [*triggers, _truncated(topic)]


def notify_all_when_changed(topic: str, columns: Iterable[str]) -> list[pgtrigger.Trigger]:
    """Return a trigger that makes all of `topic` stale when an update changes one of `columns`."""
    differs = " OR ".join(f"before.{column} IS DISTINCT FROM after.{column}" for column in columns)
    changed = f"EXISTS (SELECT FROM old_rows AS before JOIN new_rows AS after USING (id) WHERE {differs})"
    body = by_size(
        "new_rows", f"IF {changed} THEN {_all(topic)} END IF;", f"SELECT edge_notify_all('{topic}') WHERE {changed}"
    )
    return [_trigger(f"all_{topic}", pgtrigger.Update, body)]


def notify_when_set(topic: str, column: str) -> list[pgtrigger.Trigger]:
    """Return a trigger that names each row of which an update, not of an edge's, gives `column` a value.

    Row level: an edge's own updates cost one look at the row then, where transition tables would copy it twice.
    """
    became_set = pgtrigger.Condition(f"OLD.{column} IS NULL AND NEW.{column} IS NOT NULL AND {UNLESS_EDGE.sql}")
    return [
        pgtrigger.Trigger(
            name=f"notify_{topic}_{column}",
            when=pgtrigger.After,
            operation=pgtrigger.Update,
            condition=became_set,
            func=f"PERFORM edge_notify('{topic}', ARRAY[NEW.id::text]); RETURN NULL;",
        )
    ]


def _all(topic: str) -> str:
    return f"PERFORM edge_notify_all('{topic}');"


def _trigger(
    name: str, operation: pgtrigger.Operation, body: str, condition: pgtrigger.Condition | None = None
) -> pgtrigger.Trigger:
    tables = _TABLES.get(operation)
    return pgtrigger.Trigger(
        name=f"notify_{name}_{str(operation).lower()}",
        when=pgtrigger.After,
        operation=operation,
        level=pgtrigger.Statement,
        referencing=pgtrigger.Referencing(**tables) if tables else None,  # type: ignore[no-untyped-call]
        condition=condition,
        func=f"{body} RETURN NULL;",
    )


def _truncated(topic: str) -> pgtrigger.Trigger:
    return _trigger(topic, pgtrigger.Truncate, _all(topic))
