"""What is told of webhooks; that a worker serves them is not."""

from __future__ import annotations

import pgtrigger

from events.triggers import CHANGED, changed_names, differs, tell


def _webhook(kind: str, row: str, rows: str, data: str, where: str = "") -> str:
    name = f"coalesce(nullif({row}.description, ''), split_part({row}.url, '?', 1))"
    return (
        f"SELECT {kind}, r.uid, c.uid, NULL::uuid, 'webhook', {row}.uid, {name}, {data} FROM {rows} "  # noqa: S608
        f"LEFT JOIN accounts_customer AS c ON c.id = {row}.customer_id "
        f"LEFT JOIN accounts_reseller AS r ON r.id = {row}.reseller_id {where}"
    )


_MEMBERS = {name: name for name in ("url", "description", "types", "is_active", "secret")}
_DISABLED = "o.is_active AND NOT n.is_active AND n.disabled_reason <> ''"
_NOTHING = "'{}'::jsonb"
WEBHOOK = [
    tell(pgtrigger.Insert, _webhook("'webhook.created'", "n", "new_rows AS n", _NOTHING)),
    tell(
        pgtrigger.Update,
        _webhook(
            f"CASE WHEN {_DISABLED} THEN 'webhook.disabled' ELSE 'webhook.changed' END",
            "n",
            CHANGED,
            f"CASE WHEN {_DISABLED} THEN jsonb_build_object('reason', n.disabled_reason) "
            f"ELSE jsonb_build_object('changed', {changed_names(_MEMBERS)}) END",
            f"WHERE {differs(_MEMBERS)}",
        ),
    ),
    tell(pgtrigger.Delete, _webhook("'webhook.removed'", "o", "old_rows AS o", _NOTHING)),
]
