"""What lines of a file of subscribers do: made once, changed where that is asked, refused one by one."""

from __future__ import annotations

import hashlib

import pytest

from accounts.models import Customer
from imports.models import ImportClaim, ImportPart
from numbering.actions import release_number
from numbering.models import NumberAssignment, PhoneNumber
from sipedge.auth.ha1 import Ha1Set
from subscribers.models import SipCredential, Subscriber
from subscribers.secrets import decrypt
from tests.factories.numbering import NumberBlockFactory, PhoneNumberFactory
from tests.factories.two_resellers import TwoResellers
from tests.imports.working import begin, imported, outcomes, problems, run

pytestmark = pytest.mark.django_db


def _numbers(subscriber: Subscriber) -> dict[str, bool]:
    held = NumberAssignment.objects.current().filter(subscriber=subscriber)
    return dict(held.values_list("number__e164", "is_main"))


def _named(username: str) -> Subscriber:
    return Subscriber.objects.select_related("customer", "domain").get(username=username, domain__name="a.example.org")


def test_subscribers_are_made_with_all_that_a_line_says(two_resellers: TwoResellers) -> None:
    a = two_resellers.a
    NumberBlockFactory(first="+4311100", last="+4311199", reseller=a.reseller)
    job = imported(
        a.reseller_user,
        'carol,A.example.org,Customer,"Carol, at home",+4311101 +4311102,+4311102,no,3,sha-256',
        f"dan,a.example.org,{a.customer.uid},,{a.free_number.e164},,,,",
        header="username,domain,customer,display_name,numbers,main_number,is_active,max_calls,digest_algorithm",
    )
    assert (problems(job), outcomes(job), job.state) == ([], ["created", "created"], "done")
    carol = _named("carol")
    assert (carol.display_name, carol.is_active, carol.digest_algorithm) == ("Carol, at home", False, "SHA-256")
    assert (carol.customer, carol.reseller, carol.call_settings.max_calls) == (a.customer, a.reseller, 3)
    assert _numbers(carol) == {"+4311101": False, "+4311102": True}
    dan = _named("dan")
    assert (_numbers(dan), dan.is_active, dan.digest_algorithm) == ({a.free_number.e164: True}, True, None)
    made = PhoneNumber.objects.get(e164="+4311101")
    assert (made.holding, made.reseller, made.block.first) == ("held", a.reseller, "+4311100")
    assert set(job.rows.values_list("row_uid", flat=True)) == {carol.uid, dan.uid}


def test_phones_keep_what_they_have(two_resellers: TwoResellers) -> None:
    md5 = "939e7578ed9e3c518a452acee763bce9"
    job = imported(
        two_resellers.a.reseller_user,
        "carol,a.example.org,Customer, moved='from elsewhere,",
        f"dan,a.example.org,Customer,,{md5}",
        header="username,domain,customer,password,md5",
    )
    assert (problems(job), job.passwords_made) == ([], 0)
    of_carol = decrypt(SipCredential.objects.get(subscriber__username="carol").secret)
    expected = b"carol@a.example.org:a.example.org: moved='from elsewhere"
    assert of_carol.sha256_at == hashlib.sha256(expected).digest()
    of_dan = decrypt(SipCredential.objects.get(subscriber__username="dan").secret)
    assert (of_dan.md5.hex(), of_dan.sha256) == (md5, None)


def test_no_password_of_a_file_stays(two_resellers: TwoResellers) -> None:
    lines = ("carol,a.example.org,Customer,hunter2hunter2", "dan,a.example.org,Customer,x")
    job = begin(two_resellers.a.reseller_user, *lines, header="username,domain,customer,password")
    assert "hunter2" not in ImportPart.objects.get().sealed_rows
    run(job)
    part = ImportPart.objects.get()
    assert (part.sealed_rows, part.sealed_passwords, ImportClaim.objects.count()) == ("", "", 0)
    assert not any("hunter2" in text for text in job.problems.values_list("message", flat=True))


