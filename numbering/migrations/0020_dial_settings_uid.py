"""Dial settings have a name for the outside, as all that the API shows."""

import uuid

from django.db import migrations, models

FILL = "UPDATE numbering_dialsettings SET uid = gen_random_uuid();"


class Migration(migrations.Migration):
    dependencies = [("numbering", "0019_block_counts")]

    operations = [
        migrations.AddField(
            model_name="dialsettings", name="uid", field=models.UUIDField(editable=False, null=True)
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="dialsettings",
            name="uid",
            field=models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
        ),
    ]
