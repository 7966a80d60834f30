"""What Django's models cannot say about subscribers and bindings, and the view by which the edge sees bindings."""

from django.db import migrations

# A subscriber, its domain and its customer are of one reseller. Deferred, as Django's own foreign keys are.
COMPOSITE_KEYS = """
ALTER TABLE subscribers_subscriber
    ADD CONSTRAINT subscriber_domain_of_same_reseller FOREIGN KEY (reseller_id, domain_id)
        REFERENCES subscribers_domain (reseller_id, id) DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT subscriber_customer_of_same_reseller FOREIGN KEY (reseller_id, customer_id)
        REFERENCES accounts_customer (reseller_id, id) DEFERRABLE INITIALLY DEFERRED;
"""
DROP_COMPOSITE_KEYS = """
ALTER TABLE subscribers_subscriber
    DROP CONSTRAINT subscriber_domain_of_same_reseller,
    DROP CONSTRAINT subscriber_customer_of_same_reseller;
"""

# A Contact of 1,024 bytes at most (the edge answers 400 to more). Room in each page, so that a refresh finds
# place beside the old row and touches no index (HOT).
BINDING_TABLE = """
ALTER TABLE subscribers_binding
    SET (fillfactor = 70),
    ADD CONSTRAINT binding_contact_bytes CHECK (octet_length(contact) <= 1024);
"""
PLAIN_BINDING_TABLE = """
ALTER TABLE subscribers_binding RESET (fillfactor), DROP CONSTRAINT binding_contact_bytes;
"""

# Auto-updatable: the edge's upserts go through it, with the table's defaults.
EDGE_BINDING = """
CREATE VIEW edge_binding AS
    SELECT id, uid, subscriber_id, key, contact, call_id, cseq, q, expires_at, received_from, flow, transport,
           user_agent, path, instance_id, reg_id, edge, created_at, updated_at
    FROM subscribers_binding;
"""


class Migration(migrations.Migration):
    dependencies = [("subscribers", "0002_edge_triggers"), ("accounts", "0003_edge_triggers")]

    operations = [
        migrations.RunSQL(COMPOSITE_KEYS, DROP_COMPOSITE_KEYS),
        migrations.RunSQL(BINDING_TABLE, PLAIN_BINDING_TABLE),
        migrations.RunSQL(EDGE_BINDING, "DROP VIEW edge_binding;"),
    ]
