"""The edge learns by which certificate a gateway may prove who it is."""

from django.db import migrations

_COLUMNS = """
CREATE OR REPLACE VIEW edge_gateway AS
    SELECT g.id, g.name::text AS name, g.host::text AS host, g.port, g.transport::text AS transport,
           g.number_format_id,
           ARRAY(
               SELECT s.network::text FROM trunking_gatewaysource s
               WHERE s.gateway_id = g.id ORDER BY s.network
           ) AS sources,
           g.is_active{more}
    FROM trunking_gateway g;
"""

FORWARD = _COLUMNS.format(more=", g.tls_name::text AS tls_name")
BACKWARD = "DROP VIEW edge_gateway;" + _COLUMNS.format(more="")


class Migration(migrations.Migration):
    dependencies = [("trunking", "0004_gateway_tls_name")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
