"""What a record keeps so that its call can be ended from here: JSON made at the answer, changed by target refreshes."""

from __future__ import annotations

import json


def changed_dialog(dialog: str, changes: str) -> str:
    """The JSON object `dialog` with the members of `changes` in place of its own, as PostgreSQL's || does it."""
    if not dialog or not changes:
        return dialog or changes
    return json.dumps(json.loads(dialog) | json.loads(changes))
