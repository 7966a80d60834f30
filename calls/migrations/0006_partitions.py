"""Calls are kept in a partition for each month, by the time in their own ids (docs/adr/0016).

What was written before becomes one partition, up to the end of the month in which this runs: it is attached as it
stands, indexes and all, without copying a row. Taken back, all calls are copied into one table again.
"""

from datetime import UTC, datetime
from uuid import UUID

from django.db import migrations

EDGE_CALL = """
CREATE VIEW edge_call AS
    SELECT id, direction, state, sip_call_id, from_tag, to_tag, caller, callee, caller_number, callee_number,
           caller_subscriber_id, callee_subscriber_id, caller_customer_id, callee_customer_id,
           caller_reseller_id, callee_reseller_id, gateway_in_id, gateway_out_id, edge, started_at, ringing_at,
           answered_at, ended_at, status_code, reason, cause, ended_by,
           parent_id, steps, attempts, dialog, session_expires_at
    FROM calls_call;
"""
INDEXES = """
    SELECT c.relname, regexp_replace(pg_get_indexdef(indexrelid), '^.* (USING .*)$', '\\1')
    FROM pg_index JOIN pg_class c ON c.oid = indexrelid
    WHERE indrelid = 'calls_call'::regclass AND NOT indisprimary"""
AHEAD = 3


def split(apps, schema_editor):
    """One table becomes partitions."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("DROP VIEW edge_call")
        cursor.execute(INDEXES)
        indexes = cursor.fetchall()
        cursor.execute("ALTER TABLE calls_call RENAME TO calls_call_before")
        cursor.execute("ALTER INDEX calls_call_pkey RENAME TO calls_call_before_pkey")
        for name, _ in indexes:
            cursor.execute(f"ALTER INDEX {name} RENAME TO {name}_before")
        cursor.execute(
            "CREATE TABLE calls_call (LIKE calls_call_before INCLUDING ALL EXCLUDING INDEXES EXCLUDING STORAGE)"
            " PARTITION BY RANGE (id)"
        )
        cursor.execute("ALTER TABLE calls_call ADD CONSTRAINT calls_call_pkey PRIMARY KEY (id)")
        for name, definition in indexes:
            cursor.execute(f"CREATE INDEX {name} ON calls_call {definition}")
        cursor.execute("CREATE TABLE calls_call_other PARTITION OF calls_call DEFAULT WITH (fillfactor = 80)")
        keep(cursor)
        cursor.execute(EDGE_CALL)


def keep(cursor):
    """The calls that are there stay in their table; for the months that have none there are new ones."""
    now = datetime.now(UTC)
    month = now.year * 12 + now.month - 1
    cursor.execute("SELECT EXISTS (SELECT FROM calls_call_before)")
    if cursor.fetchone()[0]:
        month += 1
        bound = first_id(month)
        cursor.execute(
            "WITH moved AS (DELETE FROM calls_call_before WHERE id >= %s RETURNING *)"
            " INSERT INTO calls_call_other SELECT * FROM moved",
            [bound],
        )
        cursor.execute("ALTER TABLE calls_call ATTACH PARTITION calls_call_before FOR VALUES FROM (MINVALUE) TO (%s)", [bound])
    else:
        cursor.execute("DROP TABLE calls_call_before")
    last = now.year * 12 + now.month - 1 + AHEAD
    for each in range(month, last + 1):
        name = f"calls_call_{each // 12:04}_{each % 12 + 1:02}"
        cursor.execute(f"CREATE TABLE {name} (LIKE calls_call INCLUDING ALL) WITH (fillfactor = 80)")
        bounds = [first_id(each), first_id(each + 1)]
        cursor.execute(
            f"WITH moved AS (DELETE FROM calls_call_other WHERE id >= %s AND id < %s RETURNING *)"
            f" INSERT INTO {name} SELECT * FROM moved",
            bounds,
        )
        cursor.execute(f"ALTER TABLE calls_call ATTACH PARTITION {name} FOR VALUES FROM (%s) TO (%s)", bounds)


def first_id(month):
    """The least id of the months since year 0."""
    begin = datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC)
    return UUID(int=int(begin.timestamp()) * 1000 << 80)


def join(apps, schema_editor):
    """Partitions become one table."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("DROP VIEW edge_call")
        cursor.execute(INDEXES)
        indexes = cursor.fetchall()
        cursor.execute("ALTER TABLE calls_call RENAME TO calls_call_parts")
        cursor.execute(
            "CREATE TABLE calls_call (LIKE calls_call_parts INCLUDING ALL EXCLUDING INDEXES) WITH (fillfactor = 80)"
        )
        cursor.execute("INSERT INTO calls_call SELECT * FROM calls_call_parts")
        cursor.execute("DROP TABLE calls_call_parts")
        cursor.execute("ALTER TABLE calls_call ADD CONSTRAINT calls_call_pkey PRIMARY KEY (id)")
        for name, definition in indexes:
            cursor.execute(f"CREATE INDEX {name} ON calls_call {definition}")
        cursor.execute(EDGE_CALL)


class Migration(migrations.Migration):
    dependencies = [("calls", "0005_call_path")]

    operations = [migrations.RunPython(split, join)]
