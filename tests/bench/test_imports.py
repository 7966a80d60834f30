"""The file that the bench imports."""

import csv
from io import StringIO

from bench.imports import lines
from imports.subscriber_cells import columns_of, read


def test_every_line_can_be_read_and_says_something_else() -> None:
    header, *cells = csv.reader(StringIO(lines(25, "x.example.org", "+9900001")))
    found = [read(number, columns_of(header), one) for number, one in enumerate(cells)]
    assert [wrong for _wanted, wrong in found if wrong] == []
    assert len({wanted.username for wanted, _wrong in found} | {wanted.numbers for wanted, _wrong in found}) == 50
    assert len({wanted.customer for wanted, _wrong in found}) == 3
