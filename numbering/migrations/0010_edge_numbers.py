"""A number in a block is of the block's reseller; the edge sees extensions, blocks, and which numbers were ported out."""

from django.db import migrations

# At the end of each statement and not of the transaction: whoever takes a block away learns it at once.
COMPOSITE_KEY = """
ALTER TABLE numbering_phonenumber
    ADD CONSTRAINT phonenumber_block_of_same_reseller FOREIGN KEY (reseller_id, block_id)
        REFERENCES numbering_numberblock (reseller_id, id);
"""
DROP_COMPOSITE_KEY = "ALTER TABLE numbering_phonenumber DROP CONSTRAINT phonenumber_block_of_same_reseller;"

_NUMBER = """
CREATE OR REPLACE VIEW edge_number AS
    SELECT n.e164::text AS e164, s.id AS subscriber_id, s.domain_id, s.username::text AS username{more}
    FROM numbering_phonenumber n
    LEFT JOIN numbering_numberassignment a
           ON a.number_id = n.id AND a.valid_from <= statement_timestamp()
              AND (a.valid_until IS NULL OR a.valid_until > statement_timestamp())
    LEFT JOIN subscribers_subscriber s ON s.id = a.subscriber_id;
"""
FORWARD = _NUMBER.format(more=", n.extension_digits, n.holding = 'ported_out' AS is_ported_out")
BACKWARD = "DROP VIEW edge_number;" + _NUMBER.format(more="")

# Of E.164 numbers with so many digits those from `lowest` to `highest`, as integers.
BLOCK = """
CREATE VIEW edge_number_block AS
    SELECT digits, lower(numbers) AS lowest, upper(numbers) - 1 AS highest, extension_digits
    FROM numbering_numberblock;
"""


class Migration(migrations.Migration):
    dependencies = [("numbering", "0009_number_blocks")]

    operations = [
        migrations.RunSQL(COMPOSITE_KEY, DROP_COMPOSITE_KEY),
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.RunSQL(BLOCK, "DROP VIEW edge_number_block;"),
    ]
