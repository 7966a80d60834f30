"""What Django's models cannot say about gateways and routes, and the views by which the edge sees all of it."""

from django.db import migrations

# A route or rule, and the customer and domain that it is for, are of one reseller. Deferred, as Django's own keys are.
OWNERS = """
ALTER TABLE trunking_route
    ADD CONSTRAINT route_customer_of_same_reseller FOREIGN KEY (reseller_id, customer_id)
        REFERENCES accounts_customer (reseller_id, id) DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT route_domain_of_same_reseller FOREIGN KEY (reseller_id, domain_id)
        REFERENCES subscribers_domain (reseller_id, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE trunking_destinationrule
    ADD CONSTRAINT destinationrule_customer_of_same_reseller FOREIGN KEY (reseller_id, customer_id)
        REFERENCES accounts_customer (reseller_id, id) DEFERRABLE INITIALLY DEFERRED;
"""
DROP_OWNERS = """
ALTER TABLE trunking_route
    DROP CONSTRAINT route_customer_of_same_reseller, DROP CONSTRAINT route_domain_of_same_reseller;
ALTER TABLE trunking_destinationrule DROP CONSTRAINT destinationrule_customer_of_same_reseller;
"""

# Final statuses of a failure, as many as trunking.models.gateways.MAX_FAILOVER_CODES.
FAILOVER_CODES = """
ALTER TABLE trunking_gateway ADD CONSTRAINT gateway_failover_codes_range
    CHECK (400 <= ALL (failover_codes) AND 699 >= ALL (failover_codes) AND cardinality(failover_codes) <= 32);
"""
DROP_FAILOVER_CODES = "ALTER TABLE trunking_gateway DROP CONSTRAINT gateway_failover_codes_range;"

# Passwords go as the tokens that are stored: the edge has the keys, the database has not.
_GATEWAY = """
CREATE OR REPLACE VIEW edge_gateway AS
    SELECT g.id, g.name::text AS name, g.host::text AS host, g.port, g.transport::text AS transport,
           g.number_format_id,
           ARRAY(
               SELECT s.network::text FROM trunking_gatewaysource s
               WHERE s.gateway_id = g.id ORDER BY s.network
           ) AS sources,
           g.is_active, g.tls_name::text AS tls_name{more}
    FROM trunking_gateway g;
"""
_GATEWAY_MORE = """,
           g.outbound_proxy::text AS outbound_proxy, g.called_number_in::text AS called_number_in,
           g.caller_in::text AS caller_in, g.identity_as::text AS identity_as, g.from_as::text AS from_as,
           g.diverted_as::text AS diverted_as, g.max_calls, g.max_calls_per_second, g.probe_interval,
           g.failover_codes, g.ringing_within,
           g.inbound_username::text AS inbound_username, g.inbound_secret,
           g.outbound_username::text AS outbound_username, g.outbound_secret, g.outbound_realm::text AS outbound_realm,
           g.registers, g.registrar::text AS registrar, g.registration_aor::text AS registration_aor,
           g.registration_user::text AS registration_user, g.registration_expires,
           g.registration_edge::text AS registration_edge"""
EDGE_GATEWAY = _GATEWAY.format(more=_GATEWAY_MORE)
EDGE_GATEWAY_BEFORE = "DROP VIEW edge_gateway;" + _GATEWAY.format(more="")

# cost: thousandths of a cent; opens, closes: minutes of the day.
_ROUTE = """
CREATE OR REPLACE VIEW edge_route AS
    SELECT r.id, r.gateway_id, r.prefix::text AS prefix, r.priority{more}
    FROM trunking_route r JOIN trunking_gateway g ON g.id = r.gateway_id
    WHERE r.is_active AND g.is_active;
"""
_ROUTE_MORE = """,
           r.kind::text AS kind, r.reseller_id, r.customer_id, r.domain_id, r.weight,
           (r.cost * 100000)::integer AS cost, r.weekdays,
           (extract(hour FROM r.opens) * 60 + extract(minute FROM r.opens))::integer AS opens,
           (extract(hour FROM r.closes) * 60 + extract(minute FROM r.closes))::integer AS closes,
           r.timezone::text AS timezone, r.is_last"""
EDGE_ROUTE = _ROUTE.format(more=_ROUTE_MORE)
EDGE_ROUTE_BEFORE = "DROP VIEW edge_route;" + _ROUTE.format(more="")

EDGE_DESTINATION_RULE = """
CREATE VIEW edge_destination_rule AS
    SELECT id, prefix::text AS prefix, is_allowed, reason::text AS reason, reseller_id, customer_id
    FROM trunking_destinationrule;
"""


class Migration(migrations.Migration):
    dependencies = [("trunking", "0007_as_carriers_want_it"), ("subscribers", "0003_keys_and_bindings")]

    operations = [
        migrations.RunSQL(OWNERS, DROP_OWNERS),
        migrations.RunSQL(FAILOVER_CODES, DROP_FAILOVER_CODES),
        migrations.RunSQL(EDGE_GATEWAY, EDGE_GATEWAY_BEFORE),
        migrations.RunSQL(EDGE_ROUTE, EDGE_ROUTE_BEFORE),
        migrations.RunSQL(EDGE_DESTINATION_RULE, "DROP VIEW edge_destination_rule;"),
    ]
