"""The index of the suspended says whose they are, too: one that was made without that is made again."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('subscribers', '0007_binding_by_transport'),
    ]

    operations = [
        migrations.RemoveIndex(model_name='subscriber', name='subscriber_suspended'),
        migrations.AddIndex(
            model_name='subscriber',
            index=models.Index(condition=models.Q(('is_active', False)), fields=['username', 'id'], include=('domain', 'customer', 'reseller'), name='subscriber_suspended'),
        ),
    ]
