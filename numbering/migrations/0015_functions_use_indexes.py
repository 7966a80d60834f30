"""What is kept for many numbers at once is found by indexes, whatever PostgreSQL believes of the tables' size.

Until they were analyzed after a first import, it takes them for small, and reads all of them, or walks through all new
numbers, for each of ten thousand new ones: six seconds instead of half a one. LATERAL loops remain: nothing else is
possible there.
"""

from django.db import migrations

SETTINGS = ("enable_seqscan", "enable_nestloop")
FUNCTIONS = (
    "numbering_place(bigint[])",
    "numbering_settle(bigint[])",
    "numbering_keep_holding(bigint[])",
    "numbering_refuse_away(bigint[])",
)


class Migration(migrations.Migration):
    dependencies = [("numbering", "0014_free_list")]

    operations = [
        migrations.RunSQL(
            f"ALTER FUNCTION {function} SET {setting} = off;", f"ALTER FUNCTION {function} RESET {setting};"
        )
        for function in FUNCTIONS
        for setting in SETTINGS
    ]
