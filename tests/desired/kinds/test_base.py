"""Of many that are done at once the ones that cannot be are found."""

from collections.abc import Sequence
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from rest_framework import exceptions

from desired.document import Document, Wanted
from desired.kinds.base import Run, Work, each
from tests.factories.two_resellers import TwoResellers


def test_the_ones_that_are_refused_are_named_and_the_others_done(two_resellers: TwoResellers) -> None:
    works = [Work(Wanted("customer", str(n), f"/customers/{n}"), None) for n in range(9)]
    run = Run(two_resellers.a.reseller, two_resellers.a.reseller_user, Document(()))
    done: list[str] = []

    def do(some: Sequence[Work]) -> None:
        if any(work.wanted.key in "27" for work in some):
            raise ValidationError({"name": "No."})
        done.extend(work.wanted.key for work in some)

    each(run, works, do, name="called")
    assert done == list("0134568")
    with pytest.raises(exceptions.ValidationError) as refused:
        run.faults.raise_any()
    detail: Any = refused.value.detail
    assert sorted(detail) == ["/customers/2/called", "/customers/7/called"]


def test_nothing_is_nothing(two_resellers: TwoResellers) -> None:
    run = Run(two_resellers.a.reseller, two_resellers.a.reseller_user, Document(()))
    each(run, [], pytest.fail)
    assert not run.faults
