"""Why a call went where it went, of which other it is a forwarding, and what is needed to end it."""

import django.db.models.deletion
from django.db import migrations, models

EDGE_CALL = """
CREATE OR REPLACE VIEW edge_call AS
    SELECT id, direction, state, sip_call_id, from_tag, to_tag, caller, callee, caller_number, callee_number,
           caller_subscriber_id, callee_subscriber_id, caller_customer_id, callee_customer_id,
           caller_reseller_id, callee_reseller_id, gateway_in_id, gateway_out_id, edge, started_at, ringing_at,
           answered_at, ended_at, status_code, reason, cause, ended_by{more}
    FROM calls_call;
"""
MORE = ", parent_id, steps, attempts, dialog, session_expires_at"


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_tokens_by_age'),
        ('calls', '0004_quick_lists'),
        ('subscribers', '0008_suspended_with_owners'),
        ('trunking', '0005_edge_gateway_tls_name'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='call',
            name='call_ended_by_known',
        ),
        migrations.AddField(
            model_name='call',
            name='attempts',
            field=models.JSONField(blank=True, null=True, verbose_name='gateways tried'),
        ),
        migrations.AddField(
            model_name='call',
            name='dialog',
            field=models.JSONField(blank=True, editable=False, null=True, verbose_name='dialog'),
        ),
        migrations.AddField(
            model_name='call',
            name='parent',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='legs', to='calls.call', verbose_name='forwarding of'),
        ),
        migrations.AddField(
            model_name='call',
            name='session_expires_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='session ends at'),
        ),
        migrations.AddField(
            model_name='call',
            name='steps',
            field=models.JSONField(blank=True, null=True, verbose_name='decision'),
        ),
        migrations.AlterField(
            model_name='call',
            name='ended_by',
            field=models.CharField(blank=True, choices=[('caller', 'the caller'), ('callee', 'the callee'), ('gateway', 'the gateway'), ('edge', 'the exchange'), ('sweeper', 'the sweep of abandoned calls'), ('admin', 'an admin')], db_default='', default='', max_length=10, verbose_name='ended by'),
        ),
        migrations.AddIndex(
            model_name='call',
            index=models.Index(condition=models.Q(('parent__isnull', False)), fields=['parent'], name='call_leg'),
        ),
        migrations.AddConstraint(
            model_name='call',
            constraint=models.CheckConstraint(condition=models.Q(('ended_by__in', ['', 'caller', 'callee', 'gateway', 'edge', 'sweeper', 'admin'])), name='call_ended_by_known'),
        ),
        # A view gives up columns only by being made anew.
        migrations.RunSQL(EDGE_CALL.format(more=MORE), "DROP VIEW edge_call;" + EDGE_CALL.format(more="")),
    ]
