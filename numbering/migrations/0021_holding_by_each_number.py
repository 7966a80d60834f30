"""What state numbers are in is worked out by looks at the index, one for each of them.

Joined as before, PostgreSQL read all assignments that there are for a thousand new ones: with a million of them half a
second, for each thousand rows of an import. A lateral aggregate, and a subquery with OFFSET, are not made into joins.
"""

from importlib import import_module

from django.db import migrations

REFUSE_AWAY = """
CREATE OR REPLACE FUNCTION numbering_refuse_away(numbers bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    refused record;
BEGIN
    SELECT n.e164, n.holding INTO refused
    FROM numbering_phonenumber n
    CROSS JOIN LATERAL (
        SELECT a.subscriber_id
        FROM numbering_numberassignment a
        WHERE a.number_id = n.id AND (a.valid_until IS NULL OR a.valid_until > statement_timestamp())
        OFFSET 0
    ) open
    CROSS JOIN LATERAL (
        SELECT s.customer_id FROM subscribers_subscriber s WHERE s.id = open.subscriber_id OFFSET 0
    ) wanted
    LEFT JOIN LATERAL (
        SELECT p.customer_id
        FROM numbering_numberassignment had JOIN subscribers_subscriber p ON p.id = had.subscriber_id
        WHERE had.number_id = n.id AND had.valid_until <= statement_timestamp()
        ORDER BY had.valid_until DESC LIMIT 1
    ) last ON true
    WHERE n.id = ANY(numbers) AND n.holding IN ('ported_out', 'quarantined')
          AND (n.holding = 'ported_out'
               OR n.quarantined_until > statement_timestamp() AND last.customer_id IS DISTINCT FROM wanted.customer_id)
    LIMIT 1;
    IF refused.holding = 'ported_out' THEN
        RAISE EXCEPTION '% is another provider''s', refused.e164
            USING ERRCODE = 'check_violation', CONSTRAINT = 'numberassignment_not_of_ported_out';
    ELSIF refused.holding = 'quarantined' THEN
        RAISE EXCEPTION '% is in quarantine', refused.e164
            USING ERRCODE = 'check_violation', CONSTRAINT = 'numberassignment_not_in_quarantine';
    END IF;
END
$$;
"""

KEEP_HOLDING = """
CREATE OR REPLACE FUNCTION numbering_keep_holding(numbers bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    -- In this order everywhere, so that two at the same time wait and do not lock each other out.
    PERFORM FROM numbering_phonenumber WHERE id = ANY(numbers) ORDER BY id FOR NO KEY UPDATE;
    PERFORM numbering_refuse_away(numbers);
    WITH known AS (
        SELECT n.id, n.holding AS before, had.open, had.is_held,
               CASE n.holding WHEN 'held' THEN statement_timestamp() ELSE had.ended_at END
                   + numbering_quarantine() AS rests_until
        FROM numbering_phonenumber n
        CROSS JOIN LATERAL (
            SELECT count(a.id) FILTER (WHERE a.valid_until IS NULL OR a.valid_until > statement_timestamp()) AS open,
                   bool_and(a.valid_from <= statement_timestamp() AND a.valid_until IS NULL)
                       FILTER (WHERE a.valid_until IS NULL OR a.valid_until > statement_timestamp()) AS is_held,
                   max(a.valid_until) FILTER (WHERE a.valid_until <= statement_timestamp()) AS ended_at
            FROM numbering_numberassignment a
            WHERE a.number_id = n.id
        ) had
        WHERE n.id = ANY(numbers) AND n.holding <> 'ported_out'
    ), state AS (
        SELECT id,
               CASE
                   WHEN open > 0 AND is_held THEN 'held'
                   WHEN open > 0 THEN 'dated'
                   WHEN before NOT IN ('held', 'dated') THEN before
                   WHEN rests_until > statement_timestamp() THEN 'quarantined'
                   ELSE 'free'
               END AS holding,
               rests_until
        FROM known
    )
    UPDATE numbering_phonenumber n
    SET holding = state.holding,
        quarantined_until = CASE WHEN state.holding = 'quarantined' THEN state.rests_until END
    FROM state WHERE n.id = ANY(numbers) AND n.id = state.id AND n.holding <> state.holding;
END
$$;
"""
# What is replaced forgets what migration 0015 set.
FUNCTIONS = ("numbering_keep_holding(bigint[])", "numbering_refuse_away(bigint[])")
INDEXES = "".join(f"ALTER FUNCTION {function} SET enable_seqscan = off;" for function in FUNCTIONS)
AS_BEFORE = "".join(
    f"ALTER FUNCTION {function} SET enable_seqscan = off SET enable_nestloop = off;" for function in FUNCTIONS
)
_THEN = import_module("numbering.migrations.0008_inventory_functions").KEEP_HOLDING
BEFORE = (
    _THEN[_THEN.index("CREATE FUNCTION numbering_refuse_away") :]
    .replace("DROP FUNCTION numbering_keep_holding(bigint[]);", "")
    .replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
)


class Migration(migrations.Migration):
    dependencies = [("numbering", "0020_dial_settings_uid")]

    operations = [migrations.RunSQL(REFUSE_AWAY + KEEP_HOLDING + INDEXES, BEFORE + AS_BEFORE)]