WRONG = [
    ("Carol!,a.example.org,Customer,,", [("username", "invalid")]),
    (",a.example.org,Customer,,", [("username", "required")]),
    (f"{'x' * 65},a.example.org,Customer,,", [("username", "too_long")]),
    ("carol,,Customer,,", [("domain", "required")]),
    ("carol,nowhere.example.org,Customer,,", [("domain", "does_not_exist")]),
    ("carol,b.example.org,Customer,,", [("domain", "does_not_exist")]),
    ("carol,a.example.org,,,", [("customer", "required")]),
    ("carol,a.example.org,Nobody,,", [("customer", "does_not_exist")]),
    ("carol,a.example.org,Customer,,4311003", [("numbers", "invalid")]),
    ("carol,a.example.org,Customer,,4.31E+10", [("numbers", "rounded")]),
    ("carol,a.example.org,Customer,,+4311001", [("numbers", "taken")]),
    ("carol,a.example.org,Customer,,+4312003", [("numbers", "does_not_exist")]),
    ("carol,a.example.org,Customer,,+4312001", [("numbers", "does_not_exist")]),
    ("carol,a.example.org,Customer,,+4319999", [("numbers", "does_not_exist")]),
    ("carol,a.example.org,Customer,,+4312050", [("numbers", "does_not_exist")]),
    ("carol,a.example.org,Customer,,+4312003 +4311003 +4311001", [("numbers", "does_not_exist"), ("numbers", "taken")]),
    ("carol,a.example.org,Customer", [("", "cells")]),
    ("carol,a.example.org,Customer,\x07,", [("display_name", "invalid")]),
    ("Caröl,a.example.org,Nobody,,x", [("username", "invalid"), ("numbers", "invalid")]),
]


@pytest.mark.parametrize(("line", "wrong"), WRONG, ids=[line for line, _wrong in WRONG])
def test_what_is_wrong_with_a_line_stops_no_other(
    two_resellers: TwoResellers, line: str, wrong: list[tuple[str, str]]
) -> None:
    NumberBlockFactory(first="+4312000", last="+4312099", reseller=two_resellers.b.reseller)
    job = imported(two_resellers.a.reseller_user, line, "dan,a.example.org,Customer,,+4311003")
    expected = [(2, column, code) for column, code in wrong]
    if "+4311003" in line:
        expected.append((3, "numbers", "twice"))
    assert problems(job) == expected
    assert outcomes(job) == ["failed", "failed" if "+4311003" in line else "created"]
    assert (job.rows_total, job.rows_done, job.rows_failed) == (2, 2, outcomes(job).count("failed"))


MORE = [
    ("carol,a.example.org,Customer,short,,,,", [("password", "invalid")]),
    ("carol,a.example.org,Customer,long enough,939e7578ed9e3c518a452acee763bce9,,,", [("password", "contradiction")]),
    ("carol,a.example.org,Customer,,no,,,", [("md5", "invalid")]),
    ("carol,a.example.org,Customer,,,,maybe,", [("is_active", "invalid")]),
    ("carol,a.example.org,Customer,,,0,,", [("max_calls", "invalid")]),
    ("carol,a.example.org,Customer,,,99999,,", [("max_calls", "invalid")]),
    ("carol,a.example.org,Customer,,,,,+4311003", [("main_number", "not_among")]),
]


@pytest.mark.parametrize(("line", "wrong"), MORE, ids=[line for line, _wrong in MORE])
def test_what_is_wrong_with_other_columns(two_resellers: TwoResellers, line: str, wrong: list[tuple[str, str]]) -> None:
    header = "username,domain,customer,password,md5,max_calls,is_active,main_number"
    job = imported(two_resellers.a.reseller_user, line, header=header)
    assert problems(job) == [(2, column, code) for column, code in wrong]
    assert not Subscriber.objects.filter(username="carol").exists()


def test_a_file_says_each_thing_once(two_resellers: TwoResellers) -> None:
    job = imported(
        two_resellers.a.reseller_user,
        "carol,a.example.org,Customer,,+4311003",
        "Carol,a.example.org,Customer,,",
        "dan,a.example.org,Customer,,+4311003",
    )
    assert problems(job) == [(3, "username", "twice"), (4, "numbers", "twice")]
    assert outcomes(job) == ["created", "failed", "failed"]


def test_what_is_there_already_stays_unless_it_is_asked(two_resellers: TwoResellers) -> None:
    a = two_resellers.a
    same, other = "alice,a.example.org,Customer,Alice,+4311001", "bob,a.example.org,Customer,Robert,+4311002 +4311003"
    job = imported(a.reseller_user, same, other)
    assert (outcomes(job), problems(job)) == (["unchanged", "failed"], [(3, "", "exists")])
    assert "display_name, numbers" in job.problems.get().message
    job = imported(a.reseller_user, same, other, update_existing=True)
    assert (outcomes(job), problems(job)) == (["unchanged", "updated"], [])
    assert (_named("bob").display_name, _numbers(_named("bob"))) == ("Robert", {"+4311002": True, "+4311003": False})
    assert SipCredential.objects.filter(subscriber=a.bob).count() == 1
    again = imported(a.reseller_user, same, other, update_existing=True)
    assert outcomes(again) == ["unchanged", "unchanged"]


