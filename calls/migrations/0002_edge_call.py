"""The view by which the edge writes calls, and room in the table's pages for a call's later states."""

from django.db import migrations

EDGE_CALL = """
CREATE VIEW edge_call AS
    SELECT id, direction, state, sip_call_id, from_tag, to_tag, caller, callee, caller_number, callee_number,
           caller_subscriber_id, callee_subscriber_id, caller_customer_id, callee_customer_id,
           caller_reseller_id, callee_reseller_id, gateway_in_id, gateway_out_id, edge, started_at, ringing_at,
           answered_at, ended_at, status_code, reason, cause, ended_by
    FROM calls_call;
"""


class Migration(migrations.Migration):
    dependencies = [("calls", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE calls_call SET (fillfactor = 80);", "ALTER TABLE calls_call RESET (fillfactor);"
        ),
        migrations.RunSQL(EDGE_CALL, "DROP VIEW edge_call;"),
    ]
