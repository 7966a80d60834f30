"""How full a block is stands in rows of its own, which triggers keep: nobody counts a million numbers for it."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


FILL = """
INSERT INTO numbering_blockcount (block_id, holding, amount)
SELECT block_id, holding, count(*) FROM numbering_phonenumber WHERE block_id IS NOT NULL GROUP BY block_id, holding;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('numbering', '0018_ended_assignments_by_start'),
    ]

    operations = [
        migrations.CreateModel(
            name='BlockCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('holding', models.CharField(choices=[('free', 'Free'), ('held', 'Held'), ('dated', 'Dated'), ('quarantined', 'Quarantined'), ('ported_out', 'Ported Out')], max_length=11)),
                ('amount', models.BigIntegerField()),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='phonenumber',
            trigger=pgtrigger.compiler.Trigger(name='count_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n    INSERT INTO numbering_blockcount (block_id, holding, amount)\n    SELECT block_id, holding, sum(amount) FROM (SELECT block_id, holding, 1 AS amount FROM new_rows) AS changed\n    WHERE block_id IS NOT NULL GROUP BY block_id, holding HAVING sum(amount) <> 0;\n RETURN NULL;', hash='89f7bd0429b56a6441ead55307e48b342236bb76', level='STATEMENT', operation='INSERT', pgid='pgtrigger_count_insert_93216', referencing='REFERENCING NEW TABLE AS new_rows ', table='numbering_phonenumber', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='phonenumber',
            trigger=pgtrigger.compiler.Trigger(name='count_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n    INSERT INTO numbering_blockcount (block_id, holding, amount)\n    SELECT block_id, holding, sum(amount) FROM (SELECT block_id, holding, 1 AS amount FROM new_rows UNION ALL SELECT block_id, holding, -1 AS amount FROM old_rows) AS changed\n    WHERE block_id IS NOT NULL GROUP BY block_id, holding HAVING sum(amount) <> 0;\n RETURN NULL;', hash='4d0beafef45a6f3ca4db7e138d90077f1c74c679', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_count_update_53ac4', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='numbering_phonenumber', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='phonenumber',
            trigger=pgtrigger.compiler.Trigger(name='count_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n    INSERT INTO numbering_blockcount (block_id, holding, amount)\n    SELECT block_id, holding, sum(amount) FROM (SELECT block_id, holding, -1 AS amount FROM old_rows) AS changed\n    WHERE block_id IS NOT NULL GROUP BY block_id, holding HAVING sum(amount) <> 0;\n RETURN NULL;', hash='1947e570e3206f4772a188e2328bcf0e5f784ff1', level='STATEMENT', operation='DELETE', pgid='pgtrigger_count_delete_40451', referencing='REFERENCING OLD TABLE AS old_rows ', table='numbering_phonenumber', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='phonenumber',
            trigger=pgtrigger.compiler.Trigger(name='count_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func='DELETE FROM numbering_blockcount; RETURN NULL;', hash='522ae24cc62c10c4d0065852931be5f3e8dd7e10', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_count_truncate_96d50', table='numbering_phonenumber', when='AFTER')),
        ),
        migrations.AddField(
            model_name='blockcount',
            name='block',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='counts', to='numbering.numberblock'),
        ),
        migrations.AddIndex(
            model_name='blockcount',
            index=models.Index(fields=['block', 'holding'], name='blockcount_by_block'),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
