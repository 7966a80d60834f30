"""How imports are written in the API."""

import pytest

from imports.api.serializers import ImportSerializer
from imports.models import ImportJob
from tests.factories.two_resellers import TwoResellers


@pytest.mark.django_db
def test_a_job_tells_nothing_of_our_insides(two_resellers: TwoResellers) -> None:
    job = ImportJob.objects.create(kind="numbers", columns=["number"], made_by_name="ann", rows_total=4, rows_failed=1)
    told = ImportSerializer(job).data
    assert (told["reseller"], told["made_by"], told["rows_done"], told["progress"]) == (None, "ann", 1, 25)
    assert not {"worker", "leased_until", "tries", "parts_done"} & set(told)