def test_all_that_a_line_says_is_changed(two_resellers: TwoResellers) -> None:
    a = two_resellers.a
    header = "username,domain,customer,display_name,is_active,max_calls,digest_algorithm,password,numbers,main_number"
    line = "alice,a.example.org,Bakery,Alicia,no,2,SHA-256,the new password,+4311001|+4311003,+4311003"
    job = imported(a.reseller_user, line, header=header, update_existing=True, make_customers=True)
    assert (problems(job), outcomes(job)) == ([], ["updated"])
    alice = _named("alice")
    assert (alice.customer.name, alice.display_name, alice.is_active) == ("Bakery", "Alicia", False)
    assert (alice.digest_algorithm, alice.call_settings.max_calls) == ("SHA-256", 2)
    assert _numbers(alice) == {"+4311001": False, "+4311003": True}
    credential = SipCredential.objects.get(subscriber=alice)
    assert credential.rotated_at is not None
    assert decrypt(credential.secret) == Ha1Set.from_password("alice", "a.example.org", "the new password")


def test_customers_are_made_where_that_is_asked(two_resellers: TwoResellers) -> None:
    a = two_resellers.a
    unknown = str(two_resellers.b.customer.uid)
    lines = ["carol,a.example.org,Bakery,,", "dan,a.example.org,Bakery,,", f"eve,a.example.org,{unknown},,"]
    job = imported(a.reseller_user, *lines, make_customers=True)
    assert problems(job) == [(4, "customer", "does_not_exist")]
    assert Customer.objects.get(name="Bakery").reseller == a.reseller
    assert _named("carol").customer == _named("dan").customer


def test_a_resting_number_goes_back_to_its_customer_alone(two_resellers: TwoResellers) -> None:
    a = two_resellers.a
    release_number(a.alice_number)
    Customer.objects.create(reseller=a.reseller, name="Bakery")
    job = imported(a.reseller_user, "carol,a.example.org,Bakery,,+4311001")
    assert problems(job) == [(2, "numbers", "in_quarantine")]
    job = imported(a.reseller_user, "carol,a.example.org,Customer,,+4311001")
    assert (problems(job), _numbers(_named("carol"))) == ([], {"+4311001": True})


def test_an_administrator_takes_numbers_into_the_inventory(two_resellers: TwoResellers) -> None:
    a = two_resellers.a
    PhoneNumberFactory(reseller=two_resellers.b.reseller, e164="+4319", extension_digits=5)
    lines = ["carol,a.example.org,Customer,,+431801", "dan,a.example.org,Customer,,+431901"]
    job = imported(two_resellers.admin, *lines, reseller=a.reseller)
    assert (problems(job), outcomes(job)) == ([(3, "numbers", "does_not_exist")], ["created", "failed"])
    assert PhoneNumber.objects.get(e164="+431801").reseller == a.reseller


def test_a_dry_run_says_the_same_and_keeps_nothing(two_resellers: TwoResellers) -> None:
    a = two_resellers.a
    lines = [
        "carol,a.example.org,Bakery,,+4311003",
        "dan,a.example.org,Bakery,,+4311003",
        "bob,a.example.org,,Robert,",
        "eve,a.example.org,Bakery,,+4312003",
    ]
    counts = [model.objects.count() for model in (Subscriber, Customer, PhoneNumber, NumberAssignment, SipCredential)]
    tried = imported(a.reseller_user, *lines, is_dry_run=True, make_customers=True, update_existing=True)
    after = [model.objects.count() for model in (Subscriber, Customer, PhoneNumber, NumberAssignment, SipCredential)]
    assert (after, tried.passwords_made) == (counts, 0)
    done = imported(a.reseller_user, *lines, make_customers=True, update_existing=True)
    assert (outcomes(tried), problems(tried)) == (outcomes(done), problems(done))
    assert outcomes(done) == ["created", "failed", "updated", "failed"]
    assert set(tried.rows.filter(outcome="created").values_list("row_uid", flat=True)) == {None}


def test_aliases_of_a_domain_lead_to_it(two_resellers: TwoResellers) -> None:
    two_resellers.a.domain.names.create(name="alias.example.org")
    lines = ["carol,alias.example.org,Customer,,", "carol,a.example.org,Customer,,"]
    assert problems(imported(two_resellers.a.reseller_user, *lines)) == [(3, "username", "twice")]


def test_what_a_line_costs_does_not_grow_with_the_lines(
    two_resellers: TwoResellers, django_assert_max_num_queries
) -> None:
    lines = [f"u{number},a.example.org,Customer,Name,+431150{number:02}" for number in range(100)]
    NumberBlockFactory(first="+43115000", last="+43115099", reseller=two_resellers.a.reseller)
    job = begin(two_resellers.a.reseller_user, *lines)
    with django_assert_max_num_queries(45):
        run(job)
    assert job.rows_created == 100
