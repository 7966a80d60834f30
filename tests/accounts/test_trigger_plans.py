"""Few rows are done by the plan that there is, many by one made for them; tests/numbering has what it is for."""

from __future__ import annotations

import pytest
from django.db import connection

from accounts.trigger_plans import MANY, by_size


@pytest.mark.django_db
@pytest.mark.parametrize(("count", "done"), [(0, "few"), (MANY - 1, "few"), (MANY, "many"), (MANY + 1, "many")])
def test_which_is_done(count: int, done: str) -> None:
    body = by_size("changed_rows", "INSERT INTO done VALUES ('few');", "INSERT INTO done VALUES ('many')")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE changed_rows ON COMMIT DROP AS SELECT generate_series(1, %s)", [count])
        cursor.execute("CREATE TEMPORARY TABLE done (what text) ON COMMIT DROP")
        cursor.execute(f"DO $body$ BEGIN {body} END $body$")
        cursor.execute("SELECT what FROM done")
        assert cursor.fetchall() == [(done,)]
