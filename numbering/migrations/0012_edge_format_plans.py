"""The edge learns the plan, extensions and own short numbers of a format, and which format a subscriber has."""

from importlib import import_module

from django.db import migrations

_FORMAT = """
CREATE OR REPLACE VIEW edge_number_format AS
    SELECT id, name::text AS name, country_code::text AS country_code,
           international_prefix::text AS international_prefix, national_prefix::text AS national_prefix,
           area_code::text AS area_code, bare_digits::text AS bare_digits, sends_as::text AS sends_as{more}
    FROM numbering_numberformat;
"""
_MORE = """,
           plan::text AS plan, extension_base::text AS extension_base, extension_digits::int AS extension_digits,
           emergency_numbers::text[] AS emergency_numbers, service_numbers::text[] AS service_numbers"""

# The newest definition of the view, with what it did not have yet: a number format that is the subscriber's own.
_SUBSCRIBER = import_module("numbering.migrations.0007_edge_subscriber_call_settings").FORWARD
_COLUMN = "r.max_calls AS reseller_max_calls"
_JOIN = "LEFT JOIN subscribers_callsettings o ON o.subscriber_id = s.id"
_WITH_FORMAT = _SUBSCRIBER.replace(_COLUMN, f"{_COLUMN}, p.number_format_id").replace(
    _JOIN, f"{_JOIN}\n    LEFT JOIN numbering_dialsettings p ON p.subscriber_id = s.id"
)


class Migration(migrations.Migration):
    dependencies = [("numbering", "0011_format_plans")]

    operations = [
        migrations.RunSQL(
            _FORMAT.format(more=_MORE), "DROP VIEW edge_number_format;" + _FORMAT.format(more="")
        ),
        migrations.RunSQL(_WITH_FORMAT, "DROP VIEW edge_subscriber;" + _SUBSCRIBER),
    ]
