"""Which numbers are free stands in their rows, so that an index finds a page of them among a million."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

# `held`: from now on, without an end. `dated`: an assignment begins or ends some day, so that the clock says whether
# somebody has the number. By the clock of the statement, which is also what an assignment begins with.
FUNCTION = """
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
"""
FILL = "SELECT numbering_keep_holding(ARRAY(SELECT DISTINCT number_id FROM numbering_numberassignment));"


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_edge_user_agents'),
        ('numbering', '0005_edge_domain_strict_call_id'),
    ]

    operations = [
        migrations.AddField(
            model_name='phonenumber',
            name='holding',
            field=models.CharField(choices=[('free', 'Free'), ('held', 'Held'), ('dated', 'Dated')], db_default='free', default='free', editable=False, max_length=5),
        ),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION numbering_keep_holding(bigint[]);"),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name='phonenumber',
            index=models.Index(condition=models.Q(('holding', 'held'), _negated=True), fields=['e164'], include=('holding', 'id'), name='phonenumber_free'),
        ),
        migrations.AddIndex(
            model_name='phonenumber',
            index=models.Index(condition=models.Q(('holding', 'held'), _negated=True), fields=['reseller', 'e164'], include=('holding', 'id'), name='phonenumber_free_by_reseller'),
        ),
        migrations.AddIndex(
            model_name='phonenumber',
            index=models.Index(condition=models.Q(('holding', 'free'), _negated=True), fields=['e164'], include=('holding', 'id'), name='phonenumber_held'),
        ),
        migrations.AddIndex(
            model_name='phonenumber',
            index=models.Index(condition=models.Q(('holding', 'free'), _negated=True), fields=['reseller', 'e164'], include=('holding', 'id'), name='phonenumber_held_by_reseller'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='numberassignment',
            trigger=pgtrigger.compiler.Trigger(name='keep_holding_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='PERFORM numbering_keep_holding(ARRAY(SELECT number_id FROM new_rows)); RETURN NULL;', hash='9d862e1facb76cd8afdfb48e0982192a9c96eecc', level='STATEMENT', operation='INSERT', pgid='pgtrigger_keep_holding_insert_895af', referencing='REFERENCING NEW TABLE AS new_rows ', table='numbering_numberassignment', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='numberassignment',
            trigger=pgtrigger.compiler.Trigger(name='keep_holding_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='PERFORM numbering_keep_holding(ARRAY(SELECT number_id FROM old_rows UNION SELECT number_id FROM new_rows)); RETURN NULL;', hash='a703f99187144006e715f427cbcdddba65a36c96', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_keep_holding_update_f3783', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='numbering_numberassignment', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='numberassignment',
            trigger=pgtrigger.compiler.Trigger(name='keep_holding_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='PERFORM numbering_keep_holding(ARRAY(SELECT number_id FROM old_rows)); RETURN NULL;', hash='b5f9dee7470e57e39cda836388b523ba37857eb3', level='STATEMENT', operation='DELETE', pgid='pgtrigger_keep_holding_delete_9f376', referencing='REFERENCING OLD TABLE AS old_rows ', table='numbering_numberassignment', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='numberassignment',
            trigger=pgtrigger.compiler.Trigger(name='keep_holding_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="PERFORM numbering_keep_holding(ARRAY(SELECT id FROM numbering_phonenumber WHERE holding <> 'free')); RETURN NULL;", hash='71bd970739b0450cac0c889ed1460073555720ff', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_keep_holding_truncate_1761f', table='numbering_numberassignment', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='phonenumber',
            constraint=models.CheckConstraint(condition=models.Q(('holding__in', ['free', 'held', 'dated'])), name='phonenumber_holding_known'),
        ),
    ]
