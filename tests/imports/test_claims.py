"""A file says each thing once, whichever part it stands in."""

import pytest

from imports import claims
from imports.models import ImportJob

pytestmark = pytest.mark.django_db


def test_the_first_line_has_it() -> None:
    job, other = (ImportJob.objects.create(kind="numbers", columns=[]) for _ in range(2))
    assert claims.take(job, [("a", 2), ("b", 3), ("a", 4)]) == {"a": 2, "b": 3}
    assert claims.take(job, [("b", 9), ("c", 9)]) == {"b": 3, "c": 9}
    assert claims.take(job, [("b", 3)]) == {"b": 3}, "a part that is gone through again claims the same"
    assert claims.take(other, [("a", 7)]) == {"a": 7}
    assert claims.take(job, []) == {}
