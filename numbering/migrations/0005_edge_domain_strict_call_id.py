"""The edge learns which domains tell bindings apart by Call-ID as well."""

from django.db import migrations

_COLUMNS = """
CREATE OR REPLACE VIEW edge_domain AS
    SELECT d.id, d.name::text AS name,
           ARRAY(
               SELECT n.name::text FROM subscribers_domainname n
               WHERE n.domain_id = d.id ORDER BY n.is_primary DESC, n.name
           ) AS names,
           d.reseller_id, d.is_default, d.digest_algorithm::text AS digest_algorithm,
           s.number_format_id, d.is_active AND r.is_active AS is_active{more}
    FROM subscribers_domain d
    JOIN accounts_reseller r ON r.id = d.reseller_id
    LEFT JOIN numbering_dialsettings s ON s.domain_id = d.id;
"""

FORWARD = _COLUMNS.format(more=", d.strict_call_id")
BACKWARD = "DROP VIEW edge_domain;" + _COLUMNS.format(more="")


class Migration(migrations.Migration):
    dependencies = [("numbering", "0004_list_indexes"), ("subscribers", "0005_domain_strict_call_id")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
