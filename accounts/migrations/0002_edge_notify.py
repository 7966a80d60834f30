"""The two functions by which every trigger tells the edge what changed (see accounts/notify.py)."""

from django.db import migrations

# At most 256 keys and 7,500 bytes: PostgreSQL refuses a payload over 7,999 bytes, and the user's change with it.
FUNCTIONS = """
CREATE FUNCTION edge_notify_all(topic text) RETURNS void LANGUAGE sql AS $$
    SELECT pg_notify('edge', json_build_object('t', topic, 'k', NULL)::text);
$$;

CREATE FUNCTION edge_notify(topic text, keys text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    payload text;
BEGIN
    IF keys IS NULL OR cardinality(keys) = 0 THEN
        RETURN;
    END IF;
    IF cardinality(keys) <= 256 THEN
        payload := json_build_object('t', topic, 'k', keys)::text;
    END IF;
    IF payload IS NULL OR octet_length(payload) > 7500 THEN
        PERFORM edge_notify_all(topic);
    ELSE
        PERFORM pg_notify('edge', payload);
    END IF;
END
$$;
"""

DROP = """
DROP FUNCTION edge_notify(text, text[]);
DROP FUNCTION edge_notify_all(text);
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [migrations.RunSQL(FUNCTIONS, DROP)]
