"""All rows, in the order of docs/security.md."""

from __future__ import annotations

from tests.security import rows_dialogs, rows_digest, rows_lengths, rows_messages, rows_relay, rows_replay

ROWS = [
    *rows_replay.ROWS,
    *rows_digest.ROWS,
    *rows_relay.ROWS,
    *rows_dialogs.ROWS,
    *rows_messages.ROWS,
    *rows_lengths.ROWS,
]
