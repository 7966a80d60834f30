"""The feed: events in partitions by day, and the triggers that write them.

The table is made by hand, since Django knows no partitions. Its ids are PostgreSQL's own UUIDs of version 7, and on a
server before 18 ones like them. Whoever is registered already is present without an event.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import events.fields
import events.models
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

NEW_ID = """
CREATE FUNCTION events_new_id() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$ {body} $$;
COMMENT ON FUNCTION events_new_id() IS 'A UUID of version 7 with the time of this moment';
"""
OWN = "uuidv7()"
# Milliseconds, then, in the twelve bits behind the version, what is left of the clock (RFC 9562, 6.2 method 3).
MADE = """(
    SELECT (lpad(to_hex(micros / 1000), 12, '0') || '7' || lpad(to_hex(micros % 1000 * 4096 / 1000), 3, '0')
        || substr(replace(gen_random_uuid()::text, '-', ''), 17))::uuid
    FROM (SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS micros) AS clock)"""
TABLE = """
CREATE TABLE events_event (
    id uuid NOT NULL DEFAULT events_new_id(),
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    type text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    reseller uuid,
    customer uuid,
    subscriber uuid,
    object_type text NOT NULL DEFAULT '',
    object_id uuid,
    object_name text NOT NULL DEFAULT '',
    data jsonb NOT NULL,
    actor uuid,
    PRIMARY KEY (id)
) PARTITION BY RANGE (id);
CREATE TABLE events_event_other PARTITION OF events_event DEFAULT;
"""
PRESENT = "INSERT INTO events_presence SELECT DISTINCT subscriber_id FROM subscribers_binding ORDER BY subscriber_id"
AHEAD = 7


def make(apps, schema_editor):
    """The table, with its partitions for the next days."""
    connection = schema_editor.connection
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(NEW_ID.format(body="SELECT " + (OWN if connection.pg_version >= 180000 else MADE)))
        cursor.execute(TABLE)
        for day in (today + timedelta(days=n) for n in range(AHEAD + 1)):
            cursor.execute(
                f"CREATE TABLE events_event_{day:%Y_%m_%d} PARTITION OF events_event FOR VALUES FROM (%s) TO (%s)",
                [first_id(day), first_id(day + timedelta(days=1))],
            )


def first_id(moment):
    """The least id of a moment."""
    return str(UUID(int=int(moment.timestamp()) * 1000 << 80))


def unmake(apps, schema_editor):
    """Nothing is left."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("DROP TABLE events_event")
        cursor.execute("DROP FUNCTION events_new_id()")


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0010_idempotent_answers'),
        ('calls', '0009_names_of_relations'),
        ('numbering', '0017_extensions_one_at_a_time'),
        ('subscribers', '0011_names_of_relations'),
    ]

    operations = [
        migrations.CreateModel(
            name='Mark',
            fields=[
                ('name', models.TextField(primary_key=True, serialize=False)),
                ('place', models.TextField(blank=True, default='')),
            ],
            options={
                'verbose_name': 'mark',
                'verbose_name_plural': 'marks',
            },
        ),
        migrations.CreateModel(
            name='Presence',
            fields=[
                ('subscriber_id', models.BigIntegerField(primary_key=True, serialize=False)),
            ],
            options={
                'verbose_name': 'presence',
                'verbose_name_plural': 'presences',
            },
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(make, unmake)],
            state_operations=[
                migrations.CreateModel(
                    name='Event',
                    fields=[
                        ('id', models.UUIDField(db_default=events.models.NewId(), editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                        ('xid', events.fields.XidField(db_default=events.fields.CurrentXid(), editable=False)),
                        ('type', models.TextField(verbose_name='what happened')),
                        ('at', models.DateTimeField(db_default=events.models.ClockNow(), verbose_name='at')),
                        ('reseller', models.UUIDField(blank=True, null=True, verbose_name='reseller')),
                        ('customer', models.UUIDField(blank=True, null=True, verbose_name='customer')),
                        ('subscriber', models.UUIDField(blank=True, null=True, verbose_name='subscriber')),
                        ('object_type', models.TextField(blank=True, db_default='', default='', verbose_name='kind of object')),
                        ('object_id', models.UUIDField(blank=True, null=True, verbose_name="object's id")),
                        ('object_name', models.TextField(blank=True, db_default='', default='', verbose_name='object')),
                        ('data', models.JSONField(default=dict, verbose_name='data')),
                        ('actor', models.UUIDField(blank=True, null=True, verbose_name='done by')),
                    ],
                    options={
                        'verbose_name': 'event',
                        'verbose_name_plural': 'events',
                        'ordering': ['-xid', '-id'],
                        'indexes': [],
                    },
                ),
            ],
        ),
        migrations.AddIndex('event', models.Index(fields=['xid', 'id'], name='event_in_order')),
        migrations.AddIndex('event', models.Index(fields=['reseller', 'xid', 'id'], name='event_by_reseller')),
        migrations.AddIndex('event', models.Index(fields=['customer', 'xid', 'id'], name='event_by_customer')),
        migrations.RunSQL(PRESENT, migrations.RunSQL.noop),
        migrations.CreateModel(
            name='WatchedBinding',
            fields=[
            ],
            options={
                'proxy': True,
                'default_permissions': (),
                'indexes': [],
                'constraints': [],
            },
            bases=('subscribers.binding',),
        ),
        migrations.CreateModel(
            name='WatchedCall',
            fields=[
            ],
            options={
                'proxy': True,
                'default_permissions': (),
                'indexes': [],
                'constraints': [],
            },
            bases=('calls.call',),
        ),
        migrations.CreateModel(
            name='WatchedCaller',
            fields=[
            ],
            options={
                'proxy': True,
                'default_permissions': (),
                'indexes': [],
                'constraints': [],
            },
            bases=('subscribers.callerrule',),
        ),
        migrations.CreateModel(
            name='WatchedCallSettings',
            fields=[
            ],
            options={
                'proxy': True,
                'default_permissions': (),
                'indexes': [],
                'constraints': [],
            },
            bases=('subscribers.callsettings',),
        ),
        migrations.CreateModel(
            name='WatchedCredential',
            fields=[
            ],
            options={
                'proxy': True,
                'default_permissions': (),
                'indexes': [],
                'constraints': [],
            },
            bases=('subscribers.sipcredential',),
        ),
        migrations.CreateModel(
            name='WatchedCustomer',
            fields=[
            ],
            options={
                'proxy': True,
                'default_permissions': (),
                'indexes': [],
                'constraints': [],
            },
            bases=('accounts.customer',),
        ),
        migrations.CreateModel(
            name='WatchedDomain',
            fields=[
            ],
            options={
                'proxy': True,
                'default_permissions': (),
                'indexes': [],
                'constraints': [],
            },
            bases=('subscribers.domain',),
        ),
        migrations.CreateModel(
            name='WatchedForwarding',
            fields=[
            ],
            options={
                'proxy': True,
                'default_permissions': (),
                'indexes': [],
                'constraints': [],
            },
            bases=('subscribers.forwarding',),
        ),
        migrations.CreateModel(
            name='WatchedNumber',
            fields=[
            ],
            options={
                'proxy': True,
                'default_permissions': (),
                'indexes': [],
                'constraints': [],
            },
            bases=('numbering.phonenumber',),
        ),
        migrations.CreateModel(
            name='WatchedNumberAssignment',
            fields=[
            ],
            options={
                'proxy': True,
                'default_permissions': (),
                'indexes': [],
                'constraints': [],
            },
            bases=('numbering.numberassignment',),
        ),
        migrations.CreateModel(
            name='WatchedShownNumber',
            fields=[
            ],
            options={
                'proxy': True,
                'default_permissions': (),
                'indexes': [],
                'constraints': [],
            },
            bases=('subscribers.shownnumber',),
        ),
        migrations.CreateModel(
            name='WatchedSubscriber',
            fields=[
            ],
            options={
                'proxy': True,
                'default_permissions': (),
                'indexes': [],
                'constraints': [],
            },
            bases=('subscribers.subscriber',),
        ),
        migrations.CreateModel(
            name='WatchedToken',
            fields=[
            ],
            options={
                'proxy': True,
                'default_permissions': (),
                'indexes': [],
                'constraints': [],
            },
            bases=('accounts.apitoken',),
        ),
        migrations.CreateModel(
            name='WatchedUser',
            fields=[
            ],
            options={
                'proxy': True,
                'default_permissions': (),
                'indexes': [],
                'constraints': [],
            },
            bases=('accounts.user',),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='watchedbinding',
            trigger=pgtrigger.compiler.Trigger(name='tell_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT FROM new_rows) THEN WITH began AS (INSERT INTO events_presence (subscriber_id) SELECT DISTINCT subscriber_id FROM new_rows ORDER BY subscriber_id ON CONFLICT DO NOTHING RETURNING subscriber_id) INSERT INTO events_event (type, reseller, customer, subscriber, object_type, object_id, object_name, data, actor) SELECT told.type, told.reseller, told.customer, told.subscriber, told.object_type, told.object_id, coalesce(told.object_name, ''), told.data, nullif(current_setting('freiton.actor', true), '')::uuid FROM (SELECT DISTINCT ON (b.subscriber_id) 'registration.first', r.uid, c.uid, s.uid, 'subscriber', s.uid, s.username || '@' || d.name, jsonb_build_object('transport', b.transport, 'user_agent', b.user_agent, 'received_from', b.received_from) FROM began JOIN new_rows AS b USING (subscriber_id) JOIN subscribers_subscriber AS s ON s.id = b.subscriber_id LEFT JOIN subscribers_domain AS d ON d.id = s.domain_id LEFT JOIN accounts_customer AS c ON c.id = s.customer_id LEFT JOIN accounts_reseller AS r ON r.id = s.reseller_id ORDER BY b.subscriber_id) AS told(type, reseller, customer, subscriber, object_type, object_id, object_name, data); END IF; RETURN NULL;", hash='ea2e782b1df9462d759bd2f2d9ddce41674547e6', level='STATEMENT', operation='INSERT', pgid='pgtrigger_tell_insert_a12e5', referencing='REFERENCING NEW TABLE AS new_rows ', table='subscribers_binding', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='watchedbinding',
            trigger=pgtrigger.compiler.Trigger(name='tell_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT FROM old_rows) THEN WITH free AS (SELECT p.subscriber_id FROM events_presence AS p WHERE p.subscriber_id IN (SELECT subscriber_id FROM old_rows) AND NOT EXISTS (SELECT FROM subscribers_binding AS left_over WHERE left_over.subscriber_id = p.subscriber_id) FOR UPDATE SKIP LOCKED), ended AS (DELETE FROM events_presence AS p USING free WHERE p.subscriber_id = free.subscriber_id RETURNING p.subscriber_id) INSERT INTO events_event (type, reseller, customer, subscriber, object_type, object_id, object_name, data, actor) SELECT told.type, told.reseller, told.customer, told.subscriber, told.object_type, told.object_id, coalesce(told.object_name, ''), told.data, nullif(current_setting('freiton.actor', true), '')::uuid FROM (SELECT DISTINCT ON (b.subscriber_id) 'registration.last', r.uid, c.uid, s.uid, 'subscriber', s.uid, s.username || '@' || d.name, jsonb_build_object('transport', b.transport, 'user_agent', b.user_agent, 'received_from', b.received_from) FROM ended JOIN old_rows AS b USING (subscriber_id) JOIN subscribers_subscriber AS s ON s.id = b.subscriber_id LEFT JOIN subscribers_domain AS d ON d.id = s.domain_id LEFT JOIN accounts_customer AS c ON c.id = s.customer_id LEFT JOIN accounts_reseller AS r ON r.id = s.reseller_id ORDER BY b.subscriber_id) AS told(type, reseller, customer, subscriber, object_type, object_id, object_name, data); END IF; RETURN NULL;", hash='d4d1c9cd6cef48f42a8d1969e38820001f155a73', level='STATEMENT', operation='DELETE', pgid='pgtrigger_tell_delete_5dfde', referencing='REFERENCING OLD TABLE AS old_rows ', table='subscribers_binding', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='watchedcall',
            trigger=pgtrigger.compiler.Trigger(name='tell_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='IF EXISTS (SELECT FROM new_rows) THEN INSERT INTO events_event (type, reseller, customer, subscriber, object_type, object_id, object_name, data, actor) SELECT told.type, told.reseller, told.customer, told.subscriber, told.object_type, told.object_id, coalesce(told.object_name, \'\'), told.data, nullif(current_setting(\'freiton.actor\', true), \'\')::uuid FROM (\n        SELECT told.kind, r.uid, c.uid, s.uid, \'call\', n.id, \n    left(coalesce(nullif(CASE WHEN side.role = \'callee\' AND n.caller = \'sip:anonymous@anonymous.invalid\' THEN \'\' ELSE n.caller_number END, \'\'), n.caller), 200) || \' → \' ||\n    left(coalesce(nullif(n.callee_number, \'\'), n.callee), 200), \n    jsonb_build_object(\'role\', side.role, \'direction\', n.direction, \'is_forwarding\', n.parent_id IS NOT NULL,\n        \'caller\', left(n.caller, 200), \'callee\', left(n.callee, 200), \'caller_number\', CASE WHEN side.role = \'callee\' AND n.caller = \'sip:anonymous@anonymous.invalid\' THEN \'\' ELSE n.caller_number END,\n        \'callee_number\', n.callee_number, \'started_at\', to_char(n.started_at AT TIME ZONE \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\'))\n    || CASE WHEN told.number > 1 THEN jsonb_build_object(\'answered_at\', to_char(n.answered_at AT TIME ZONE \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\')) ELSE \'{}\' END\n    || CASE WHEN told.number > 2 THEN jsonb_build_object(\'ended_at\', to_char(n.ended_at AT TIME ZONE \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\'),\n        \'billable_seconds\', greatest(0, coalesce(extract(epoch FROM n.ended_at - n.answered_at), 0)),\n        \'status_code\', n.status_code, \'cause\', n.cause, \'ended_by\', n.ended_by) ELSE \'{}\' END FROM new_rows AS n\n        CROSS JOIN LATERAL (VALUES\n            (\'caller\', n.caller_reseller_id, n.caller_customer_id, n.caller_subscriber_id),\n            (\'callee\', n.callee_reseller_id, n.callee_customer_id, n.callee_subscriber_id)\n        ) AS side(role, reseller_id, customer_id, subscriber_id)\n        CROSS JOIN LATERAL (VALUES (1, \'call.started\', true), (2, \'call.answered\', n.answered_at IS NOT NULL), (3, \'call.ended\', n.ended_at IS NOT NULL)) AS told(number, kind, is_so)\n        LEFT JOIN subscribers_subscriber AS s ON s.id = side.subscriber_id\n        LEFT JOIN accounts_customer AS c ON c.id = side.customer_id\n        LEFT JOIN accounts_reseller AS r ON r.id = side.reseller_id\n        WHERE told.is_so AND side.reseller_id IS NOT NULL ORDER BY n.started_at, n.id, told.number) AS told(type, reseller, customer, subscriber, object_type, object_id, object_name, data); END IF; RETURN NULL;', hash='f2767f22ea058b783bfe516c84ba91d33a44001c', level='STATEMENT', operation='INSERT', pgid='pgtrigger_tell_insert_42738', referencing='REFERENCING NEW TABLE AS new_rows ', table='calls_call', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='watchedcall',
            trigger=pgtrigger.compiler.Trigger(name='tell_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='IF EXISTS (SELECT FROM old_rows AS o JOIN new_rows AS n USING (id) WHERE o.answered_at IS NULL AND n.answered_at IS NOT NULL OR o.ended_at IS NULL AND n.ended_at IS NOT NULL) THEN INSERT INTO events_event (type, reseller, customer, subscriber, object_type, object_id, object_name, data, actor) SELECT told.type, told.reseller, told.customer, told.subscriber, told.object_type, told.object_id, coalesce(told.object_name, \'\'), told.data, nullif(current_setting(\'freiton.actor\', true), \'\')::uuid FROM (\n        SELECT told.kind, r.uid, c.uid, s.uid, \'call\', n.id, \n    left(coalesce(nullif(CASE WHEN side.role = \'callee\' AND n.caller = \'sip:anonymous@anonymous.invalid\' THEN \'\' ELSE n.caller_number END, \'\'), n.caller), 200) || \' → \' ||\n    left(coalesce(nullif(n.callee_number, \'\'), n.callee), 200), \n    jsonb_build_object(\'role\', side.role, \'direction\', n.direction, \'is_forwarding\', n.parent_id IS NOT NULL,\n        \'caller\', left(n.caller, 200), \'callee\', left(n.callee, 200), \'caller_number\', CASE WHEN side.role = \'callee\' AND n.caller = \'sip:anonymous@anonymous.invalid\' THEN \'\' ELSE n.caller_number END,\n        \'callee_number\', n.callee_number, \'started_at\', to_char(n.started_at AT TIME ZONE \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\'))\n    || CASE WHEN told.number > 1 THEN jsonb_build_object(\'answered_at\', to_char(n.answered_at AT TIME ZONE \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\')) ELSE \'{}\' END\n    || CASE WHEN told.number > 2 THEN jsonb_build_object(\'ended_at\', to_char(n.ended_at AT TIME ZONE \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\'),\n        \'billable_seconds\', greatest(0, coalesce(extract(epoch FROM n.ended_at - n.answered_at), 0)),\n        \'status_code\', n.status_code, \'cause\', n.cause, \'ended_by\', n.ended_by) ELSE \'{}\' END FROM old_rows AS o JOIN new_rows AS n USING (id)\n        CROSS JOIN LATERAL (VALUES\n            (\'caller\', n.caller_reseller_id, n.caller_customer_id, n.caller_subscriber_id),\n            (\'callee\', n.callee_reseller_id, n.callee_customer_id, n.callee_subscriber_id)\n        ) AS side(role, reseller_id, customer_id, subscriber_id)\n        CROSS JOIN LATERAL (VALUES (2, \'call.answered\', o.answered_at IS NULL AND n.answered_at IS NOT NULL), (3, \'call.ended\', o.ended_at IS NULL AND n.ended_at IS NOT NULL)) AS told(number, kind, is_so)\n        LEFT JOIN subscribers_subscriber AS s ON s.id = side.subscriber_id\n        LEFT JOIN accounts_customer AS c ON c.id = side.customer_id\n        LEFT JOIN accounts_reseller AS r ON r.id = side.reseller_id\n        WHERE told.is_so AND side.reseller_id IS NOT NULL ORDER BY n.started_at, n.id, told.number) AS told(type, reseller, customer, subscriber, object_type, object_id, object_name, data); END IF; RETURN NULL;', hash='b9e14e8928c5157c109e6bdf335fa7e3b2085e56', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_tell_update_c9eda', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='calls_call', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='watchedcaller',
            trigger=pgtrigger.compiler.Trigger(name='tell_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT FROM new_rows) THEN INSERT INTO events_event (type, reseller, customer, subscriber, object_type, object_id, object_name, data, actor) SELECT told.type, told.reseller, told.customer, told.subscriber, told.object_type, told.object_id, coalesce(told.object_name, ''), told.data, nullif(current_setting('freiton.actor', true), '')::uuid FROM (SELECT 'subscriber.settings_changed', r.uid, c.uid, s.uid, 'subscriber', s.uid, s.username || '@' || d.name, jsonb_build_object('part', 'caller_rule') FROM (SELECT DISTINCT subscriber_id FROM new_rows) AS n LEFT JOIN subscribers_subscriber AS s ON s.id = n.subscriber_id LEFT JOIN subscribers_domain AS d ON d.id = s.domain_id LEFT JOIN accounts_customer AS c ON c.id = s.customer_id LEFT JOIN accounts_reseller AS r ON r.id = s.reseller_id WHERE s.id IS NOT NULL) AS told(type, reseller, customer, subscriber, object_type, object_id, object_name, data); END IF; RETURN NULL;", hash='840c2f462a39ce3b89e88a5ad8ecf3f705740b33', level='STATEMENT', operation='INSERT', pgid='pgtrigger_tell_insert_4b959', referencing='REFERENCING NEW TABLE AS new_rows ', table='subscribers_callerrule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='watchedcaller',
            trigger=pgtrigger.compiler.Trigger(name='tell_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT FROM (SELECT * FROM new_rows EXCEPT SELECT * FROM old_rows) AS moved) THEN INSERT INTO events_event (type, reseller, customer, subscriber, object_type, object_id, object_name, data, actor) SELECT told.type, told.reseller, told.customer, told.subscriber, told.object_type, told.object_id, coalesce(told.object_name, ''), told.data, nullif(current_setting('freiton.actor', true), '')::uuid FROM (SELECT 'subscriber.settings_changed', r.uid, c.uid, s.uid, 'subscriber', s.uid, s.username || '@' || d.name, jsonb_build_object('part', 'caller_rule') FROM (SELECT DISTINCT subscriber_id FROM (SELECT * FROM new_rows EXCEPT SELECT * FROM old_rows) AS moved) AS n LEFT JOIN subscribers_subscriber AS s ON s.id = n.subscriber_id LEFT JOIN subscribers_domain AS d ON d.id = s.domain_id LEFT JOIN accounts_customer AS c ON c.id = s.customer_id LEFT JOIN accounts_reseller AS r ON r.id = s.reseller_id WHERE s.id IS NOT NULL) AS told(type, reseller, customer, subscriber, object_type, object_id, object_name, data); END IF; RETURN NULL;", hash='f62fcf8bf9ad211f35291fd47fbb3956474e308c', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_tell_update_c56fe', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='subscribers_callerrule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='watchedcaller',
            trigger=pgtrigger.compiler.Trigger(name='tell_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT FROM old_rows) THEN INSERT INTO events_event (type, reseller, customer, subscriber, object_type, object_id, object_name, data, actor) SELECT told.type, told.reseller, told.customer, told.subscriber, told.object_type, told.object_id, coalesce(told.object_name, ''), told.data, nullif(current_setting('freiton.actor', true), '')::uuid FROM (SELECT 'subscriber.settings_changed', r.uid, c.uid, s.uid, 'subscriber', s.uid, s.username || '@' || d.name, jsonb_build_object('part', 'caller_rule') FROM (SELECT DISTINCT subscriber_id FROM old_rows) AS n LEFT JOIN subscribers_subscriber AS s ON s.id = n.subscriber_id LEFT JOIN subscribers_domain AS d ON d.id = s.domain_id LEFT JOIN accounts_customer AS c ON c.id = s.customer_id LEFT JOIN accounts_reseller AS r ON r.id = s.reseller_id WHERE s.id IS NOT NULL) AS told(type, reseller, customer, subscriber, object_type, object_id, object_name, data); END IF; RETURN NULL;", hash='0abcc55b1cd6dc5fa9699a0498e0263998c8142d', level='STATEMENT', operation='DELETE', pgid='pgtrigger_tell_delete_395ef', referencing='REFERENCING OLD TABLE AS old_rows ', table='subscribers_callerrule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='watchedcallsettings',
            trigger=pgtrigger.compiler.Trigger(name='tell_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT FROM new_rows) THEN INSERT INTO events_event (type, reseller, customer, subscriber, object_type, object_id, object_name, data, actor) SELECT told.type, told.reseller, told.customer, told.subscriber, told.object_type, told.object_id, coalesce(told.object_name, ''), told.data, nullif(current_setting('freiton.actor', true), '')::uuid FROM (SELECT 'subscriber.settings_changed', r.uid, c.uid, s.uid, 'subscriber', s.uid, s.username || '@' || d.name, jsonb_build_object('part', 'settings') FROM (SELECT DISTINCT subscriber_id FROM new_rows) AS n LEFT JOIN subscribers_subscriber AS s ON s.id = n.subscriber_id LEFT JOIN subscribers_domain AS d ON d.id = s.domain_id LEFT JOIN accounts_customer AS c ON c.id = s.customer_id LEFT JOIN accounts_reseller AS r ON r.id = s.reseller_id WHERE s.id IS NOT NULL) AS told(type, reseller, customer, subscriber, object_type, object_id, object_name, data); END IF; RETURN NULL;", hash='894768ad0f3cefbb0df70eeeee41b611c53f0408', level='STATEMENT', operation='INSERT', pgid='pgtrigger_tell_insert_d2633', referencing='REFERENCING NEW TABLE AS new_rows ', table='subscribers_callsettings', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='watchedcallsettings',
            trigger=pgtrigger.compiler.Trigger(name='tell_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT FROM (SELECT * FROM new_rows EXCEPT SELECT * FROM old_rows) AS moved) THEN INSERT INTO events_event (type, reseller, customer, subscriber, object_type, object_id, object_name, data, actor) SELECT told.type, told.reseller, told.customer, told.subscriber, told.object_type, told.object_id, coalesce(told.object_name, ''), told.data, nullif(current_setting('freiton.actor', true), '')::uuid FROM (SELECT 'subscriber.settings_changed', r.uid, c.uid, s.uid, 'subscriber', s.uid, s.username || '@' || d.name, jsonb_build_object('part', 'settings') FROM (SELECT DISTINCT subscriber_id FROM (SELECT * FROM new_rows EXCEPT SELECT * FROM old_rows) AS moved) AS n LEFT JOIN subscribers_subscriber AS s ON s.id = n.subscriber_id LEFT JOIN subscribers_domain AS d ON d.id = s.domain_id LEFT JOIN accounts_customer AS c ON c.id = s.customer_id LEFT JOIN accounts_reseller AS r ON r.id = s.reseller_id WHERE s.id IS NOT NULL) AS told(type, reseller, customer, subscriber, object_type, object_id, object_name, data); END IF; RETURN NULL;", hash='609d1ef8ae4ce53840be4ce0801fb85b804576f0', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_tell_update_c54d0', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='subscribers_callsettings', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='watchedcallsettings',
            trigger=pgtrigger.compiler.Trigger(name='tell_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT FROM old_rows) THEN INSERT INTO events_event (type, reseller, customer, subscriber, object_type, object_id, object_name, data, actor) SELECT told.type, told.reseller, told.customer, told.subscriber, told.object_type, told.object_id, coalesce(told.object_name, ''), told.data, nullif(current_setting('freiton.actor', true), '')::uuid FROM (SELECT 'subscriber.settings_changed', r.uid, c.uid, s.uid, 'subscriber', s.uid, s.username || '@' || d.name, jsonb_build_object('part', 'settings') FROM (SELECT DISTINCT subscriber_id FROM old_rows) AS n LEFT JOIN subscribers_subscriber AS s ON s.id = n.subscriber_id LEFT JOIN subscribers_domain AS d ON d.id = s.domain_id LEFT JOIN accounts_customer AS c ON c.id = s.customer_id LEFT JOIN accounts_reseller AS r ON r.id = s.reseller_id WHERE s.id IS NOT NULL) AS told(type, reseller, customer, subscriber, object_type, object_id, object_name, data); END IF; RETURN NULL;", hash='753735013cc366f0f7d61fde2dd7ac0d74495e08', level='STATEMENT', operation='DELETE', pgid='pgtrigger_tell_delete_6d981', referencing='REFERENCING OLD TABLE AS old_rows ', table='subscribers_callsettings', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='watchedcredential',
            trigger=pgtrigger.compiler.Trigger(name='tell_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO events_event (type, reseller, customer, subscriber, object_type, object_id, object_name, data, actor) SELECT told.type, told.reseller, told.customer, told.subscriber, told.object_type, told.object_id, coalesce(told.object_name, ''), told.data, nullif(current_setting('freiton.actor', true), '')::uuid FROM (SELECT 'credential.added', r.uid, c.uid, s.uid, 'credential', n.uid, coalesce(nullif(n.label, ''), '#' || n.slot), jsonb_build_object('slot', n.slot, 'label', n.label, 'aor', s.username || '@' || d.name) FROM new_rows AS n LEFT JOIN subscribers_subscriber AS s ON s.id = n.subscriber_id LEFT JOIN subscribers_domain AS d ON d.id = s.domain_id LEFT JOIN accounts_customer AS c ON c.id = s.customer_id LEFT JOIN accounts_reseller AS r ON r.id = s.reseller_id ) AS told(type, reseller, customer, subscriber, object_type, object_id, object_name, data); RETURN NULL;", hash='d22aae6bdce31726ece52c72188fecb4d8aa42dc', level='STATEMENT', operation='INSERT', pgid='pgtrigger_tell_insert_57fe6', referencing='REFERENCING NEW TABLE AS new_rows ', table='subscribers_sipcredential', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='watchedcredential',
            trigger=pgtrigger.compiler.Trigger(name='tell_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO events_event (type, reseller, customer, subscriber, object_type, object_id, object_name, data, actor) SELECT told.type, told.reseller, told.customer, told.subscriber, told.object_type, told.object_id, coalesce(told.object_name, ''), told.data, nullif(current_setting('freiton.actor', true), '')::uuid FROM (SELECT CASE WHEN o.secret <> n.secret THEN 'credential.rotated' ELSE 'credential.changed' END, r.uid, c.uid, s.uid, 'credential', n.uid, coalesce(nullif(n.label, ''), '#' || n.slot), jsonb_build_object('slot', n.slot, 'label', n.label, 'aor', s.username || '@' || d.name) FROM old_rows AS o JOIN new_rows AS n USING (id) LEFT JOIN subscribers_subscriber AS s ON s.id = n.subscriber_id LEFT JOIN subscribers_domain AS d ON d.id = s.domain_id LEFT JOIN accounts_customer AS c ON c.id = s.customer_id LEFT JOIN accounts_reseller AS r ON r.id = s.reseller_id WHERE (o.secret, o.label, o.slot) IS DISTINCT FROM (n.secret, n.label, n.slot)) AS told(type, reseller, customer, subscriber, object_type, object_id, object_name, data); RETURN NULL;", hash='3f87b60bc726feea73ee3a25c10fc23f3518509c', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_tell_update_a446c', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='subscribers_sipcredential', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='watchedcredential',
            trigger=pgtrigger.compiler.Trigger(name='tell_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO events_event (type, reseller, customer, subscriber, object_type, object_id, object_name, data, actor) SELECT told.type, told.reseller, told.customer, told.subscriber, told.object_type, told.object_id, coalesce(told.object_name, ''), told.data, nullif(current_setting('freiton.actor', true), '')::uuid FROM (SELECT 'credential.removed', r.uid, c.uid, s.uid, 'credential', o.uid, coalesce(nullif(o.label, ''), '#' || o.slot), jsonb_build_object('slot', o.slot, 'label', o.label, 'aor', s.username || '@' || d.name) FROM old_rows AS o LEFT JOIN subscribers_subscriber AS s ON s.id = o.subscriber_id LEFT JOIN subscribers_domain AS d ON d.id = s.domain_id LEFT JOIN accounts_customer AS c ON c.id = s.customer_id LEFT JOIN accounts_reseller AS r ON r.id = s.reseller_id ) AS told(type, reseller, customer, subscriber, object_type, object_id, object_name, data); RETURN NULL;", hash='ba23743a07537ce595282b75ea64f601b7b94df2', level='STATEMENT', operation='DELETE', pgid='pgtrigger_tell_delete_cd22b', referencing='REFERENCING OLD TABLE AS old_rows ', table='subscribers_sipcredential', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='watchedcustomer',
            trigger=pgtrigger.compiler.Trigger(name='tell_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO events_event (type, reseller, customer, subscriber, object_type, object_id, object_name, data, actor) SELECT told.type, told.reseller, told.customer, told.subscriber, told.object_type, told.object_id, coalesce(told.object_name, ''), told.data, nullif(current_setting('freiton.actor', true), '')::uuid FROM (SELECT 'customer.created', r.uid, n.uid, NULL::uuid, 'customer', n.uid, n.name, jsonb_build_object('is_active', n.is_active) FROM new_rows AS n LEFT JOIN accounts_reseller AS r ON r.id = n.reseller_id ) AS told(type, reseller, customer, subscriber, object_type, object_id, object_name, data); RETURN NULL;", hash='a55ac5b548c1e3bda56fef29e930862f09111869', level='STATEMENT', operation='INSERT', pgid='pgtrigger_tell_insert_452a2', referencing='REFERENCING NEW TABLE AS new_rows ', table='accounts_customer', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='watchedcustomer',
            trigger=pgtrigger.compiler.Trigger(name='tell_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO events_event (type, reseller, customer, subscriber, object_type, object_id, object_name, data, actor) SELECT told.type, told.reseller, told.customer, told.subscriber, told.object_type, told.object_id, coalesce(told.object_name, ''), told.data, nullif(current_setting('freiton.actor', true), '')::uuid FROM (SELECT CASE WHEN o.is_active AND NOT n.is_active THEN 'customer.suspended' WHEN n.is_active AND NOT o.is_active THEN 'customer.resumed' ELSE 'customer.changed' END, r.uid, n.uid, NULL::uuid, 'customer', n.uid, n.name, jsonb_build_object('changed', array_remove(ARRAY[CASE WHEN o.name IS DISTINCT FROM n.name THEN 'name' END, CASE WHEN o.is_active IS DISTINCT FROM n.is_active THEN 'is_active' END, CASE WHEN o.max_calls IS DISTINCT FROM n.max_calls THEN 'max_calls' END]::text[], NULL)) FROM old_rows AS o JOIN new_rows AS n USING (id) LEFT JOIN accounts_reseller AS r ON r.id = n.reseller_id WHERE (o.name, o.is_active, o.max_calls) IS DISTINCT FROM (n.name, n.is_active, n.max_calls)) AS told(type, reseller, customer, subscriber, object_type, object_id, object_name, data); RETURN NULL;", hash='0bdd0a1ad19a9ed096f1afa438cd9596f39b03df', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_tell_update_b9bf9', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='accounts_customer', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='watchedcustomer',
            trigger=pgtrigger.compiler.Trigger(name='tell_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO events_event (type, reseller, customer, subscriber, object_type, object_id, object_name, data, actor) SELECT told.type, told.reseller, told.customer, told.subscriber, told.object_type, told.object_id, coalesce(told.object_name, ''), told.data, nullif(current_setting('freiton.actor', true), '')::uuid FROM (SELECT 'customer.removed', r.uid, o.uid, NULL::uuid, 'customer', o.uid, o.name, '{}'::jsonb FROM old_rows AS o LEFT JOIN accounts_reseller AS r ON r.id = o.reseller_id ) AS told(type, reseller, customer, subscriber, object_type, object_id, object_name, data); RETURN NULL;", hash='7f3bfc5b24ae6572a306593ce99a3d24a7df6c04', level='STATEMENT', operation='DELETE', pgid='pgtrigger_tell_delete_70a4a', referencing='REFERENCING OLD TABLE AS old_rows ', table='accounts_customer', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='watcheddomain',
            trigger=pgtrigger.compiler.Trigger(name='tell_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO events_event (type, reseller, customer, subscriber, object_type, object_id, object_name, data, actor) SELECT told.type, told.reseller, told.customer, told.subscriber, told.object_type, told.object_id, coalesce(told.object_name, ''), told.data, nullif(current_setting('freiton.actor', true), '')::uuid FROM (SELECT 'domain.created', r.uid, NULL::uuid, NULL::uuid, 'domain', n.uid, n.name, jsonb_build_object('is_active', n.is_active) FROM new_rows AS n LEFT JOIN accounts_reseller AS r ON r.id = n.reseller_id ) AS told(type, reseller, customer, subscriber, object_type, object_id, object_name, data); RETURN NULL;", hash='a5fafdad63729d4e417d3e02843314a009a4d549', level='STATEMENT', operation='INSERT', pgid='pgtrigger_tell_insert_31fab', referencing='REFERENCING NEW TABLE AS new_rows ', table='subscribers_domain', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='watcheddomain',
            trigger=pgtrigger.compiler.Trigger(name='tell_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO events_event (type, reseller, customer, subscriber, object_type, object_id, object_name, data, actor) SELECT told.type, told.reseller, told.customer, told.subscriber, told.object_type, told.object_id, coalesce(told.object_name, ''), told.data, nullif(current_setting('freiton.actor', true), '')::uuid FROM (SELECT CASE WHEN o.is_active AND NOT n.is_active THEN 'domain.suspended' WHEN n.is_active AND NOT o.is_active THEN 'domain.resumed' ELSE 'domain.changed' END, r.uid, NULL::uuid, NULL::uuid, 'domain', n.uid, n.name, jsonb_build_object('changed', array_remove(ARRAY[CASE WHEN o.is_default IS DISTINCT FROM n.is_default THEN 'is_default' END, CASE WHEN o.digest_algorithm IS DISTINCT FROM n.digest_algorithm THEN 'digest_algorithm' END, CASE WHEN o.strict_call_id IS DISTINCT FROM n.strict_call_id THEN 'strict_call_id' END, CASE WHEN o.is_active IS DISTINCT FROM n.is_active THEN 'is_active' END, CASE WHEN o.reseller_id IS DISTINCT FROM n.reseller_id THEN 'reseller' END]::text[], NULL)) FROM old_rows AS o JOIN new_rows AS n USING (id) LEFT JOIN accounts_reseller AS r ON r.id = n.reseller_id WHERE (o.is_default, o.digest_algorithm, o.strict_call_id, o.is_active, o.reseller_id) IS DISTINCT FROM (n.is_default, n.digest_algorithm, n.strict_call_id, n.is_active, n.reseller_id)) AS told(type, reseller, customer, subscriber, object_type, object_id, object_name, data); RETURN NULL;", hash='3e378b2a3995bf9e30a1bc3b0c5040b940dc5ad9', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_tell_update_d51ac', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='subscribers_domain', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='watcheddomain',
            trigger=pgtrigger.compiler.Trigger(name='tell_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO events_event (type, reseller, customer, subscriber, object_type, object_id, object_name, data, actor) SELECT told.type, told.reseller, told.customer, told.subscriber, told.object_type, told.object_id, coalesce(told.object_name, ''), told.data, nullif(current_setting('freiton.actor', true), '')::uuid FROM (SELECT 'domain.removed', r.uid, NULL::uuid, NULL::uuid, 'domain', o.uid, o.name, '{}'::jsonb FROM old_rows AS o LEFT JOIN accounts_reseller AS r ON r.id = o.reseller_id ) AS told(type, reseller, customer, subscriber, object_type, object_id, object_name, data); RETURN NULL;", hash='9319bec49c32fab4a6bcf8299699103c3eef1d56', level='STATEMENT', operation='DELETE', pgid='pgtrigger_tell_delete_c5be9', referencing='REFERENCING OLD TABLE AS old_rows ', table='subscribers_domain', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='watchedforwarding',
            trigger=pgtrigger.compiler.Trigger(name='tell_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT FROM new_rows) THEN INSERT INTO events_event (type, reseller, customer, subscriber, object_type, object_id, object_name, data, actor) SELECT told.type, told.reseller, told.customer, told.subscriber, told.object_type, told.object_id, coalesce(told.object_name, ''), told.data, nullif(current_setting('freiton.actor', true), '')::uuid FROM (SELECT 'subscriber.settings_changed', r.uid, c.uid, s.uid, 'subscriber', s.uid, s.username || '@' || d.name, jsonb_build_object('part', 'forwarding') FROM (SELECT DISTINCT subscriber_id FROM new_rows) AS n LEFT JOIN subscribers_subscriber AS s ON s.id = n.subscriber_id LEFT JOIN subscribers_domain AS d ON d.id = s.domain_id LEFT JOIN accounts_customer AS c ON c.id = s.customer_id LEFT JOIN accounts_reseller AS r ON r.id = s.reseller_id WHERE s.id IS NOT NULL) AS told(type, reseller, customer, subscriber, object_type, object_id, object_name, data); END IF; RETURN NULL;", hash='caa2ed3fc46e3d9d2b6a36545309ee878a769626', level='STATEMENT', operation='INSERT', pgid='pgtrigger_tell_insert_cbc79', referencing='REFERENCING NEW TABLE AS new_rows ', table='subscribers_forwarding', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='watchedforwarding',
            trigger=pgtrigger.compiler.Trigger(name='tell_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT FROM (SELECT * FROM new_rows EXCEPT SELECT * FROM old_rows) AS moved) THEN INSERT INTO events_event (type, reseller, customer, subscriber, object_type, object_id, object_name, data, actor) SELECT told.type, told.reseller, told.customer, told.subscriber, told.object_type, told.object_id, coalesce(told.object_name, ''), told.data, nullif(current_setting('freiton.actor', true), '')::uuid FROM (SELECT 'subscriber.settings_changed', r.uid, c.uid, s.uid, 'subscriber', s.uid, s.username || '@' || d.name, jsonb_build_object('part', 'forwarding') FROM (SELECT DISTINCT subscriber_id FROM (SELECT * FROM new_rows EXCEPT SELECT * FROM old_rows) AS moved) AS n LEFT JOIN subscribers_subscriber AS s ON s.id = n.subscriber_id LEFT JOIN subscribers_domain AS d ON d.id = s.domain_id LEFT JOIN accounts_customer AS c ON c.id = s.customer_id LEFT JOIN accounts_reseller AS r ON r.id = s.reseller_id WHERE s.id IS NOT NULL) AS told(type, reseller, customer, subscriber, object_type, object_id, object_name, data); END IF; RETURN NULL;", hash='2bd3c87e02c5b75176fc2779018dd74e6021c391', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_tell_update_241ef', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='subscribers_forwarding', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='watchedforwarding',
            trigger=pgtrigger.compiler.Trigger(name='tell_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT FROM old_rows) THEN INSERT INTO events_event (type, reseller, customer, subscriber, object_type, object_id, object_name, data, actor) SELECT told.type, told.reseller, told.customer, told.subscriber, told.object_type, told.object_id, coalesce(told.object_name, ''), told.data, nullif(current_setting('freiton.actor', true), '')::uuid FROM (SELECT 'subscriber.settings_changed', r.uid, c.uid, s.uid, 'subscriber', s.uid, s.username || '@' || d.name, jsonb_build_object('part', 'forwarding') FROM (SELECT DISTINCT subscriber_id FROM old_rows) AS n LEFT JOIN subscribers_subscriber AS s ON s.id = n.subscriber_id LEFT JOIN subscribers_domain AS d ON d.id = s.domain_id LEFT JOIN accounts_customer AS c ON c.id = s.customer_id LEFT JOIN accounts_reseller AS r ON r.id = s.reseller_id WHERE s.id IS NOT NULL) AS told(type, reseller, customer, subscriber, object_type, object_id, object_name, data); END IF; RETURN NULL;", hash='a8416abf5cb83a5b91c297cd54189be57466b9f6', level='STATEMENT', operation='DELETE', pgid='pgtrigger_tell_delete_4bbb3', referencing='REFERENCING OLD TABLE AS old_rows ', table='subscribers_forwarding', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='watchednumber',
            trigger=pgtrigger.compiler.Trigger(name='tell_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO events_event (type, reseller, customer, subscriber, object_type, object_id, object_name, data, actor) SELECT told.type, told.reseller, told.customer, told.subscriber, told.object_type, told.object_id, coalesce(told.object_name, ''), told.data, nullif(current_setting('freiton.actor', true), '')::uuid FROM (SELECT CASE WHEN n.ported_in_at IS NULL THEN 'number.added' ELSE 'number.ported_in' END, r.uid, NULL::uuid, NULL::uuid, 'number', n.uid, n.e164, CASE WHEN n.ported_in_at IS NULL THEN '{}'::jsonb ELSE jsonb_build_object('ported_from', n.ported_from) END FROM new_rows AS n LEFT JOIN accounts_reseller AS r ON r.id = n.reseller_id ) AS told(type, reseller, customer, subscriber, object_type, object_id, object_name, data); RETURN NULL;", hash='e3e927d6989b454cb0094d094245bbb92cf9544c', level='STATEMENT', operation='INSERT', pgid='pgtrigger_tell_insert_9e56f', referencing='REFERENCING NEW TABLE AS new_rows ', table='numbering_phonenumber', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='watchednumber',
            trigger=pgtrigger.compiler.Trigger(name='tell_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO events_event (type, reseller, customer, subscriber, object_type, object_id, object_name, data, actor) SELECT told.type, told.reseller, told.customer, told.subscriber, told.object_type, told.object_id, coalesce(told.object_name, ''), told.data, nullif(current_setting('freiton.actor', true), '')::uuid FROM (SELECT CASE WHEN o.ported_out_at IS NULL AND n.ported_out_at IS NOT NULL THEN 'number.ported_out' ELSE 'number.ported_in' END, r.uid, NULL::uuid, NULL::uuid, 'number', n.uid, n.e164, CASE WHEN o.ported_out_at IS NULL AND n.ported_out_at IS NOT NULL THEN jsonb_build_object('ported_to', n.ported_to) ELSE jsonb_build_object('ported_from', n.ported_from) END FROM old_rows AS o JOIN new_rows AS n USING (id) LEFT JOIN accounts_reseller AS r ON r.id = n.reseller_id WHERE o.ported_out_at IS NULL AND n.ported_out_at IS NOT NULL OR n.ported_in_at IS NOT NULL AND o.ported_in_at IS DISTINCT FROM n.ported_in_at) AS told(type, reseller, customer, subscriber, object_type, object_id, object_name, data); RETURN NULL;", hash='cfedc47ff629b987abfc96077c8daf77b862cd97', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_tell_update_d1b1a', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='numbering_phonenumber', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='watchednumber',
            trigger=pgtrigger.compiler.Trigger(name='tell_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO events_event (type, reseller, customer, subscriber, object_type, object_id, object_name, data, actor) SELECT told.type, told.reseller, told.customer, told.subscriber, told.object_type, told.object_id, coalesce(told.object_name, ''), told.data, nullif(current_setting('freiton.actor', true), '')::uuid FROM (SELECT 'number.removed', r.uid, NULL::uuid, NULL::uuid, 'number', o.uid, o.e164, '{}'::jsonb FROM old_rows AS o LEFT JOIN accounts_reseller AS r ON r.id = o.reseller_id ) AS told(type, reseller, customer, subscriber, object_type, object_id, object_name, data); RETURN NULL;", hash='069ed5e2dad69d73bc6f1fe0cdf32ec8f717a4f8', level='STATEMENT', operation='DELETE', pgid='pgtrigger_tell_delete_0a4d8', referencing='REFERENCING OLD TABLE AS old_rows ', table='numbering_phonenumber', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='watchednumberassignment',
            trigger=pgtrigger.compiler.Trigger(name='tell_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO events_event (type, reseller, customer, subscriber, object_type, object_id, object_name, data, actor) SELECT told.type, told.reseller, told.customer, told.subscriber, told.object_type, told.object_id, coalesce(told.object_name, \'\'), told.data, nullif(current_setting(\'freiton.actor\', true), \'\')::uuid FROM (SELECT \'number.assigned\', r.uid, c.uid, s.uid, \'number\', p.uid, coalesce(p.e164, \'\'), jsonb_build_object(\'aor\', s.username || \'@\' || d.name, \'is_main\', n.is_main, \'valid_from\', to_char(n.valid_from AT TIME ZONE \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\'), \'valid_until\', to_char(n.valid_until AT TIME ZONE \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\')) FROM new_rows AS n LEFT JOIN numbering_phonenumber AS p ON p.id = n.number_id LEFT JOIN subscribers_subscriber AS s ON s.id = n.subscriber_id LEFT JOIN subscribers_domain AS d ON d.id = s.domain_id LEFT JOIN accounts_customer AS c ON c.id = s.customer_id LEFT JOIN accounts_reseller AS r ON r.id = n.reseller_id ) AS told(type, reseller, customer, subscriber, object_type, object_id, object_name, data); RETURN NULL;', hash='e68449d2581cd8b87682c7a96c1d9620d84b7805', level='STATEMENT', operation='INSERT', pgid='pgtrigger_tell_insert_218d7', referencing='REFERENCING NEW TABLE AS new_rows ', table='numbering_numberassignment', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='watchednumberassignment',
            trigger=pgtrigger.compiler.Trigger(name='tell_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO events_event (type, reseller, customer, subscriber, object_type, object_id, object_name, data, actor) SELECT told.type, told.reseller, told.customer, told.subscriber, told.object_type, told.object_id, coalesce(told.object_name, \'\'), told.data, nullif(current_setting(\'freiton.actor\', true), \'\')::uuid FROM (SELECT CASE WHEN n.valid_until IS NOT NULL AND o.valid_until IS DISTINCT FROM n.valid_until THEN \'number.released\' ELSE \'number.changed\' END, r.uid, c.uid, s.uid, \'number\', p.uid, coalesce(p.e164, \'\'), jsonb_build_object(\'aor\', s.username || \'@\' || d.name, \'is_main\', n.is_main, \'valid_from\', to_char(n.valid_from AT TIME ZONE \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\'), \'valid_until\', to_char(n.valid_until AT TIME ZONE \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\')) FROM old_rows AS o JOIN new_rows AS n USING (id) LEFT JOIN numbering_phonenumber AS p ON p.id = n.number_id LEFT JOIN subscribers_subscriber AS s ON s.id = n.subscriber_id LEFT JOIN subscribers_domain AS d ON d.id = s.domain_id LEFT JOIN accounts_customer AS c ON c.id = s.customer_id LEFT JOIN accounts_reseller AS r ON r.id = n.reseller_id WHERE (o.valid_from, o.is_main, o.valid_until) IS DISTINCT FROM (n.valid_from, n.is_main, n.valid_until)) AS told(type, reseller, customer, subscriber, object_type, object_id, object_name, data); RETURN NULL;', hash='009d3839d61868e1e05a2409b453a4846f55602a', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_tell_update_b59d0', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='numbering_numberassignment', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='watchednumberassignment',
            trigger=pgtrigger.compiler.Trigger(name='tell_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO events_event (type, reseller, customer, subscriber, object_type, object_id, object_name, data, actor) SELECT told.type, told.reseller, told.customer, told.subscriber, told.object_type, told.object_id, coalesce(told.object_name, \'\'), told.data, nullif(current_setting(\'freiton.actor\', true), \'\')::uuid FROM (SELECT \'number.released\', r.uid, c.uid, s.uid, \'number\', p.uid, coalesce(p.e164, \'\'), jsonb_build_object(\'aor\', s.username || \'@\' || d.name, \'is_main\', o.is_main, \'valid_from\', to_char(o.valid_from AT TIME ZONE \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\'), \'valid_until\', to_char(o.valid_until AT TIME ZONE \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\')) FROM old_rows AS o LEFT JOIN numbering_phonenumber AS p ON p.id = o.number_id LEFT JOIN subscribers_subscriber AS s ON s.id = o.subscriber_id LEFT JOIN subscribers_domain AS d ON d.id = s.domain_id LEFT JOIN accounts_customer AS c ON c.id = s.customer_id LEFT JOIN accounts_reseller AS r ON r.id = o.reseller_id WHERE o.valid_until IS NULL OR o.valid_until > now()) AS told(type, reseller, customer, subscriber, object_type, object_id, object_name, data); RETURN NULL;', hash='959b6dcc4f732b211499dc56f308290ef2330c0f', level='STATEMENT', operation='DELETE', pgid='pgtrigger_tell_delete_3b808', referencing='REFERENCING OLD TABLE AS old_rows ', table='numbering_numberassignment', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='watchedshownnumber',
            trigger=pgtrigger.compiler.Trigger(name='tell_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT FROM new_rows) THEN INSERT INTO events_event (type, reseller, customer, subscriber, object_type, object_id, object_name, data, actor) SELECT told.type, told.reseller, told.customer, told.subscriber, told.object_type, told.object_id, coalesce(told.object_name, ''), told.data, nullif(current_setting('freiton.actor', true), '')::uuid FROM (SELECT 'subscriber.settings_changed', r.uid, c.uid, s.uid, 'subscriber', s.uid, s.username || '@' || d.name, jsonb_build_object('part', 'shown_number') FROM (SELECT DISTINCT subscriber_id FROM new_rows) AS n LEFT JOIN subscribers_subscriber AS s ON s.id = n.subscriber_id LEFT JOIN subscribers_domain AS d ON d.id = s.domain_id LEFT JOIN accounts_customer AS c ON c.id = s.customer_id LEFT JOIN accounts_reseller AS r ON r.id = s.reseller_id WHERE s.id IS NOT NULL) AS told(type, reseller, customer, subscriber, object_type, object_id, object_name, data); END IF; RETURN NULL;", hash='4f42165e1b8287ed920d14f48b74993496ff0438', level='STATEMENT', operation='INSERT', pgid='pgtrigger_tell_insert_42e08', referencing='REFERENCING NEW TABLE AS new_rows ', table='subscribers_shownnumber', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='watchedshownnumber',
            trigger=pgtrigger.compiler.Trigger(name='tell_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT FROM (SELECT * FROM new_rows EXCEPT SELECT * FROM old_rows) AS moved) THEN INSERT INTO events_event (type, reseller, customer, subscriber, object_type, object_id, object_name, data, actor) SELECT told.type, told.reseller, told.customer, told.subscriber, told.object_type, told.object_id, coalesce(told.object_name, ''), told.data, nullif(current_setting('freiton.actor', true), '')::uuid FROM (SELECT 'subscriber.settings_changed', r.uid, c.uid, s.uid, 'subscriber', s.uid, s.username || '@' || d.name, jsonb_build_object('part', 'shown_number') FROM (SELECT DISTINCT subscriber_id FROM (SELECT * FROM new_rows EXCEPT SELECT * FROM old_rows) AS moved) AS n LEFT JOIN subscribers_subscriber AS s ON s.id = n.subscriber_id LEFT JOIN subscribers_domain AS d ON d.id = s.domain_id LEFT JOIN accounts_customer AS c ON c.id = s.customer_id LEFT JOIN accounts_reseller AS r ON r.id = s.reseller_id WHERE s.id IS NOT NULL) AS told(type, reseller, customer, subscriber, object_type, object_id, object_name, data); END IF; RETURN NULL;", hash='19a4e42e473d549fa1e0807e040990cf234b5f64', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_tell_update_fa492', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='subscribers_shownnumber', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='watchedshownnumber',
            trigger=pgtrigger.compiler.Trigger(name='tell_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT FROM old_rows) THEN INSERT INTO events_event (type, reseller, customer, subscriber, object_type, object_id, object_name, data, actor) SELECT told.type, told.reseller, told.customer, told.subscriber, told.object_type, told.object_id, coalesce(told.object_name, ''), told.data, nullif(current_setting('freiton.actor', true), '')::uuid FROM (SELECT 'subscriber.settings_changed', r.uid, c.uid, s.uid, 'subscriber', s.uid, s.username || '@' || d.name, jsonb_build_object('part', 'shown_number') FROM (SELECT DISTINCT subscriber_id FROM old_rows) AS n LEFT JOIN subscribers_subscriber AS s ON s.id = n.subscriber_id LEFT JOIN subscribers_domain AS d ON d.id = s.domain_id LEFT JOIN accounts_customer AS c ON c.id = s.customer_id LEFT JOIN accounts_reseller AS r ON r.id = s.reseller_id WHERE s.id IS NOT NULL) AS told(type, reseller, customer, subscriber, object_type, object_id, object_name, data); END IF; RETURN NULL;", hash='04274201b2563d95ec1e96eee58d966aeb52be1f', level='STATEMENT', operation='DELETE', pgid='pgtrigger_tell_delete_11603', referencing='REFERENCING OLD TABLE AS old_rows ', table='subscribers_shownnumber', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='watchedsubscriber',
            trigger=pgtrigger.compiler.Trigger(name='tell_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO events_event (type, reseller, customer, subscriber, object_type, object_id, object_name, data, actor) SELECT told.type, told.reseller, told.customer, told.subscriber, told.object_type, told.object_id, coalesce(told.object_name, ''), told.data, nullif(current_setting('freiton.actor', true), '')::uuid FROM (SELECT 'subscriber.created', r.uid, c.uid, n.uid, 'subscriber', n.uid, n.username || '@' || coalesce(d.name, ''), jsonb_build_object('username', n.username, 'domain_name', d.name, 'is_active', n.is_active) FROM new_rows AS n LEFT JOIN subscribers_domain AS d ON d.id = n.domain_id LEFT JOIN accounts_customer AS c ON c.id = n.customer_id LEFT JOIN accounts_reseller AS r ON r.id = n.reseller_id ) AS told(type, reseller, customer, subscriber, object_type, object_id, object_name, data); RETURN NULL;", hash='9eee507c974a043c0cce3c38cd6a572f7e65fb38', level='STATEMENT', operation='INSERT', pgid='pgtrigger_tell_insert_385ab', referencing='REFERENCING NEW TABLE AS new_rows ', table='subscribers_subscriber', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='watchedsubscriber',
            trigger=pgtrigger.compiler.Trigger(name='tell_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO events_event (type, reseller, customer, subscriber, object_type, object_id, object_name, data, actor) SELECT told.type, told.reseller, told.customer, told.subscriber, told.object_type, told.object_id, coalesce(told.object_name, ''), told.data, nullif(current_setting('freiton.actor', true), '')::uuid FROM (SELECT CASE WHEN o.is_active AND NOT n.is_active THEN 'subscriber.suspended' WHEN n.is_active AND NOT o.is_active THEN 'subscriber.resumed' ELSE 'subscriber.changed' END, r.uid, c.uid, n.uid, 'subscriber', n.uid, n.username || '@' || coalesce(d.name, ''), jsonb_build_object('changed', array_remove(ARRAY[CASE WHEN o.username IS DISTINCT FROM n.username THEN 'username' END, CASE WHEN o.display_name IS DISTINCT FROM n.display_name THEN 'display_name' END, CASE WHEN o.is_active IS DISTINCT FROM n.is_active THEN 'is_active' END, CASE WHEN o.digest_algorithm IS DISTINCT FROM n.digest_algorithm THEN 'digest_algorithm' END, CASE WHEN o.customer_id IS DISTINCT FROM n.customer_id THEN 'customer' END, CASE WHEN o.reseller_id IS DISTINCT FROM n.reseller_id THEN 'reseller' END, CASE WHEN o.domain_id IS DISTINCT FROM n.domain_id THEN 'domain' END]::text[], NULL)) FROM old_rows AS o JOIN new_rows AS n USING (id) LEFT JOIN subscribers_domain AS d ON d.id = n.domain_id LEFT JOIN accounts_customer AS c ON c.id = n.customer_id LEFT JOIN accounts_reseller AS r ON r.id = n.reseller_id WHERE (o.username, o.display_name, o.is_active, o.digest_algorithm, o.customer_id, o.reseller_id, o.domain_id) IS DISTINCT FROM (n.username, n.display_name, n.is_active, n.digest_algorithm, n.customer_id, n.reseller_id, n.domain_id)) AS told(type, reseller, customer, subscriber, object_type, object_id, object_name, data); RETURN NULL;", hash='8497c8a032e8a9a9aaaf17bc947e34fe6256fa58', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_tell_update_8e455', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='subscribers_subscriber', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='watchedsubscriber',
            trigger=pgtrigger.compiler.Trigger(name='tell_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO events_event (type, reseller, customer, subscriber, object_type, object_id, object_name, data, actor) SELECT told.type, told.reseller, told.customer, told.subscriber, told.object_type, told.object_id, coalesce(told.object_name, ''), told.data, nullif(current_setting('freiton.actor', true), '')::uuid FROM (SELECT 'subscriber.removed', r.uid, c.uid, o.uid, 'subscriber', o.uid, o.username || '@' || coalesce(d.name, ''), '{}'::jsonb FROM old_rows AS o LEFT JOIN subscribers_domain AS d ON d.id = o.domain_id LEFT JOIN accounts_customer AS c ON c.id = o.customer_id LEFT JOIN accounts_reseller AS r ON r.id = o.reseller_id ) AS told(type, reseller, customer, subscriber, object_type, object_id, object_name, data); RETURN NULL;", hash='a39e49993a5e4aafa304699180b49c71bb8a2b52', level='STATEMENT', operation='DELETE', pgid='pgtrigger_tell_delete_de423', referencing='REFERENCING OLD TABLE AS old_rows ', table='subscribers_subscriber', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='watchedtoken',
            trigger=pgtrigger.compiler.Trigger(name='tell_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO events_event (type, reseller, customer, subscriber, object_type, object_id, object_name, data, actor) SELECT told.type, told.reseller, told.customer, told.subscriber, told.object_type, told.object_id, coalesce(told.object_name, ''), told.data, nullif(current_setting('freiton.actor', true), '')::uuid FROM (SELECT 'token.created', r.uid, c.uid, NULL::uuid, 'token', n.uid, n.name, jsonb_build_object('prefix', n.prefix) FROM new_rows AS n LEFT JOIN accounts_user AS u ON u.id = n.user_id LEFT JOIN accounts_customer AS c ON c.id = u.customer_id LEFT JOIN accounts_reseller AS r ON r.id = coalesce(u.reseller_id, c.reseller_id) ) AS told(type, reseller, customer, subscriber, object_type, object_id, object_name, data); RETURN NULL;", hash='99b73ddc97685f5f9322d0245eb12b1e202190bf', level='STATEMENT', operation='INSERT', pgid='pgtrigger_tell_insert_2f9e8', referencing='REFERENCING NEW TABLE AS new_rows ', table='accounts_apitoken', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='watchedtoken',
            trigger=pgtrigger.compiler.Trigger(name='tell_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO events_event (type, reseller, customer, subscriber, object_type, object_id, object_name, data, actor) SELECT told.type, told.reseller, told.customer, told.subscriber, told.object_type, told.object_id, coalesce(told.object_name, ''), told.data, nullif(current_setting('freiton.actor', true), '')::uuid FROM (SELECT CASE WHEN o.revoked_at IS NULL AND n.revoked_at IS NOT NULL THEN 'token.revoked' ELSE 'token.changed' END, r.uid, c.uid, NULL::uuid, 'token', n.uid, n.name, CASE WHEN o.revoked_at IS NULL AND n.revoked_at IS NOT NULL THEN jsonb_build_object('prefix', n.prefix) ELSE jsonb_build_object('changed', array_remove(ARRAY[CASE WHEN o.name IS DISTINCT FROM n.name THEN 'name' END, CASE WHEN o.scopes IS DISTINCT FROM n.scopes THEN 'scopes' END, CASE WHEN o.expires_at IS DISTINCT FROM n.expires_at THEN 'expires_at' END]::text[], NULL)) END FROM old_rows AS o JOIN new_rows AS n USING (id) LEFT JOIN accounts_user AS u ON u.id = n.user_id LEFT JOIN accounts_customer AS c ON c.id = u.customer_id LEFT JOIN accounts_reseller AS r ON r.id = coalesce(u.reseller_id, c.reseller_id) WHERE (o.name, o.scopes, o.expires_at) IS DISTINCT FROM (n.name, n.scopes, n.expires_at) OR o.revoked_at IS NULL AND n.revoked_at IS NOT NULL) AS told(type, reseller, customer, subscriber, object_type, object_id, object_name, data); RETURN NULL;", hash='2b7c276a31db9c2c4608154a3bcf8611634d53fe', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_tell_update_86bb0', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='accounts_apitoken', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='watchedtoken',
            trigger=pgtrigger.compiler.Trigger(name='tell_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO events_event (type, reseller, customer, subscriber, object_type, object_id, object_name, data, actor) SELECT told.type, told.reseller, told.customer, told.subscriber, told.object_type, told.object_id, coalesce(told.object_name, ''), told.data, nullif(current_setting('freiton.actor', true), '')::uuid FROM (SELECT 'token.removed', r.uid, c.uid, NULL::uuid, 'token', o.uid, o.name, jsonb_build_object('prefix', o.prefix) FROM old_rows AS o LEFT JOIN accounts_user AS u ON u.id = o.user_id LEFT JOIN accounts_customer AS c ON c.id = u.customer_id LEFT JOIN accounts_reseller AS r ON r.id = coalesce(u.reseller_id, c.reseller_id) ) AS told(type, reseller, customer, subscriber, object_type, object_id, object_name, data); RETURN NULL;", hash='a9714eca8c341aee8ccd7b81d99c92faf951d57a', level='STATEMENT', operation='DELETE', pgid='pgtrigger_tell_delete_63898', referencing='REFERENCING OLD TABLE AS old_rows ', table='accounts_apitoken', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='watcheduser',
            trigger=pgtrigger.compiler.Trigger(name='tell_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO events_event (type, reseller, customer, subscriber, object_type, object_id, object_name, data, actor) SELECT told.type, told.reseller, told.customer, told.subscriber, told.object_type, told.object_id, coalesce(told.object_name, ''), told.data, nullif(current_setting('freiton.actor', true), '')::uuid FROM (SELECT 'user.created', r.uid, c.uid, NULL::uuid, 'user', n.uid, n.username, jsonb_build_object('role', n.role) FROM new_rows AS n LEFT JOIN accounts_customer AS c ON c.id = n.customer_id LEFT JOIN accounts_reseller AS r ON r.id = coalesce(n.reseller_id, c.reseller_id) ) AS told(type, reseller, customer, subscriber, object_type, object_id, object_name, data); RETURN NULL;", hash='264452ab8e2157421e1cf97b1a3da5e602b39ae8', level='STATEMENT', operation='INSERT', pgid='pgtrigger_tell_insert_7b9f7', referencing='REFERENCING NEW TABLE AS new_rows ', table='accounts_user', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='watcheduser',
            trigger=pgtrigger.compiler.Trigger(name='tell_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO events_event (type, reseller, customer, subscriber, object_type, object_id, object_name, data, actor) SELECT told.type, told.reseller, told.customer, told.subscriber, told.object_type, told.object_id, coalesce(told.object_name, ''), told.data, nullif(current_setting('freiton.actor', true), '')::uuid FROM (SELECT 'user.changed', r.uid, c.uid, NULL::uuid, 'user', n.uid, n.username, jsonb_build_object('changed', array_remove(ARRAY[CASE WHEN o.username IS DISTINCT FROM n.username THEN 'username' END, CASE WHEN o.first_name IS DISTINCT FROM n.first_name THEN 'first_name' END, CASE WHEN o.last_name IS DISTINCT FROM n.last_name THEN 'last_name' END, CASE WHEN o.email IS DISTINCT FROM n.email THEN 'email' END, CASE WHEN o.role IS DISTINCT FROM n.role THEN 'role' END, CASE WHEN o.password IS DISTINCT FROM n.password THEN 'password' END, CASE WHEN o.reseller_id IS DISTINCT FROM n.reseller_id THEN 'reseller' END, CASE WHEN o.customer_id IS DISTINCT FROM n.customer_id THEN 'customer' END]::text[], NULL)) FROM old_rows AS o JOIN new_rows AS n USING (id) LEFT JOIN accounts_customer AS c ON c.id = n.customer_id LEFT JOIN accounts_reseller AS r ON r.id = coalesce(n.reseller_id, c.reseller_id) WHERE (o.username, o.first_name, o.last_name, o.email, o.role, o.password, o.reseller_id, o.customer_id) IS DISTINCT FROM (n.username, n.first_name, n.last_name, n.email, n.role, n.password, n.reseller_id, n.customer_id)) AS told(type, reseller, customer, subscriber, object_type, object_id, object_name, data); RETURN NULL;", hash='577d86d857fd0b99fdcf2a2b37e74b4b16b78623', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_tell_update_6fb57', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='accounts_user', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='watcheduser',
            trigger=pgtrigger.compiler.Trigger(name='tell_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO events_event (type, reseller, customer, subscriber, object_type, object_id, object_name, data, actor) SELECT told.type, told.reseller, told.customer, told.subscriber, told.object_type, told.object_id, coalesce(told.object_name, ''), told.data, nullif(current_setting('freiton.actor', true), '')::uuid FROM (SELECT 'user.removed', r.uid, c.uid, NULL::uuid, 'user', o.uid, o.username, '{}'::jsonb FROM old_rows AS o LEFT JOIN accounts_customer AS c ON c.id = o.customer_id LEFT JOIN accounts_reseller AS r ON r.id = coalesce(o.reseller_id, c.reseller_id) ) AS told(type, reseller, customer, subscriber, object_type, object_id, object_name, data); RETURN NULL;", hash='826140291fedc9cf9a181a44ca4eba167462b23d', level='STATEMENT', operation='DELETE', pgid='pgtrigger_tell_delete_e741b', referencing='REFERENCING OLD TABLE AS old_rows ', table='accounts_user', when='AFTER')),
        ),
    ]
