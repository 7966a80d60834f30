"""Who has what, in any size."""

from itertools import pairwise

import pytest

from bench.web.shape import BIG, SPARSE, Shape

SIZES = [0.001, 0.004, 0.1, 1.0]


def test_the_whole_size_is_what_performance_is_promised_for() -> None:
    whole = Shape(1.0)
    assert (whole.subscribers, whole.calls, whole.registrations) == (1_000_000, 5_000_000, 300_000)
    assert whole.resellers == 202
    assert whole.customers > 10_000
    assert whole.domains > 2_000


@pytest.mark.parametrize("scale", SIZES)
def test_everything_belongs_to_exactly_one_reseller(scale: float) -> None:
    shape = Shape(scale)
    assert [part.reseller for part in shape.parts] == list(range(1, shape.resellers + 1))
    for name in ("subscribers", "numbers", "customers", "domains"):
        ranges = [getattr(part, name) for part in shape.parts]
        assert ranges[0].start == 1
        assert all(one.stop == other.start for one, other in pairwise(ranges))
    assert shape.parts[-1].subscribers.stop == shape.subscribers + 1


@pytest.mark.parametrize("scale", SIZES)
def test_subscribers_are_spread_over_all_customers_and_domains(scale: float) -> None:
    shape = Shape(scale)
    for part in [*shape.parts[: BIG + 1], *shape.parts[-SPARSE:]]:
        first: dict[int, int] = {}
        customers = set()
        for subscriber in part.subscribers:
            assert shape.part_of(subscriber) is part
            first.setdefault(part.domain_of(subscriber), subscriber)
            customers.add(part.customer_of(subscriber))
        assert {domain: part.first_of_domain(domain) for domain in first} == first
        assert set(first) <= set(part.domains)
        assert customers <= set(part.customers)
        assert part.customer_of(part.quiet.start) == part.customers[-1]
        assert part.customer_of(part.quiet.start - 1) != part.customers[-1]
        assert [*part.talking, *part.quiet] == list(part.subscribers)
