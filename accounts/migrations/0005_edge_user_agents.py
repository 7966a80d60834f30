"""The view by which the edge sees the banned User-Agents, and the scanners that everybody on the internet meets."""

from django.db import migrations

# Names that attack tools send by default. sipsak is not among them: operators test with it.
SCANNERS = (
    "friendly-scanner*",
    "friendly-request*",
    "sipvicious*",
    "sundayddr*",
    "sip-scan*",
    "sipcli*",
    "siparmyknife*",
    "pplsip*",
    "VaxSIPUserAgent*",
    "VaxIPUserAgent*",
    "iWar*",
    "SIVuS*",
    "smap *",
)

EDGE_USER_AGENT_BAN = """
CREATE VIEW edge_user_agent_ban AS
    SELECT id, pattern::text AS pattern FROM accounts_useragentban WHERE is_active;
"""


def add_scanners(apps, schema_editor):
    model = apps.get_model("accounts", "UserAgentBan")
    model.objects.bulk_create(
        [model(pattern=pattern, note="Known scanner") for pattern in SCANNERS], ignore_conflicts=True
    )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_user_agent_bans")]

    operations = [
        migrations.RunPython(add_scanners, migrations.RunPython.noop),
        migrations.RunSQL(EDGE_USER_AGENT_BAN, "DROP VIEW edge_user_agent_ban;"),
    ]
