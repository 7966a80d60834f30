"""The formats that Freiton ships."""

import pytest

from numbering.formats import NumberKind, to_e164
from numbering.models import NumberFormat
from numbering.plans import PLANS, plan
from numbering.shipped import ensure_shipped_formats
from tests.factories.numbering import NumberFormatFactory

pytestmark = pytest.mark.django_db


def test_each_plan_has_a_format_that_reads_as_the_plan_says() -> None:
    ensure_shipped_formats()
    assert set(NumberFormat.objects.values_list("shipped", flat=True)) == set(PLANS)
    for row in NumberFormat.objects.all():
        row.full_clean()
        known = plan(row.plan)
        assert known is not None
        assert row.name == known.name
        for vector in known.vectors:
            reading = to_e164(vector["dialled"], row.value)
            assert (reading.e164 or reading.kind.value) == vector["is"]


def test_what_was_changed_stays_so() -> None:
    ensure_shipped_formats()
    NumberFormat.objects.filter(shipped="at").update(name="Wien", area_code="1", plan="")
    ensure_shipped_formats()
    vienna = NumberFormat.objects.get(shipped="at")
    assert (vienna.name, vienna.area_code, vienna.plan) == ("Wien", "1", "")
    assert NumberFormat.objects.count() == len(PLANS)


def test_a_plan_that_comes_later_gets_its_format() -> None:
    ensure_shipped_formats()
    NumberFormat.objects.filter(shipped="pl").delete()
    ensure_shipped_formats()
    assert to_e164("997", NumberFormat.objects.get(name="Poland").value).kind is NumberKind.EMERGENCY


def test_names_that_are_taken_stay_theirs() -> None:
    own = [NumberFormatFactory(name=name, area_code="1") for name in ("Austria", "Austria (AT)")]
    ensure_shipped_formats()
    assert NumberFormat.objects.get(shipped="at").name == "Austria (AT1)"
    for row in own:
        row.refresh_from_db()
        assert (row.shipped, row.plan, row.area_code) == ("", "", "1")
