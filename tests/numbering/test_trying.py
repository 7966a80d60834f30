"""What a number format makes of what is dialled."""

import pytest

from numbering.destinations import Category
from numbering.formats import NumberFormat, NumberKind, SendsAs
from numbering.plans import PLANS
from numbering.trying import CATEGORIES, KINDS, MAX_LINES, examples, tried

AUSTRIA = NumberFormat("Austria", "43", plan="at", sends_as=SendsAs.NATIONAL)


@pytest.mark.parametrize(
    ("dialled", "kind", "category", "sent"),
    [
        ("+43 1 1001", "number", "national", "011001"),
        ("0043900123456", "number", "premium", "0900123456"),
        ("0049 30 1234567", "number", "international", "0049301234567"),
        ("133", "emergency call", "", "133"),
        ("+43133", "emergency call", "", "133"),
        ("116 117", "service number", "", "116117"),
        ("11 88 77", "service number", "premium", "118877"),
        ("4711", "not understood", "", ""),
    ],
)
def test_a_line(dialled: str, kind: str, category: str, sent: str) -> None:
    line = tried(dialled, AUSTRIA)
    assert (str(line.kind), str(line.category), line.sent) == (kind, category, sent)


def test_everything_has_a_word() -> None:
    assert set(KINDS) == set(NumberKind)
    assert set(CATEGORIES) == set(Category)


def test_a_plan_brings_its_examples() -> None:
    assert all(0 < len(examples(key)) <= MAX_LINES for key in PLANS)
    assert examples("") == []
