"""Which jobs are open; whose they are is tried with all models in tests/accounts/test_querysets.py."""

import pytest

from imports.choices import ImportState
from imports.models import ImportJob


@pytest.mark.django_db
def test_open_jobs() -> None:
    for state in ImportState.values:
        ImportJob.objects.create(kind="numbers", columns=[], state=state)
    assert set(ImportJob.objects.open().values_list("state", flat=True)) == {"queued", "running"}
