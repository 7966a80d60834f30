"""Answered calls that have ended are counted for themselves: the mean length is theirs."""

from django.db import migrations, models

# Hours in which a call stands are counted again within ten minutes; in all others every answered call has ended.
# So few rows, one for each hour, gateway, reseller and country, that they are written at once.
COMPLETED = 'UPDATE calls_callhour SET completed = answered;'


class Migration(migrations.Migration):

    dependencies = [
        ('calls', '0009_names_of_relations'),
    ]

    operations = [
        migrations.AddField(
            model_name='callhour',
            name='completed',
            field=models.BigIntegerField(default=0),
        ),
        migrations.RunSQL(COMPLETED, migrations.RunSQL.noop),
    ]
