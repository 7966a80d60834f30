"""Composite keys of assignments, and the views by which the edge sees domains, subscribers and numbers."""

from django.db import migrations

# A number and who has it are of one reseller. Deferred, as Django's own foreign keys are.
COMPOSITE_KEYS = """
ALTER TABLE numbering_numberassignment
    ADD CONSTRAINT numberassignment_number_of_same_reseller FOREIGN KEY (reseller_id, number_id)
        REFERENCES numbering_phonenumber (reseller_id, id) DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT numberassignment_subscriber_of_same_reseller FOREIGN KEY (reseller_id, subscriber_id)
        REFERENCES subscribers_subscriber (reseller_id, id) DEFERRABLE INITIALLY DEFERRED;
"""
DROP_COMPOSITE_KEYS = """
ALTER TABLE numbering_numberassignment
    DROP CONSTRAINT numberassignment_number_of_same_reseller,
    DROP CONSTRAINT numberassignment_subscriber_of_same_reseller;
"""

# `names`: the primary one, which is the realm, first.
EDGE_DOMAIN = """
CREATE VIEW edge_domain AS
    SELECT d.id, d.name::text AS name,
           ARRAY(
               SELECT n.name::text FROM subscribers_domainname n
               WHERE n.domain_id = d.id ORDER BY n.is_primary DESC, n.name
           ) AS names,
           d.reseller_id, d.is_default, d.digest_algorithm::text AS digest_algorithm,
           s.number_format_id, d.is_active AND r.is_active AS is_active
    FROM subscribers_domain d
    JOIN accounts_reseller r ON r.id = d.reseller_id
    LEFT JOIN numbering_dialsettings s ON s.domain_id = d.id;
"""

EDGE_SUBSCRIBER = """
CREATE VIEW edge_subscriber AS
    SELECT s.id, s.domain_id, s.username::text AS username, s.reseller_id, s.customer_id,
           s.display_name::text AS display_name,
           s.is_active AND c.is_active AND r.is_active AND d.is_active AS is_active,
           s.digest_algorithm::text AS digest_algorithm,
           (
               SELECT n.e164::text
               FROM numbering_numberassignment a JOIN numbering_phonenumber n ON n.id = a.number_id
               WHERE a.subscriber_id = s.id AND a.is_main AND a.valid_from <= statement_timestamp()
                     AND (a.valid_until IS NULL OR a.valid_until > statement_timestamp())
           ) AS main_number,
           ARRAY(
               SELECT k.secret FROM subscribers_sipcredential k WHERE k.subscriber_id = s.id ORDER BY k.slot
           ) AS secrets
    FROM subscribers_subscriber s
    JOIN subscribers_domain d ON d.id = s.domain_id
    JOIN accounts_customer c ON c.id = s.customer_id
    JOIN accounts_reseller r ON r.id = s.reseller_id;
"""

# Every own number; one that nobody has now stands there without a subscriber.
EDGE_NUMBER = """
CREATE VIEW edge_number AS
    SELECT n.e164::text AS e164, s.id AS subscriber_id, s.domain_id, s.username::text AS username
    FROM numbering_phonenumber n
    LEFT JOIN numbering_numberassignment a
           ON a.number_id = n.id AND a.valid_from <= statement_timestamp()
              AND (a.valid_until IS NULL OR a.valid_until > statement_timestamp())
    LEFT JOIN subscribers_subscriber s ON s.id = a.subscriber_id;
"""

EDGE_NUMBER_FORMAT = """
CREATE VIEW edge_number_format AS
    SELECT id, name::text AS name, country_code::text AS country_code,
           international_prefix::text AS international_prefix, national_prefix::text AS national_prefix,
           area_code::text AS area_code, bare_digits::text AS bare_digits, sends_as::text AS sends_as
    FROM numbering_numberformat;
"""


class Migration(migrations.Migration):
    dependencies = [("numbering", "0002_edge_triggers"), ("subscribers", "0003_keys_and_bindings")]

    operations = [
        migrations.RunSQL(COMPOSITE_KEYS, DROP_COMPOSITE_KEYS),
        migrations.RunSQL(EDGE_DOMAIN, "DROP VIEW edge_domain;"),
        migrations.RunSQL(EDGE_SUBSCRIBER, "DROP VIEW edge_subscriber;"),
        migrations.RunSQL(EDGE_NUMBER, "DROP VIEW edge_number;"),
        migrations.RunSQL(EDGE_NUMBER_FORMAT, "DROP VIEW edge_number_format;"),
    ]
