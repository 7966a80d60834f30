"""The views by which the edge sees gateways and routes."""

from django.db import migrations

# `sources` as networks with their length: 192.0.2.0/28, 127.0.0.2/32.
EDGE_GATEWAY = """
CREATE VIEW edge_gateway AS
    SELECT g.id, g.name::text AS name, g.host::text AS host, g.port, g.transport::text AS transport,
           g.number_format_id,
           ARRAY(
               SELECT s.network::text FROM trunking_gatewaysource s
               WHERE s.gateway_id = g.id ORDER BY s.network
           ) AS sources,
           g.is_active
    FROM trunking_gateway g;
"""

EDGE_ROUTE = """
CREATE VIEW edge_route AS
    SELECT r.id, r.gateway_id, r.prefix::text AS prefix, r.priority
    FROM trunking_route r JOIN trunking_gateway g ON g.id = r.gateway_id
    WHERE r.is_active AND g.is_active;
"""


class Migration(migrations.Migration):
    dependencies = [("trunking", "0002_edge_triggers")]

    operations = [
        migrations.RunSQL(EDGE_GATEWAY, "DROP VIEW edge_gateway;"),
        migrations.RunSQL(EDGE_ROUTE, "DROP VIEW edge_route;"),
    ]
