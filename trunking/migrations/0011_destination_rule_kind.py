"""A rule may name service numbers, too; the edge sees of which kind it is."""

import django.core.validators
from django.db import migrations, models

_EDGE_DESTINATION_RULE = """
CREATE OR REPLACE VIEW edge_destination_rule AS
    SELECT id, prefix::text AS prefix, is_allowed, reason::text AS reason, reseller_id, customer_id{more}
    FROM trunking_destinationrule;
"""
EDGE_DESTINATION_RULE = _EDGE_DESTINATION_RULE.format(more=", kind::text AS kind")
EDGE_DESTINATION_RULE_BEFORE = "DROP VIEW edge_destination_rule;" + _EDGE_DESTINATION_RULE.format(more="")


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0008_max_calls'),
        ('trunking', '0010_names_of_relations'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='destinationrule',
            name='destinationrule_once',
        ),
        migrations.AddField(
            model_name='destinationrule',
            name='kind',
            field=models.CharField(choices=[('number', 'telephone number'), ('service', 'service number, as dialled')], db_default='number', default='number', max_length=10, verbose_name='kind'),
        ),
        migrations.AlterField(
            model_name='destinationrule',
            name='prefix',
            field=models.CharField(blank=True, default='', help_text='The first digits of the E.164 number, without the plus, such as 43 or 43900; of a service number as it is dialled, such as 118. Empty: all numbers of the kind.', max_length=15, validators=[django.core.validators.RegexValidator('^[0-9]*\\Z', 'Only digits, without the plus.')], verbose_name='prefix'),
        ),
        migrations.AddConstraint(
            model_name='destinationrule',
            constraint=models.UniqueConstraint(fields=('kind', 'prefix', 'reseller', 'customer'), name='destinationrule_once', nulls_distinct=False, violation_error_message='There is a rule for this prefix and owner already.'),
        ),
        migrations.AddConstraint(
            model_name='destinationrule',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['number', 'service'])), name='destinationrule_kind_known'),
        ),
        migrations.RunSQL(EDGE_DESTINATION_RULE, EDGE_DESTINATION_RULE_BEFORE),
    ]
