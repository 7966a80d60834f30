"""All rows, in the order of docs/security.md: those that the project is held to, then those found since."""

from __future__ import annotations

from tests.security import (
    rows_dialogs,
    rows_digest,
    rows_found,
    rows_guessing,
    rows_lengths,
    rows_limits,
    rows_messages,
    rows_registrar,
    rows_relay,
    rows_replay,
    rows_streams,
    rows_strings,
)

ROWS = [
    *rows_replay.ROWS,
    *rows_digest.ROWS,
    *rows_guessing.ROWS,
    *rows_relay.ROWS,
    *rows_dialogs.ROWS,
    *rows_messages.ROWS,
    *rows_lengths.ROWS,
    *rows_registrar.ROWS,
    *rows_streams.ROWS,
    *rows_strings.ROWS,
    *rows_guessing.MORE,
    *rows_streams.MORE,
    *rows_found.ROWS,
    *rows_limits.ROWS,
]
