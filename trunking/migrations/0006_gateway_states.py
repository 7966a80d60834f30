"""What edges know of gateways, and the view by which they write it."""

import django.db.models.deletion
from django.db import migrations, models


# Auto-updatable: the edges' upserts go through it.
EDGE_GATEWAY_STATE = """
CREATE VIEW edge_gateway_state AS
    SELECT id, gateway_id, edge, saved_at, is_up, since, last_status, last_error, round_trip_ms, checked_at,
           registered_until, registration_status, registration_error
    FROM trunking_gatewaystate;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('trunking', '0005_edge_gateway_tls_name'),
    ]

    operations = [
        migrations.CreateModel(
            name='GatewayState',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('edge', models.TextField(verbose_name='edge')),
                ('saved_at', models.DateTimeField(verbose_name='told at')),
                ('is_up', models.BooleanField(blank=True, null=True, verbose_name='answers')),
                ('since', models.DateTimeField(blank=True, null=True, verbose_name='since')),
                ('last_status', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='last answer')),
                ('last_error', models.TextField(blank=True, default='', verbose_name='what is wrong')),
                ('round_trip_ms', models.PositiveIntegerField(blank=True, null=True, verbose_name='round trip in ms')),
                ('checked_at', models.DateTimeField(blank=True, null=True, verbose_name='checked at')),
                ('registered_until', models.DateTimeField(blank=True, null=True, verbose_name='registered until')),
                ('registration_status', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="registrar's last answer")),
                ('registration_error', models.TextField(blank=True, default='', verbose_name='what is wrong with the registration')),
                ('gateway', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='states', to='trunking.gateway')),
            ],
            options={
                'verbose_name': 'gateway state',
                'verbose_name_plural': 'gateway states',
                'ordering': ['gateway', 'edge'],
                'constraints': [models.UniqueConstraint(fields=('gateway', 'edge'), name='gatewaystate_once_per_edge'), models.CheckConstraint(condition=models.Q(('last_status__isnull', True), models.Q(('last_status__gte', 100), ('last_status__lte', 699)), _connector='OR'), name='gatewaystate_status_range'), models.CheckConstraint(condition=models.Q(('registration_status__isnull', True), models.Q(('registration_status__gte', 100), ('registration_status__lte', 699)), _connector='OR'), name='gatewaystate_registration_range')],
            },
        ),
        migrations.RunSQL(EDGE_GATEWAY_STATE, 'DROP VIEW edge_gateway_state;'),
    ]
