"""Gateways, routes and destination rules with all that carriers ask for."""

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import subscribers.validators
import trunking.models.routes
import trunking.validators
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_tokens_by_age'),
        ('numbering', '0006_holding'),
        ('subscribers', '0008_suspended_with_owners'),
        ('trunking', '0006_gateway_states'),
    ]

    operations = [
        migrations.CreateModel(
            name='DestinationRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('prefix', models.CharField(blank=True, default='', help_text='The first digits of the E.164 number, without the plus, such as 43 or 43900. Empty: all numbers.', max_length=15, validators=[django.core.validators.RegexValidator('^[0-9]*\\Z', 'Only digits, without the plus.')], verbose_name='prefix')),
                ('is_allowed', models.BooleanField(default=False, help_text='On: an exception from a shorter prefix that the same owner bars.', verbose_name='allowed')),
                ('reason', models.CharField(blank=True, default='', help_text='For people, such as: premium numbers', max_length=100, verbose_name='reason')),
            ],
            options={
                'verbose_name': 'destination rule',
                'verbose_name_plural': 'destination rules',
                'ordering': ['prefix', 'id'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='gateway',
            name='gateway_transport_known',
        ),
        migrations.RemoveConstraint(
            model_name='route',
            name='route_once_per_gateway',
        ),
        migrations.AddField(
            model_name='gateway',
            name='called_number_in',
            field=models.CharField(choices=[('request_uri', 'request URI'), ('to', 'To'), ('p_called_party_id', 'P-Called-Party-ID, else request URI')], db_default='request_uri', default='request_uri', help_text='Where it stands in calls that come in. To: where the carrier sends all calls to one registered address.', max_length=20, verbose_name='called number in'),
        ),
        migrations.AddField(
            model_name='gateway',
            name='caller_in',
            field=models.CharField(choices=[('asserted', 'P-Asserted-Identity, else From'), ('remote_party_id', 'Remote-Party-ID, else From'), ('from', 'From alone')], db_default='asserted', default='asserted', help_text='Where it stands in calls that come in.', max_length=20, verbose_name='calling number in'),
        ),
        migrations.AddField(
            model_name='gateway',
            name='diverted_as',
            field=models.CharField(choices=[('diversion', 'Diversion (RFC 5806)'), ('history_info', 'History-Info (RFC 7044)'), ('both', 'both'), ('none', 'not at all')], db_default='diversion', default='diversion', help_text='By which subscriber a call was forwarded.', max_length=20, verbose_name='forwarded calls say so in'),
        ),
        migrations.AddField(
            model_name='gateway',
            name='failover_codes',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(400), django.core.validators.MaxValueValidator(699)]), blank=True, db_default=[], default=list, help_text='Final answers after which the next gateway is tried, such as 404, 480, 503. Empty: those that speak of the gateway and not of the called side.', size=None, validators=[django.core.validators.MaxLengthValidator(32)], verbose_name='next gateway after'),
        ),
        migrations.AddField(
            model_name='gateway',
            name='from_as',
            field=models.CharField(choices=[('caller', 'as the phone wrote it'), ('identity', "the number that is shown, in the gateway's number format")], db_default='caller', default='caller', help_text='Carriers that bill by From want the number.', max_length=20, verbose_name='From of calls out'),
        ),
        migrations.AddField(
            model_name='gateway',
            name='identity_as',
            field=models.CharField(choices=[('asserted', 'P-Asserted-Identity (RFC 3325)'), ('preferred', 'P-Preferred-Identity (RFC 3325)'), ('remote_party_id', 'Remote-Party-ID'), ('none', 'in none: From alone')], db_default='asserted', default='asserted', help_text='How calls out say whose they are, also when the caller hides the number from the called side.', max_length=20, verbose_name='identity sent in'),
        ),
        migrations.AddField(
            model_name='gateway',
            name='inbound_secret',
            field=models.TextField(blank=True, db_default='', default='', editable=False),
        ),
        migrations.AddField(
            model_name='gateway',
            name='inbound_username',
            field=models.CharField(blank=True, db_default='', default='', help_text='Whoever answers our challenge with this name and its password is this gateway, from whatever address.', max_length=64, validators=[django.core.validators.RegexValidator('^[A-Za-z0-9._+@-]+\\Z', 'Only letters, digits and . _ + - @ are allowed.')], verbose_name='its user name'),
        ),
        migrations.AddField(
            model_name='gateway',
            name='max_calls',
            field=models.PositiveIntegerField(blank=True, help_text='In and out together, over all edges. Empty: no limit.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100000)], verbose_name='calls at a time'),
        ),
        migrations.AddField(
            model_name='gateway',
            name='max_calls_per_second',
            field=models.PositiveIntegerField(blank=True, help_text='Calls out that begin within a second. Empty: no limit.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100000)], verbose_name='new calls a second'),
        ),
        migrations.AddField(
            model_name='gateway',
            name='outbound_proxy',
            field=models.CharField(blank=True, db_default='', default='', help_text='host or host:port that all requests to this gateway go through. Empty: straight to it.', max_length=259, validators=[trunking.validators.validate_address], verbose_name='outbound proxy'),
        ),
        migrations.AddField(
            model_name='gateway',
            name='outbound_realm',
            field=models.CharField(blank=True, db_default='', default='', help_text='The only realm whose challenges are answered. Empty: that of the first.', max_length=128, validators=[django.core.validators.RegexValidator('^[^"\\\\\\x00-\\x1f\\x7f]*\\Z', 'A realm has no quotation mark, backslash or control character.')], verbose_name='realm'),
        ),
        migrations.AddField(
            model_name='gateway',
            name='outbound_secret',
            field=models.TextField(blank=True, db_default='', default='', editable=False),
        ),
        migrations.AddField(
            model_name='gateway',
            name='outbound_username',
            field=models.CharField(blank=True, db_default='', default='', help_text='With it, and its password, its challenges (401, 407) to calls and registrations are answered.', max_length=64, validators=[django.core.validators.RegexValidator('^[A-Za-z0-9._+@-]+\\Z', 'Only letters, digits and . _ + - @ are allowed.')], verbose_name='our user name'),
        ),
        migrations.AddField(
            model_name='gateway',
            name='probe_interval',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, help_text='Seconds, 30 is usual; a gateway that does not answer is left out until it does. 0: never asked.', validators=[trunking.validators.validate_probe_interval], verbose_name='OPTIONS every'),
        ),
        migrations.AddField(
            model_name='gateway',
            name='registers',
            field=models.BooleanField(db_default=False, default=False, help_text='On where the carrier sends calls to a registered address, as to a phone.', verbose_name='register there'),
        ),
        migrations.AddField(
            model_name='gateway',
            name='registrar',
            field=models.CharField(blank=True, db_default='', default='', help_text='host or host:port. Empty: the gateway itself.', max_length=259, validators=[trunking.validators.validate_address], verbose_name='registrar'),
        ),
        migrations.AddField(
            model_name='gateway',
            name='registration_aor',
            field=models.CharField(blank=True, db_default='', default='', help_text='What the carrier calls it: sip:4311001@carrier.example', max_length=255, validators=[django.core.validators.RegexValidator('^sip:[A-Za-z0-9._+-]+@([A-Za-z0-9.-]+|\\[[0-9a-fA-F:.]+\\])(:[0-9]{1,5})?\\Z', 'Write it as the carrier names it, such as sip:4311001@carrier.example.')], verbose_name='registered address'),
        ),
        migrations.AddField(
            model_name='gateway',
            name='registration_edge',
            field=models.CharField(blank=True, db_default='', default='', help_text='The name of the edge that registers. Empty: each edge does, with an address of its own.', max_length=100, verbose_name='by the edge'),
        ),
        migrations.AddField(
            model_name='gateway',
            name='registration_expires',
            field=models.PositiveIntegerField(db_default=3600, default=3600, help_text='Seconds asked for; the registrar may say otherwise.', validators=[django.core.validators.MinValueValidator(60), django.core.validators.MaxValueValidator(86400)], verbose_name='renewed after'),
        ),
        migrations.AddField(
            model_name='gateway',
            name='registration_user',
            field=models.CharField(blank=True, db_default='', default='', help_text='The user part of our contact: what calls come to.', max_length=64, validators=[django.core.validators.RegexValidator('^[A-Za-z0-9._+-]+\\Z', 'Only letters, digits and . _ + - are allowed.')], verbose_name='contact user'),
        ),
        migrations.AddField(
            model_name='gateway',
            name='ringing_within',
            field=models.PositiveSmallIntegerField(blank=True, help_text='Seconds after which the next gateway is tried. Empty: as long as the caller waits.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(180)], verbose_name='rings within'),
        ),
        migrations.AddField(
            model_name='route',
            name='closes',
            field=models.TimeField(blank=True, help_text='Before it opens: on the next day, past midnight.', null=True, verbose_name='closes'),
        ),
        migrations.AddField(
            model_name='route',
            name='cost',
            field=models.DecimalField(blank=True, decimal_places=5, help_text='Of a minute, such as 0.0125. Of the same priority the cheapest comes first. Empty: after all.', max_digits=9, null=True, validators=[django.core.validators.MinValueValidator(0)], verbose_name='cost'),
        ),
        migrations.AddField(
            model_name='route',
            name='customer',
            field=models.ForeignKey(blank=True, help_text="For calls of this customer's subscribers alone.", null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.customer'),
        ),
        migrations.AddField(
            model_name='route',
            name='domain',
            field=models.ForeignKey(blank=True, help_text="For calls of this domain's subscribers alone.", null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='subscribers.domain'),
        ),
        migrations.AddField(
            model_name='route',
            name='is_last',
            field=models.BooleanField(db_default=False, default=False, help_text='No route behind it is tried when it fails.', verbose_name='last'),
        ),
        migrations.AddField(
            model_name='route',
            name='kind',
            field=models.CharField(choices=[('number', 'telephone number'), ('service', 'service number, as dialled'), ('emergency', 'emergency number, as dialled')], db_default='number', default='number', max_length=10, verbose_name='kind'),
        ),
        migrations.AddField(
            model_name='route',
            name='opens',
            field=models.TimeField(blank=True, help_text='Empty: open all day.', null=True, verbose_name='opens'),
        ),
        migrations.AddField(
            model_name='route',
            name='reseller',
            field=models.ForeignKey(blank=True, help_text="For calls of this reseller's subscribers alone. Empty: for everybody's.", null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.reseller'),
        ),
        migrations.AddField(
            model_name='route',
            name='timezone',
            field=models.CharField(db_default='UTC', default='UTC', help_text='Of days and times, such as Europe/Vienna.', max_length=64, validators=[trunking.validators.validate_timezone], verbose_name='time zone'),
        ),
        migrations.AddField(
            model_name='route',
            name='weekdays',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(choices=[(1, 'Mon'), (2, 'Tue'), (3, 'Wed'), (4, 'Thu'), (5, 'Fri'), (6, 'Sat'), (7, 'Sun')]), db_default=[1, 2, 3, 4, 5, 6, 7], default=trunking.models.routes.every_day, size=None, verbose_name='weekdays'),
        ),
        migrations.AddField(
            model_name='route',
            name='weight',
            field=models.PositiveSmallIntegerField(db_default=100, default=100, help_text='The share of calls among routes that are equal in all else: 1 to 1000.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(1000)], verbose_name='weight'),
        ),
        migrations.AlterField(
            model_name='gateway',
            name='host',
            field=models.CharField(help_text='Where calls out are sent: a name, whose SRV records count where no port is given, or an address.', max_length=253, validators=[subscribers.validators.validate_domain_name], verbose_name='host'),
        ),
        migrations.AlterField(
            model_name='gateway',
            name='transport',
            field=models.CharField(choices=[('udp', 'UDP'), ('tcp', 'TCP'), ('tls', 'TLS')], default='udp', max_length=5, verbose_name='transport'),
        ),
        migrations.AlterField(
            model_name='route',
            name='prefix',
            field=models.CharField(blank=True, default='', help_text='The first digits of the E.164 number, without the plus; of a service or emergency number as it is dialled. Empty: all numbers of the kind.', max_length=15, validators=[django.core.validators.RegexValidator('^[0-9]*\\Z', 'Only digits, without the plus.')], verbose_name='prefix'),
        ),
        migrations.AlterField(
            model_name='route',
            name='priority',
            field=models.PositiveSmallIntegerField(default=100, help_text='Of routes with the same prefix the lowest comes first.', verbose_name='priority'),
        ),
        migrations.AddIndex(
            model_name='route',
            index=models.Index(fields=['prefix', 'priority', 'id'], name='route_by_prefix'),
        ),
        migrations.AddConstraint(
            model_name='gateway',
            constraint=models.CheckConstraint(condition=models.Q(('transport__in', ['udp', 'tcp', 'tls'])), name='gateway_transport_known'),
        ),
        migrations.AddConstraint(
            model_name='gateway',
            constraint=models.CheckConstraint(condition=models.Q(('outbound_proxy', ''), ('outbound_proxy__regex', '^([a-z0-9.-]+|\\[[0-9a-f:.]+\\])(:[0-9]{1,5})?$'), _connector='OR'), name='gateway_outbound_proxy_is_address'),
        ),
        migrations.AddConstraint(
            model_name='gateway',
            constraint=models.CheckConstraint(condition=models.Q(('called_number_in__in', ['request_uri', 'to', 'p_called_party_id'])), name='gateway_called_number_in_known'),
        ),
        migrations.AddConstraint(
            model_name='gateway',
            constraint=models.CheckConstraint(condition=models.Q(('caller_in__in', ['asserted', 'remote_party_id', 'from'])), name='gateway_caller_in_known'),
        ),
        migrations.AddConstraint(
            model_name='gateway',
            constraint=models.CheckConstraint(condition=models.Q(('identity_as__in', ['asserted', 'preferred', 'remote_party_id', 'none'])), name='gateway_identity_as_known'),
        ),
        migrations.AddConstraint(
            model_name='gateway',
            constraint=models.CheckConstraint(condition=models.Q(('from_as__in', ['caller', 'identity'])), name='gateway_from_as_known'),
        ),
        migrations.AddConstraint(
            model_name='gateway',
            constraint=models.CheckConstraint(condition=models.Q(('diverted_as__in', ['diversion', 'history_info', 'both', 'none'])), name='gateway_diverted_as_known'),
        ),
        migrations.AddConstraint(
            model_name='gateway',
            constraint=models.CheckConstraint(condition=models.Q(('max_calls__isnull', True), models.Q(('max_calls__gte', 1), ('max_calls__lte', 100000)), _connector='OR'), name='gateway_max_calls_range'),
        ),
        migrations.AddConstraint(
            model_name='gateway',
            constraint=models.CheckConstraint(condition=models.Q(('max_calls_per_second__isnull', True), models.Q(('max_calls_per_second__gte', 1), ('max_calls_per_second__lte', 100000)), _connector='OR'), name='gateway_max_calls_per_second_range'),
        ),
        migrations.AddConstraint(
            model_name='gateway',
            constraint=models.CheckConstraint(condition=models.Q(('probe_interval', 0), models.Q(('probe_interval__gte', 5), ('probe_interval__lte', 3600)), _connector='OR'), name='gateway_probe_interval_range'),
        ),
        migrations.AddConstraint(
            model_name='gateway',
            constraint=models.CheckConstraint(condition=models.Q(('ringing_within__isnull', True), models.Q(('ringing_within__gte', 1), ('ringing_within__lte', 180)), _connector='OR'), name='gateway_ringing_within_range'),
        ),
        migrations.AddConstraint(
            model_name='gateway',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('inbound_secret', ''), ('inbound_username', '')), models.Q(('inbound_username__regex', '^[A-Za-z0-9._+@-]+$'), models.Q(('inbound_secret', ''), _negated=True)), _connector='OR'), name='gateway_inbound_account_whole', violation_error_message='A user name needs a password, and a password a user name.'),
        ),
        migrations.AddConstraint(
            model_name='gateway',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('outbound_secret', ''), ('outbound_username', '')), models.Q(('outbound_username__regex', '^[A-Za-z0-9._+@-]+$'), models.Q(('outbound_secret', ''), _negated=True)), _connector='OR'), name='gateway_outbound_account_whole', violation_error_message='A user name needs a password, and a password a user name.'),
        ),
        migrations.AddConstraint(
            model_name='gateway',
            constraint=models.UniqueConstraint(condition=models.Q(('inbound_username', ''), _negated=True), fields=('inbound_username',), name='gateway_inbound_username_unique', violation_error_message='Another gateway has this user name.'),
        ),
        migrations.AddConstraint(
            model_name='gateway',
            constraint=models.CheckConstraint(condition=models.Q(('outbound_realm__regex', '^[^"\\\\[:cntrl:]]*$')), name='gateway_outbound_realm_is_realm'),
        ),
        migrations.AddConstraint(
            model_name='gateway',
            constraint=models.CheckConstraint(condition=models.Q(('registrar', ''), ('registrar__regex', '^([a-z0-9.-]+|\\[[0-9a-f:.]+\\])(:[0-9]{1,5})?$'), _connector='OR'), name='gateway_registrar_is_address'),
        ),
        migrations.AddConstraint(
            model_name='gateway',
            constraint=models.CheckConstraint(condition=models.Q(('registration_aor', ''), ('registration_aor__regex', '^sip:[A-Za-z0-9._+-]+@([A-Za-z0-9.-]+|\\[[0-9a-fA-F:.]+\\])(:[0-9]{1,5})?$'), _connector='OR'), name='gateway_registration_aor_is_uri'),
        ),
        migrations.AddConstraint(
            model_name='gateway',
            constraint=models.CheckConstraint(condition=models.Q(('registration_user', ''), ('registration_user__regex', '^[A-Za-z0-9._+-]+$'), _connector='OR'), name='gateway_registration_user_is_user'),
        ),
        migrations.AddConstraint(
            model_name='gateway',
            constraint=models.CheckConstraint(condition=models.Q(('registers', False), models.Q(models.Q(('registration_aor', ''), _negated=True), models.Q(('registration_user', ''), _negated=True)), _connector='OR'), name='gateway_registration_whole', violation_error_message='To register, the registered address and the contact user are needed.'),
        ),
        migrations.AddConstraint(
            model_name='gateway',
            constraint=models.CheckConstraint(condition=models.Q(('registration_expires__gte', 60), ('registration_expires__lte', 86400)), name='gateway_registration_expires_range'),
        ),
        migrations.AddConstraint(
            model_name='route',
            constraint=models.UniqueConstraint(fields=('gateway', 'kind', 'prefix', 'reseller', 'customer', 'domain', 'weekdays', 'opens', 'closes', 'timezone'), name='route_once', nulls_distinct=False, violation_error_message='This gateway has this route already, for the same callers and times.'),
        ),
        migrations.AddConstraint(
            model_name='route',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['number', 'service', 'emergency'])), name='route_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='route',
            constraint=models.CheckConstraint(condition=models.Q(('weight__gte', 1), ('weight__lte', 1000)), name='route_weight_range'),
        ),
        migrations.AddConstraint(
            model_name='route',
            constraint=models.CheckConstraint(condition=models.Q(('cost__isnull', True), ('cost__gte', 0), _connector='OR'), name='route_cost_range'),
        ),
        migrations.AddConstraint(
            model_name='route',
            constraint=models.CheckConstraint(condition=models.Q(('reseller__isnull', False), models.Q(('customer__isnull', True), ('domain__isnull', True)), _connector='OR'), name='route_owner_has_reseller'),
        ),
        migrations.AddConstraint(
            model_name='route',
            constraint=models.CheckConstraint(condition=models.Q(('weekdays__contained_by', [1, 2, 3, 4, 5, 6, 7]), ('weekdays__len__gte', 1)), name='route_weekdays_are_days'),
        ),
        migrations.AddConstraint(
            model_name='route',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closes__isnull', True), ('opens__isnull', True)), models.Q(('closes__isnull', False), ('opens__isnull', False), models.Q(('opens', models.F('closes')), _negated=True)), _connector='OR'), name='route_window_whole', violation_error_message='A window has an opening and a closing time that differ, or neither.'),
        ),
        migrations.AddConstraint(
            model_name='route',
            constraint=models.CheckConstraint(condition=models.Q(('timezone__regex', '^[A-Za-z0-9_+/-]+$')), name='route_timezone_is_name'),
        ),
        migrations.AddField(
            model_name='destinationrule',
            name='customer',
            field=models.ForeignKey(blank=True, help_text="For calls of this customer's subscribers alone.", null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.customer'),
        ),
        migrations.AddField(
            model_name='destinationrule',
            name='reseller',
            field=models.ForeignKey(blank=True, help_text="For calls of this reseller's subscribers alone. Empty: for everybody's.", null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.reseller'),
        ),
        migrations.AddConstraint(
            model_name='destinationrule',
            constraint=models.UniqueConstraint(fields=('prefix', 'reseller', 'customer'), name='destinationrule_once', nulls_distinct=False, violation_error_message='There is a rule for this prefix and owner already.'),
        ),
        migrations.AddConstraint(
            model_name='destinationrule',
            constraint=models.CheckConstraint(condition=models.Q(('prefix__regex', '^[0-9]{0,15}$')), name='destinationrule_prefix_digits'),
        ),
        migrations.AddConstraint(
            model_name='destinationrule',
            constraint=models.CheckConstraint(condition=models.Q(('reseller__isnull', False), ('customer__isnull', True), _connector='OR'), name='destinationrule_owner_has_reseller'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='destinationrule',
            trigger=pgtrigger.compiler.Trigger(name='notify_gateway_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT FROM new_rows AS changed) THEN PERFORM edge_notify_all('gateway'); END IF; RETURN NULL;", hash='10e52913a1567f389a34fc6fcb83173d305b6f77', level='STATEMENT', operation='INSERT', pgid='pgtrigger_notify_gateway_insert_fe411', referencing='REFERENCING NEW TABLE AS new_rows ', table='trunking_destinationrule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='destinationrule',
            trigger=pgtrigger.compiler.Trigger(name='notify_gateway_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT FROM (SELECT * FROM old_rows UNION ALL SELECT * FROM new_rows) AS changed) THEN PERFORM edge_notify_all('gateway'); END IF; RETURN NULL;", hash='79e50c42abab5ab4263d458961cc2532a131d349', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_notify_gateway_update_4e958', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='trunking_destinationrule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='destinationrule',
            trigger=pgtrigger.compiler.Trigger(name='notify_gateway_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT FROM old_rows AS changed) THEN PERFORM edge_notify_all('gateway'); END IF; RETURN NULL;", hash='2b8c3d42078cf2a2cec8121f1323aaeb653599ad', level='STATEMENT', operation='DELETE', pgid='pgtrigger_notify_gateway_delete_d3351', referencing='REFERENCING OLD TABLE AS old_rows ', table='trunking_destinationrule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='destinationrule',
            trigger=pgtrigger.compiler.Trigger(name='notify_gateway_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="PERFORM edge_notify_all('gateway'); RETURN NULL;", hash='3d1bf991cab14b4546cabdda5f94aed6a48217c4', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_notify_gateway_truncate_ee87b', table='trunking_destinationrule', when='AFTER')),
        ),
    ]
