"""The SQL by which the database itself writes an event for what a statement did: to one row or to ten thousand.

Statement level with transition tables, so that raw SQL, bulk changes and the edge's own writes count as well, in the
transaction that does them. A trigger with transition tables takes one event, hence one each. No part of a SELECT here
can fail for what stands in a row: a phone's registration must not be refused because it is told of. The owners are
joined from the left, so that an event is written even where an owner goes in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable

import pgtrigger

from accounts.trigger_plans import by_size

_COLUMNS = "type, reseller, customer, subscriber, object_type, object_id, object_name, data"
_TOLD = (
    "told.type, told.reseller, told.customer, told.subscriber, told.object_type, told.object_id, "
    "coalesce(told.object_name, ''), told.data"
)
_ACTOR = "nullif(current_setting('freiton.actor', true), '')::uuid"
_TABLES = {
    pgtrigger.Insert: {"new": "new_rows"},
    pgtrigger.Update: {"old": "old_rows", "new": "new_rows"},
    pgtrigger.Delete: {"old": "old_rows"},
}
CHANGED = "old_rows AS o JOIN new_rows AS n USING (id)"
"""What an update did: each row as it was (o) and as it is (n)."""


def inserted(select: str, *, first: str = "") -> str:
    """The statement that writes the events which `select` gives, with the columns of _COLUMNS in their order.

    first: what stands before the INSERT, as `WITH …`.
    """
    return (
        f"{first} INSERT INTO events_event ({_COLUMNS}, actor) SELECT {_TOLD}, {_ACTOR} "  # noqa: S608 - constants
        f"FROM ({select}) AS told({_COLUMNS})"
    ).strip()


def tell(operation: pgtrigger.Operation, select: str, *, first: str = "", if_any: str = "") -> pgtrigger.Trigger:
    """A trigger that writes the events which `select` gives (see `inserted`).

    if_any: only where this FROM clause has a row.
    """
    insert = inserted(select, first=first)
    few = f"IF EXISTS (SELECT FROM {if_any}) THEN {insert}; END IF;" if if_any else f"{insert};"
    tables = _TABLES[operation]
    return pgtrigger.Trigger(
        name=f"tell_{str(operation).lower()}",
        when=pgtrigger.After,
        operation=operation,
        level=pgtrigger.Statement,
        referencing=pgtrigger.Referencing(**tables),  # type: ignore[no-untyped-call]
        func=f"{by_size(tables.get('new', 'old_rows'), few, insert)} RETURN NULL;",
    )


def utc(column: str) -> str:
    """A time as the API writes it, whatever the session's time zone."""
    return f"to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"


def differs(columns: Iterable[str]) -> str:
    """A condition: an update changed one of these columns."""
    names = list(columns)
    return f"({_row('o', names)}) IS DISTINCT FROM ({_row('n', names)})"


def changed_names(members: dict[str, str]) -> str:
    """The array of the API's names of the columns that an update changed; members: column → name."""
    cases = ", ".join(
        f"CASE WHEN o.{column} IS DISTINCT FROM n.{column} THEN '{name}' END" for column, name in members.items()
    )
    return f"array_remove(ARRAY[{cases}]::text[], NULL)"


def _row(alias: str, columns: list[str]) -> str:
    return ", ".join(f"{alias}.{column}" for column in columns)


def things(name: str, select: str, created: str, members: dict[str, str]) -> list[pgtrigger.Trigger]:
    """The triggers of what is made, changed, suspended, resumed and removed.

    select: the seven columns from reseller to object_name, `{row}` being the row, with `{rows}` in its FROM clause.
    created: the data of what was made. members: the columns whose changes are told, with the API's names of them.
    """

    def of(kind: str, data: str, row: str, rows: str, where: str = "") -> str:
        return f"SELECT {kind}, {select.format(row=row, data=data, rows=rows)} {where}"

    both = CHANGED
    kind = (
        f"CASE WHEN o.is_active AND NOT n.is_active THEN '{name}.suspended' "
        f"WHEN n.is_active AND NOT o.is_active THEN '{name}.resumed' ELSE '{name}.changed' END"
        if "is_active" in members
        else f"'{name}.changed'"
    )
    data = f"jsonb_build_object('changed', {changed_names(members)})"
    return [
        tell(pgtrigger.Insert, of(f"'{name}.created'", created, "n", "new_rows AS n")),
        tell(pgtrigger.Update, of(kind, data, "n", both, f"WHERE {differs(members)}")),
        tell(pgtrigger.Delete, of(f"'{name}.removed'", "'{}'::jsonb", "o", "old_rows AS o")),
    ]
