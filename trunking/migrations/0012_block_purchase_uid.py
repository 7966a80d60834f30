"""Purchases of blocks get a name for the outside. There are as many of them as contracts: no table that grows large."""

import uuid

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('trunking', '0011_destination_rule_kind'),
    ]

    operations = [
        migrations.AddField(
            model_name='blockpurchase',
            name='uid',
            field=models.UUIDField(editable=False, null=True),
        ),
        migrations.RunSQL('UPDATE trunking_blockpurchase SET uid = gen_random_uuid();', migrations.RunSQL.noop),
        migrations.AlterField(
            model_name='blockpurchase',
            name='uid',
            field=models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
        ),
    ]
