"""Rows as COPY reads them: as many as were announced, no name twice in a domain, and numbers that are hard to find."""

from collections import Counter
from datetime import UTC, datetime

from bench.web.rows import is_assigned, line, tables, username
from bench.web.shape import Shape

NOW = datetime(2026, 11, 23, tzinfo=UTC)
SHAPE = Shape(0.004)


def test_a_line_is_what_copy_reads() -> None:
    assert line(1, "a b", None, True) == "1\ta b\t\\N\tTrue\n"


def test_every_table_has_the_rows_and_columns_that_it_says() -> None:
    for table in tables(SHAPE, NOW, "secret"):
        rows = list(table.rows)
        assert rows, table.name
        assert {row.count("\t") for row in rows} == {table.columns.count(",")}, table.name
        if table.name != "numbering_numberassignment":
            assert len(rows) == table.total, table.name


def test_no_name_stands_twice_in_a_domain_and_short_ones_stand_in_all() -> None:
    names = [
        (SHAPE.part_of(number).domain_of(number), username(SHAPE, number)) for number in range(1, SHAPE.subscribers + 1)
    ]
    assert Counter(names).most_common(1)[0][1] == 1
    assert len([domain for domain, name in names if name == "100"]) == SHAPE.domains


def test_free_numbers_lie_behind_assigned_ones_among_them_and_alone() -> None:
    first, second, last = SHAPE.parts[0], SHAPE.parts[1], SHAPE.parts[-1]
    states = [is_assigned(SHAPE, first, number) for number in first.numbers]
    assert states == sorted(states, reverse=True)
    assert 0.6 < sum(states) / len(states) < 0.8
    free = [number for number in second.numbers if not is_assigned(SHAPE, second, number)]
    assert 0 < len(free) < len(second.numbers) / 100
    assert not any(is_assigned(SHAPE, last, number) for number in last.numbers)
