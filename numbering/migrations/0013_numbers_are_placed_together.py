"""Where the numbers of a statement lie is found for all of them together; a block knows what it was split from."""

from importlib import import_module

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


# Where numbers lie: in the block around each (the nearest that begins below it, of its length), which must be the
# reseller's; behind a base number (one that takes extensions) nobody else's number lies, since calls to it would be
# taken away from the base number. Every look is one at an index, and all numbers of a statement are looked at together.
PLACE = """
CREATE FUNCTION numbering_place(wanted bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    refused record;
BEGIN
    IF cardinality(wanted) = 0 THEN
        RETURN;
    END IF;
    PERFORM numbering_lock_blocks(false);
    WITH placed AS MATERIALIZED (
        SELECT n.id, n.e164, n.reseller_id, n.block_id, around.id AS block, around.reseller_id AS owner, around.first
        FROM numbering_phonenumber n
        LEFT JOIN LATERAL (
            SELECT b.id, b.reseller_id, b.first, b.numbers
            FROM numbering_numberblock b
            WHERE b.digits = length(n.e164) - 1 AND lower(b.numbers) <= substring(n.e164, 2)::bigint
            ORDER BY b.digits DESC, lower(b.numbers) DESC LIMIT 1
        ) around ON around.numbers @> substring(n.e164, 2)::bigint
        WHERE n.id = ANY(wanted)
    ), strange AS (
        SELECT e164, first FROM placed WHERE block IS NOT NULL AND owner IS DISTINCT FROM reseller_id LIMIT 1
    ), settled AS (
        UPDATE numbering_phonenumber n SET block_id = placed.block
        FROM placed
        WHERE placed.id = n.id AND placed.block IS DISTINCT FROM placed.block_id AND NOT EXISTS (SELECT FROM strange)
    )
    SELECT * INTO refused FROM strange;
    IF FOUND THEN
        RAISE EXCEPTION '% lies in the block from % on, which is somebody else''s', refused.e164, refused.first
            USING ERRCODE = 'check_violation', CONSTRAINT = 'phonenumber_of_its_blocks_reseller';
    END IF;
    SELECT n.e164, other.e164 AS base INTO refused
    FROM numbering_phonenumber n
    CROSS JOIN LATERAL (
        SELECT o.e164
        FROM numbering_phonenumber o
        WHERE o.extension_digits > 0
              AND o.e164 = ANY(ARRAY(SELECT left(n.e164, size) FROM generate_series(3, length(n.e164) - 1) AS size))
              AND o.extension_digits >= length(n.e164) - length(o.e164) AND o.reseller_id <> n.reseller_id
        LIMIT 1
    ) other
    WHERE n.id = ANY(wanted) LIMIT 1;
    IF NOT FOUND THEN
        SELECT n.e164, other.e164 AS base INTO refused
        FROM numbering_phonenumber n
        CROSS JOIN LATERAL (
            SELECT o.e164
            FROM numbering_phonenumber o
            WHERE o.e164 ~>~ n.e164 AND o.e164 ~<~ (n.e164 || ':')
                  AND length(o.e164) - length(n.e164) <= n.extension_digits AND o.reseller_id <> n.reseller_id
            LIMIT 1
        ) other
        WHERE n.id = ANY(wanted) AND n.extension_digits > 0 LIMIT 1;
    END IF;
    IF FOUND THEN
        RAISE EXCEPTION '% and the extensions of % of somebody else would be the same numbers', refused.e164, refused.base
            USING ERRCODE = 'check_violation', CONSTRAINT = 'phonenumber_behind_nobody_elses';
    END IF;
END
$$;
"""

SETTLE = """
CREATE OR REPLACE FUNCTION numbering_settle(blocks bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM numbering_place(ARRAY(
        SELECT n.id FROM numbering_phonenumber n WHERE n.block_id = ANY(blocks)
        UNION
        SELECT n.id
        FROM numbering_numberblock b
        JOIN numbering_phonenumber n ON n.e164 BETWEEN b.first AND b.last AND length(n.e164) = length(b.first)
        WHERE b.id = ANY(blocks) AND n.block_id IS DISTINCT FROM b.id
    ));
END
$$;
"""


BEFORE = import_module("numbering.migrations.0008_inventory_functions")
SETTLE_BEFORE = BEFORE.SETTLE.partition("CREATE FUNCTION numbering_common_prefix")[0].replace(
    "CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"
)


class Migration(migrations.Migration):

    dependencies = [
        ('numbering', '0012_edge_format_plans'),
    ]

    operations = [
        migrations.RunSQL(PLACE, "DROP FUNCTION numbering_place(bigint[]);"),
        migrations.RunSQL(SETTLE, SETTLE_BEFORE),
        pgtrigger.migrations.RemoveTrigger(
            model_name='phonenumber',
            name='place_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='phonenumber',
            name='place_update',
        ),
        migrations.RunSQL("DROP FUNCTION numbering_place(text, integer, bigint);", BEFORE.PLACE),
        migrations.AddField(
            model_name='numberblock',
            name='split_from',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='numbering.numberblock', verbose_name='split from'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='phonenumber',
            trigger=pgtrigger.compiler.Trigger(name='place_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='PERFORM numbering_place(ARRAY(SELECT id FROM new_rows)); RETURN NULL;', hash='e00ea8e236442e975ce176bce3affb8dd634291d', level='STATEMENT', operation='INSERT', pgid='pgtrigger_place_insert_98d06', referencing='REFERENCING NEW TABLE AS new_rows ', table='numbering_phonenumber', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='phonenumber',
            trigger=pgtrigger.compiler.Trigger(name='place_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='PERFORM numbering_place(ARRAY(SELECT id FROM (SELECT id, e164, reseller_id, block_id, extension_digits FROM new_rows EXCEPT SELECT id, e164, reseller_id, block_id, extension_digits FROM old_rows) AS moved)); RETURN NULL;', hash='32424e349f540b8b7f9b74eebbc634eee681e49c', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_place_update_2918e', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='numbering_phonenumber', when='AFTER')),
        ),
    ]
