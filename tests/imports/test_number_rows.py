"""Numbers by a job: what the panel's import does, a part at a time."""

import pytest

from imports.choices import ImportKind
from imports.number_rows import columns_of
from imports.reading import FileError
from numbering.models import NumberAssignment, PhoneNumber
from tests.factories.numbering import NumberBlockFactory
from tests.factories.two_resellers import TwoResellers
from tests.imports.working import imported, outcomes, problems

pytestmark = pytest.mark.django_db

HEADER = "number,subscriber,main,note"
LINES = (
    "+4311003,bob@a.example.org,,",
    "+4311101,,,new",
    "+4311001,alice@a.example.org,,",
    "+4312003,,,not mine",
    "+4311003,,,again",
    "4711,,,",
)


@pytest.mark.parametrize("part", [1_000, 2])
def test_lines_are_done_and_refused(two_resellers: TwoResellers, monkeypatch: pytest.MonkeyPatch, part: int) -> None:
    monkeypatch.setattr("imports.actions.PART", part)
    a = two_resellers.a
    NumberBlockFactory(first="+4311100", last="+4311199", reseller=a.reseller)
    job = imported(a.reseller_user, *LINES, header=HEADER, kind=ImportKind.NUMBERS)
    assert outcomes(job) == ["updated", "created", "unchanged", "failed", "failed", "failed"]
    assert problems(job) == [(5, "", "refused"), (6, "number", "twice"), (7, "", "invalid")]
    assert NumberAssignment.objects.current().get(number=a.free_number).subscriber == a.bob
    made = PhoneNumber.objects.get(e164="+4311101")
    assert (made.note, job.rows.get(line=3).row_uid) == ("new", made.uid)


def test_an_administrators_rows_say_whose_they_are(two_resellers: TwoResellers) -> None:
    line = f"+4388,{two_resellers.b.reseller.name}"
    job = imported(two_resellers.admin, line, header="number,reseller", kind=ImportKind.NUMBERS)
    assert (problems(job), job.reseller) == ([], None)
    assert PhoneNumber.objects.get(e164="+4388").reseller == two_resellers.b.reseller


def test_a_subscriber_gets_one_main_number(two_resellers: TwoResellers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imports.actions.PART", 1)
    lines = ("+4311001,alice@a.example.org,yes,", "+4311003,alice@a.example.org,yes,")
    job = imported(two_resellers.a.reseller_user, *lines, header=HEADER, kind=ImportKind.NUMBERS)
    assert problems(job) == [(3, "main", "twice")]


def test_a_dry_run_keeps_nothing(two_resellers: TwoResellers) -> None:
    lines = ("+4311003,bob@a.example.org,,", "+4388,,,")
    job = imported(two_resellers.a.reseller_user, *lines, header=HEADER, kind=ImportKind.NUMBERS, is_dry_run=True)
    assert outcomes(job) == ["updated", "failed"]
    assert not NumberAssignment.objects.filter(number=two_resellers.a.free_number).exists()


def test_headers() -> None:
    with pytest.raises(FileError) as refused:
        columns_of(["number", "colour"])
    assert refused.value.code == "unknown_column"
    assert columns_of(["Number"]) == ["number"]
