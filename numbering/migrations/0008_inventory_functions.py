"""What the triggers of the inventory call: where a number lies, what moves with a block, and what state a number is in."""

from django.db import migrations

# Numbers are written while a shared lock is held, blocks while an exclusive one is: so a number never slips into a
# block that another transaction makes around it. Both last until the transaction ends.
LOCK = """
CREATE FUNCTION numbering_lock_blocks(changes_blocks boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF changes_blocks THEN
        PERFORM pg_advisory_xact_lock(hashtext('numbering_numberblock'));
    ELSE
        PERFORM pg_advisory_xact_lock_shared(hashtext('numbering_numberblock'));
    END IF;
END
$$;
"""

# The block around a number. A number in a block is the block's reseller's; behind a base number (one that takes
# extensions) nobody else's number lies, since calls to it would be taken away from the base number.
PLACE = """
CREATE FUNCTION numbering_place(number text, extensions integer, owner bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    around record;
    other text;
BEGIN
    PERFORM numbering_lock_blocks(false);
    SELECT b.id, b.reseller_id, b.first, b.last INTO around
    FROM numbering_numberblock b
    WHERE b.digits = length(number) - 1 AND b.numbers @> substring(number, 2)::bigint;
    IF around.id IS NOT NULL AND around.reseller_id IS DISTINCT FROM owner THEN
        RAISE EXCEPTION '% lies in the block % – % of somebody else', number, around.first, around.last
            USING ERRCODE = 'check_violation', CONSTRAINT = 'phonenumber_of_its_blocks_reseller';
    END IF;
    SELECT n.e164 INTO other
    FROM numbering_phonenumber n
    WHERE n.extension_digits > 0 AND n.reseller_id <> owner
          AND n.e164 = ANY(ARRAY(SELECT left(number, size) FROM generate_series(3, length(number) - 1) AS size))
          AND n.extension_digits >= length(number) - length(n.e164)
    LIMIT 1;
    IF other IS NULL AND extensions > 0 THEN
        SELECT n.e164 INTO other
        FROM numbering_phonenumber n
        WHERE n.e164::text ~>~ number AND n.e164::text ~<~ (number || ':')
              AND n.reseller_id <> owner AND length(n.e164) - length(number) <= extensions
        LIMIT 1;
    END IF;
    IF other IS NOT NULL THEN
        RAISE EXCEPTION '% and the extensions of % of somebody else would be the same numbers', number, other
            USING ERRCODE = 'check_violation', CONSTRAINT = 'phonenumber_behind_nobody_elses';
    END IF;
    RETURN around.id;
END
$$;
"""

# Writing NULL lets the trigger of the numbers find the block that they lie in now.
SETTLE = """
CREATE FUNCTION numbering_settle(blocks bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE numbering_phonenumber n SET block_id = NULL
    FROM numbering_numberblock b
    WHERE b.id = ANY(blocks) AND n.block_id = b.id
          AND NOT (length(n.e164) = length(b.first) AND n.e164 BETWEEN b.first AND b.last);
    UPDATE numbering_phonenumber n SET block_id = b.id
    FROM numbering_numberblock b
    WHERE b.id = ANY(blocks) AND n.e164 BETWEEN b.first AND b.last AND length(n.e164) = length(b.first)
          AND n.block_id IS DISTINCT FROM b.id;
END
$$;

CREATE FUNCTION numbering_common_prefix(one text, other text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    size integer := 0;
BEGIN
    WHILE size < length(one) AND left(one, size + 1) = left(other, size + 1) LOOP
        size := size + 1;
    END LOOP;
    RETURN left(one, size);
END
$$;
"""

