"""What Django's models cannot say about call settings: the form of targets, one row of settings beneath all, bounds."""

from django.db import migrations

# As subscribers/validators.py has it.
_TARGET = (
    r"^(\+[1-9][0-9]{1,14}|sips?:[a-z0-9._~!$&''()*,;=%+-]+@"
    r"([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(:[0-9]{1,5})?)$"
)

# A CHECK may not hold a subquery, but may ask a function.
TARGETS = f"""
CREATE FUNCTION subscribers_are_targets(targets text[]) RETURNS boolean LANGUAGE sql IMMUTABLE
    RETURN (SELECT coalesce(bool_and(target ~ '{_TARGET}'), true) FROM unnest(targets) AS target);
ALTER TABLE subscribers_forwarding
    ADD CONSTRAINT forwarding_targets_form CHECK (subscribers_are_targets(targets::text[]));
"""
NO_TARGETS = """
ALTER TABLE subscribers_forwarding DROP CONSTRAINT forwarding_targets_form;
DROP FUNCTION subscribers_are_targets(text[]);
"""

# Called by the triggers of tables with call settings. Who adds rows for the same subscriber waits at its row of
# settings, and counts afterwards.
WITH_CALL_SETTINGS = """
CREATE FUNCTION subscribers_with_call_settings(of_table name, subscriber_ids bigint[], most integer DEFAULT NULL)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    too_many boolean;
BEGIN
    INSERT INTO subscribers_callsettings (subscriber_id)
        SELECT id FROM unnest(subscriber_ids) AS id ORDER BY id ON CONFLICT DO NOTHING;
    IF most IS NULL THEN
        RETURN;
    END IF;
    PERFORM FROM subscribers_callsettings
        WHERE subscriber_id = ANY(subscriber_ids) ORDER BY subscriber_id FOR NO KEY UPDATE;
    EXECUTE format(
        'SELECT EXISTS (SELECT FROM %I WHERE subscriber_id = ANY($1) GROUP BY subscriber_id HAVING count(*) > $2)',
        of_table
    ) INTO too_many USING subscriber_ids, most;
    IF too_many THEN
        RAISE EXCEPTION 'A subscriber has at most % rows in %', most, of_table USING ERRCODE = 'check_violation';
    END IF;
END $$;
"""

_TABLES = ("forwarding", "callerrule", "shownnumber")

BENEATH = "\n".join(
    f"""ALTER TABLE subscribers_{table} ADD CONSTRAINT {table}_of_call_settings FOREIGN KEY (subscriber_id)
    REFERENCES subscribers_callsettings (subscriber_id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED;"""
    for table in _TABLES
)
NOT_BENEATH = "\n".join(
    f"ALTER TABLE subscribers_{table} DROP CONSTRAINT {table}_of_call_settings;" for table in _TABLES
)


class Migration(migrations.Migration):
    dependencies = [("subscribers", "0009_call_settings")]

    operations = [
        migrations.RunSQL(TARGETS, NO_TARGETS),
        migrations.RunSQL(WITH_CALL_SETTINGS, "DROP FUNCTION subscribers_with_call_settings;"),
        migrations.RunSQL(BENEATH, NOT_BENEATH),
    ]
