"""The edge learns what a subscriber may do and wants done, and how many calls its customer and reseller may have."""

from django.db import migrations

# One probe of an index tells that a subscriber has no settings; only for those who have some is more looked up.
_SETTINGS = """
           CASE WHEN o.subscriber_id IS NULL THEN NULL ELSE jsonb_build_object(
               'international', o.international, 'premium', o.premium, 'satellite', o.satellite,
               'max_calls', o.max_calls, 'do_not_disturb', o.do_not_disturb,
               'rejects_anonymous', o.rejects_anonymous, 'hides_number', o.hides_number,
               'called_number_in', o.called_number_in, 'location', o.location,
               'only_allowed_callers', o.only_allowed_callers,
               'shown_numbers', ARRAY(
                   SELECT n.e164 FROM subscribers_shownnumber n WHERE n.subscriber_id = s.id ORDER BY n.e164
               ),
               'blocked_callers', ARRAY(
                   SELECT p.pattern FROM subscribers_callerrule p
                   WHERE p.subscriber_id = s.id AND p.action = 'block' ORDER BY p.pattern
               ),
               'allowed_callers', ARRAY(
                   SELECT p.pattern FROM subscribers_callerrule p
                   WHERE p.subscriber_id = s.id AND p.action = 'allow' ORDER BY p.pattern
               ),
               'forwardings', ARRAY(
                   SELECT jsonb_build_object('condition', f.condition, 'targets', f.targets, 'seconds', f.seconds)
                   FROM subscribers_forwarding f WHERE f.subscriber_id = s.id AND f.is_active ORDER BY f.condition
               )
           ) END AS settings,
           c.max_calls AS customer_max_calls, r.max_calls AS reseller_max_calls"""

_VIEW = """
CREATE OR REPLACE VIEW edge_subscriber AS
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
           ) AS secrets{more}
    FROM subscribers_subscriber s
    JOIN subscribers_domain d ON d.id = s.domain_id
    JOIN accounts_customer c ON c.id = s.customer_id
    JOIN accounts_reseller r ON r.id = s.reseller_id{joined};
"""

FORWARD = _VIEW.format(
    more="," + _SETTINGS, joined="\n    LEFT JOIN subscribers_callsettings o ON o.subscriber_id = s.id"
)
BACKWARD = "DROP VIEW edge_subscriber;" + _VIEW.format(more="", joined="")


class Migration(migrations.Migration):
    dependencies = [
        ("numbering", "0006_holding"),
        ("subscribers", "0010_call_settings_rules"),
        ("accounts", "0008_max_calls"),
    ]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