# `held`: from now on, without an end. `dated`: an assignment begins or ends some day, so that the clock says whether
# somebody has the number. By the clock of the statement, which is also what an assignment begins with.
# A number that somebody had rests for so many days, and only who had it may have it back before: the subscriber, or
# another one of the same customer. The days are a setting of the session or the database.
KEEP_HOLDING = """
CREATE FUNCTION numbering_quarantine() RETURNS interval LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN make_interval(days => coalesce(nullif(current_setting('freiton.quarantine_days', true), ''), '30')::integer);
END
$$;

CREATE FUNCTION numbering_refuse_away(numbers bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    refused record;
BEGIN
    SELECT n.e164, n.holding INTO refused
    FROM numbering_phonenumber n
    JOIN numbering_numberassignment a ON a.number_id = n.id
         AND (a.valid_until IS NULL OR a.valid_until > statement_timestamp())
    JOIN subscribers_subscriber s ON s.id = a.subscriber_id
    LEFT JOIN LATERAL (
        SELECT p.customer_id
        FROM numbering_numberassignment had JOIN subscribers_subscriber p ON p.id = had.subscriber_id
        WHERE had.number_id = n.id AND had.valid_until <= statement_timestamp()
        ORDER BY had.valid_until DESC LIMIT 1
    ) last ON true
    WHERE n.id = ANY(numbers)
          AND (n.holding = 'ported_out'
               OR n.holding = 'quarantined' AND n.quarantined_until > statement_timestamp()
                  AND last.customer_id IS DISTINCT FROM s.customer_id)
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

DROP FUNCTION numbering_keep_holding(bigint[]);
CREATE FUNCTION numbering_keep_holding(numbers bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    -- In this order everywhere, so that two at the same time wait and do not lock each other out.
    PERFORM FROM numbering_phonenumber WHERE id = ANY(numbers) ORDER BY id FOR NO KEY UPDATE;
    PERFORM numbering_refuse_away(numbers);
    WITH known AS (
        SELECT n.id, n.holding AS before,
               count(a.id) FILTER (WHERE a.valid_until IS NULL OR a.valid_until > statement_timestamp()) AS open,
               bool_and(a.valid_from <= statement_timestamp() AND a.valid_until IS NULL)
                   FILTER (WHERE a.valid_until IS NULL OR a.valid_until > statement_timestamp()) AS is_held,
               CASE n.holding WHEN 'held' THEN statement_timestamp() ELSE
                   max(a.valid_until) FILTER (WHERE a.valid_until <= statement_timestamp())
               END + numbering_quarantine() AS rests_until
        FROM numbering_phonenumber n
        LEFT JOIN numbering_numberassignment a ON a.number_id = n.id
        WHERE n.id = ANY(numbers) AND n.holding <> 'ported_out'
        GROUP BY n.id
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
    FROM state WHERE n.id = state.id AND n.holding <> state.holding;
END
$$;
"""

BEFORE = """
DROP FUNCTION numbering_keep_holding(bigint[]);
CREATE FUNCTION numbering_keep_holding(numbers bigint[]) RETURNS void LANGUAGE sql AS $$
    WITH known AS (
        SELECT changed.id,
               CASE
                   WHEN count(a.id) = 0 THEN 'free'
                   WHEN bool_and(a.valid_from <= statement_timestamp() AND a.valid_until IS NULL) THEN 'held'
                   ELSE 'dated'
               END AS holding
        FROM (SELECT DISTINCT unnest(numbers)) AS changed(id)
        LEFT JOIN numbering_numberassignment a
               ON a.number_id = changed.id
                  AND (a.valid_until IS NULL OR a.valid_until > statement_timestamp())
        GROUP BY changed.id
    )
    UPDATE numbering_phonenumber n SET holding = known.holding
    FROM known WHERE n.id = known.id AND n.holding <> known.holding;
$$;
DROP FUNCTION numbering_refuse_away(bigint[]);
DROP FUNCTION numbering_quarantine();
"""


class Migration(migrations.Migration):
    dependencies = [("numbering", "0007_edge_subscriber_call_settings")]

    operations = [
        migrations.RunSQL(LOCK, "DROP FUNCTION numbering_lock_blocks(boolean);"),
        migrations.RunSQL(PLACE, "DROP FUNCTION numbering_place(text, integer, bigint);"),
        migrations.RunSQL(
            SETTLE, "DROP FUNCTION numbering_settle(bigint[]); DROP FUNCTION numbering_common_prefix(text, text);"
        ),
        migrations.RunSQL(KEEP_HOLDING, BEFORE),
    ]
