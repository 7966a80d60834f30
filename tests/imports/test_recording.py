"""What became of rows is written down; of what was only tried there is no id."""

from uuid import uuid4

import pytest

from imports.choices import Outcome
from imports.models import ImportJob
from imports.recording import MAX_MESSAGE, record
from imports.rows import Batch, Result, Wrong

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("is_dry_run", [True, False])
def test_rows_and_problems(is_dry_run: bool) -> None:
    job = ImportJob.objects.create(kind="numbers", columns=[], is_dry_run=is_dry_run)
    made, stood = uuid4(), uuid4()
    results = [
        Result(3, Outcome.UPDATED, "b", stood),
        Result(2, Outcome.CREATED, "a", made),
        Result(4, Outcome.FAILED, ""),
    ]
    record(job, Batch(results, [Wrong(4, "numbers", "taken", "x" * 600)], []))
    assert list(job.rows.order_by("id").values_list("line", "name", "row_uid")) == [
        (2, "a", None if is_dry_run else made),
        (3, "b", stood),
        (4, "", None),
    ]
    assert job.problems.get().message == "x" * MAX_MESSAGE
