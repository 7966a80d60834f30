"""Of two who write at the same time, one a number with extensions and the other one behind it, one learns of the other.

Both held the shared lock, and neither saw what the other had not committed yet: two resellers had the same number.
"""

from importlib import import_module

from django.db import migrations

PLACE = import_module("numbering.migrations.0013_numbers_are_placed_together").PLACE.replace(
    "CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"
)
LOCK = "PERFORM numbering_lock_blocks(false);"
ALONE = """PERFORM numbering_lock_blocks(
        EXISTS (SELECT FROM numbering_phonenumber WHERE id = ANY(wanted) AND extension_digits > 0)
    );"""
# What is replaced forgets what migration 0015 set.
SETTINGS = "ALTER FUNCTION numbering_place(bigint[]) SET enable_seqscan = off SET enable_nestloop = off;"


class Migration(migrations.Migration):
    dependencies = [("numbering", "0016_names_of_relations")]

    operations = [migrations.RunSQL(PLACE.replace(LOCK, ALONE) + SETTINGS, PLACE + SETTINGS)]
