"""The mutators: each does something, none gives nothing, and the same randomness gives the same mutant."""

from __future__ import annotations

from random import Random

import pytest

from fuzz.mutators import MAX_LENGTH, MUTATORS, Mutator, mutate
from fuzz.seeds import seeds_of

SEEDS = seeds_of("message")


@pytest.mark.parametrize("mutator", MUTATORS, ids=lambda mutator: mutator.__name__)
def test_each_mutator_changes_messages(mutator: Mutator) -> None:
    changed = [mutator(Random(number), seed) != seed for number, seed in enumerate(SEEDS * 5)]
    assert sum(changed) > len(changed) / 2


def test_a_mutant_is_never_empty_nor_too_long_and_can_be_made_again() -> None:
    mutants = [mutate(Random(number), SEEDS[number % len(SEEDS)]) for number in range(2_000)]
    assert all(0 < len(mutant) <= MAX_LENGTH for mutant in mutants)
    assert mutants[:50] == [mutate(Random(number), SEEDS[number % len(SEEDS)]) for number in range(50)]


@pytest.mark.parametrize("data", [b"\0", b"\r\n", b"A" * 10])
def test_whatever_is_mutated_survives_it(data: bytes) -> None:
    for number in range(500):
        assert mutate(Random(number), data)
