"""What the lines of a file would do to the inventory, and doing it."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from numbering.actions import release_number
from numbering.exports import export
from numbering.imports import Plan, apply, plan
from numbering.models import NumberAssignment, PhoneNumber
from numbering.sheets import read
from subscribers.models import Subscriber
from tests.factories.numbering import NumberBlockFactory, PhoneNumberFactory
from tests.factories.subscribers import SubscriberFactory
from tests.factories.two_resellers import TwoResellers

pytestmark = pytest.mark.django_db

HEADER = "number,reseller,subscriber,main,extension_digits,state,note"


def _plan(person: User, *lines: str) -> Plan:
    return plan(read("\n".join([HEADER, *lines]).encode()), person)


def _verbs(found: Plan) -> dict[str, list[str]]:
    assert found.problems == []
    return {step.row.e164: [verb.value for verb in step.verbs] for step in found.steps}


def _problem(person: User, line: str) -> str:
    found = _plan(person, line)
    assert (found.steps, len(found.problems)) == ([], 1)
    return str(found.problems[0].text)


def _row(e164: str) -> PhoneNumber:
    return PhoneNumber.objects.get(e164=e164)


def _holder(e164: str) -> str | None:
    held = NumberAssignment.objects.current().filter(number__e164=e164).first()
    return held.subscriber.username if held else None


def test_what_was_exported_changes_nothing(two_resellers: TwoResellers) -> None:
    PhoneNumberFactory(reseller=two_resellers.a.reseller, ported_out=True, extension_digits=3)
    PhoneNumberFactory(reseller=two_resellers.a.reseller, quarantined=True, note="=note")
    text = "".join(export(PhoneNumber.objects.all()))
    found = plan(read(text.encode()), two_resellers.admin)
    assert (found.changes, found.problems, len(found.steps)) == (0, [], 8)


def test_a_dry_run_says_what_would_happen_and_does_nothing(two_resellers: TwoResellers) -> None:
    release_number(two_resellers.a.bob_number)
    found = _plan(
        two_resellers.admin,
        "+4311001,,,,,free,",
        "+4311002,,,,,free,",
        "+4311003,,alice@a.example.org,yes,3,,reception",
        "+4312001,,,,,ported_out,",
        "+4312002,,bob@b.example.org,yes,,assigned,",
        "+4311009,Reseller a,,,2,,",
        "+4311010,,bob@a.example.org,,,,",
    )
    assert _verbs(found) == {
        "+4311001": ["release"],
        "+4311002": ["end_quarantine"],
        "+4311003": ["assign", "extensions", "note"],
        "+4312001": ["port_out"],
        "+4312002": [],
        "+4311009": ["create"],
        "+4311010": ["create", "assign"],
    }
    assert (found.changes, PhoneNumber.objects.count(), _holder("+4311001")) == (6, 6, "alice")

    assert apply(found) == 6

    assert [_row(f"+43{n}").holding for n in (11001, 11002, 11003, 12001, 11009, 11010)] == [
        *("quarantined", "free", "held", "ported_out", "free", "held"),
    ]
    taken = _row("+4311003")
    assert (taken.extension_digits, taken.note, _holder("+4311003")) == (3, "reception", "alice")
    assert NumberAssignment.objects.current().get(number=taken).is_main
    assert (_row("+4311009").reseller, _row("+4311009").extension_digits) == (two_resellers.a.reseller, 2)
    assert _holder("+4311010") == "bob"


def test_a_second_number_becomes_the_main_one_and_a_ported_one_comes_back(two_resellers: TwoResellers) -> None:
    first = _plan(two_resellers.admin, "+4311003,,alice@a.example.org,no,,,", "+4312003,,,,,ported_out,")
    apply(first)
    found = _plan(two_resellers.admin, "+4311003,,alice@a.example.org,yes,,,", "+4312003,,,,,free,")
    assert _verbs(found) == {"+4311003": ["main"], "+4312003": ["port_in"]}
    apply(found)
    mains = NumberAssignment.objects.current().filter(subscriber=two_resellers.a.alice, is_main=True)
    assert [one.number.e164 for one in mains] == ["+4311003"]
    assert (_row("+4312003").holding, _row("+4312003").ported_in_at is None) == ("free", False)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("+4311003,Nobody,,,,,", "no reseller"),
        ("+4311003,,nobody@a.example.org,,,,", "no subscriber nobody@a.example.org"),
        ("+4311003,Reseller b,,,,,", "belongs to Reseller a"),
        ("+4311003,,alice@b.example.org,,,,", "different resellers"),
        ("+4311001,,bob@a.example.org,,,,", "alice@a.example.org has this number"),
        ("+4311003,,alice@a.example.org,,,free,", "is assigned, and not"),
        ("+4311003,,,,,assigned,", "say who shall have it"),
        ("+4311003,,,,,quarantined,", "Nobody had this number"),
        ("+4311009,,,,,,", "say whose it is"),
        ("+4311009,Reseller b,alice@a.example.org,,,,", "different resellers"),
        ("+4311009,Reseller a,,,,ported_out,", "A new number"),
        ("+4314001,,,,,,", "not given to a reseller yet"),
        ("+4315001,Reseller b,,,,,", "a block of another reseller"),
        ("+4313001,,alice@a.example.org,,,,", "was ported out"),
        ("+4313002,,alice@a.example.org,,,,", "in quarantine"),
    ],
)
def test_what_cannot_be_done_is_said_by_line(two_resellers: TwoResellers, line: str, text: str) -> None:
    NumberBlockFactory(first="+4314000", last="+4314099")
    NumberBlockFactory(first="+4315000", last="+4315099", reseller=two_resellers.a.reseller)
    PhoneNumberFactory(e164="+4313001", reseller=two_resellers.a.reseller, ported_out=True)
    PhoneNumberFactory(e164="+4313002", reseller=two_resellers.a.reseller, quarantined=True)
    assert text in _problem(two_resellers.admin, line)


def test_a_subscriber_gets_one_main_number(two_resellers: TwoResellers) -> None:
    lines = ["+4311003,,alice@a.example.org,yes,,,", "+4311009,,alice@a.example.org,yes,,,"]
    found = _plan(two_resellers.admin, *lines)
    assert [(problem.line, "Line 2 gives" in str(problem.text)) for problem in found.problems] == [(3, True)]


def test_all_or_nothing_unless_only_the_good_lines_are_wanted(two_resellers: TwoResellers) -> None:
    found = _plan(two_resellers.admin, "+4311003,,,,,,new note", "+4311009,,,,,,")
    with pytest.raises(ValidationError, match="1 lines cannot be done"):
        apply(found)
    assert _row("+4311003").note == ""
    assert apply(found, only_good=True) == 1
    assert _row("+4311003").note == "new note"


def test_nothing_is_done_where_something_changed_meanwhile(two_resellers: TwoResellers) -> None:
    found = _plan(two_resellers.admin, "+4311003,,,,,,new note", "+4311001,,,,,free,")
    release_number(two_resellers.a.alice_number)
    with pytest.raises(ValidationError, match="Nobody has this number"):
        apply(found)
    assert _row("+4311003").note == ""
    taken = _plan(two_resellers.admin, "+4311009,Reseller a,,,,,")
    PhoneNumberFactory(e164="+4311009")
    with pytest.raises(ValidationError, match="e164"):
        apply(taken)


@pytest.mark.parametrize("line", ["+4316001,,,,,free,", "+4316002,,,,,free,", "+4316003,,,,3,,", "+4316003,,,,,,note"])
def test_nothing_is_done_to_numbers_that_are_not_what_they_were(two_resellers: TwoResellers, line: str) -> None:
    mine = two_resellers.a.reseller
    PhoneNumberFactory(e164="+4316001", reseller=mine, ported_out=True)
    PhoneNumberFactory(e164="+4316002", reseller=mine, quarantined=True)
    PhoneNumberFactory(e164="+4316003", reseller=mine)
    found = _plan(two_resellers.admin, "+4311003,,,,,,new note", line)
    PhoneNumber.objects.filter(e164__startswith="+431600").delete()
    with pytest.raises(ValidationError, match="meanwhile"):
        apply(found)
    assert _row("+4311003").note == ""


def test_a_reseller_sees_and_changes_its_own(two_resellers: TwoResellers) -> None:
    NumberBlockFactory(first="+4315000", last="+4315099", reseller=two_resellers.a.reseller)
    person = two_resellers.a.reseller_user
    assert _verbs(_plan(person, "+4315001,,,,,,", "+4311003,,alice@a.example.org,,,,")) == {
        "+4315001": ["create"],
        "+4311003": ["assign"],
    }
    assert "in the inventory already" in _problem(person, "+4312003,,,,,free,")
    assert "no subscriber" in _problem(person, "+4311003,,alice@b.example.org,,,,")
    assert "no reseller" in _problem(person, "+4311003,Reseller b,,,,,")
    assert "in no block of yours" in _problem(person, "+4319001,Reseller a,,,,,")


def test_no_line_costs_a_query_of_its_own(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    people = SubscriberFactory.create_batch(60, domain=side.domain)
    lines = [f"+43170{n:03},,{one.username}@a.example.org,yes,2,,note" for n, one in enumerate(people)]
    counts: list[Any] = []
    for some in (lines[:10], lines[10:]):
        with CaptureQueriesContext(connection) as queries:
            assert apply(_plan(two_resellers.admin, *some)) == len(some)
        counts.append(len(queries))
    assert counts[0] == counts[1] < 30


def test_thousands_of_lines_go_in_parts_and_come_back_as_they_are(two_resellers: TwoResellers) -> None:
    """Of 6,000 lines, which are two parts, each hundredth names somebody who is not there."""
    side = two_resellers.a
    people = Subscriber.objects.bulk_create(
        Subscriber(domain=side.domain, reseller=side.reseller, customer=side.customer, username=f"u{n}")
        for n in range(1_500)
    )
    names = [people[n // 4].username if n % 100 else "ghost" for n in range(6_000)]
    lines = [f"+43720{n:06},Reseller a,{name}@a.example.org,,{n % 3},,no. {n}" for n, name in enumerate(names)]
    with CaptureQueriesContext(connection) as queries:
        found = _plan(two_resellers.admin, *lines)
        assert [problem.line for problem in found.problems] == list(range(2, 6_002, 100))
        assert apply(found, only_good=True) == 5_940
        text = "".join(export(PhoneNumber.objects.visible_to(side.reseller_user)))
        again = plan(read(text.encode()), two_resellers.admin)
    assert (again.changes, again.problems, len(again.steps)) == (0, [], 5_943)
    assert NumberAssignment.objects.filter(is_main=True, subscriber__in=people).count() == 1_500
    assert len(queries) < 80
    changed = text.replace(",no. ", ",was no. ").replace(",2,assigned", ",1,assigned")
    with CaptureQueriesContext(connection) as queries:
        assert apply(plan(read(changed.encode()), two_resellers.admin)) == 5_940
    assert len(queries) < 30
    assert _row("+43720000005").note == "was no. 5"
    assert _row("+43720000005").extension_digits == 1
