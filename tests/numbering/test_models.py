"""What the database refuses about numbers, assignments and formats."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from numbering.choices import BareDigitsChoice, PlanChoice, SendsAsChoice
from numbering.formats import BareDigits, NumberKind, SendsAs, to_e164
from numbering.models import NumberAssignment
from numbering.plans import PLANS, plan
from tests.factories.numbering import (
    DialSettingsFactory,
    NumberAssignmentFactory,
    NumberFormatFactory,
    PhoneNumberFactory,
)
from tests.factories.subscribers import SubscriberFactory

pytestmark = pytest.mark.django_db

NOW = timezone.now()
DAY = timedelta(days=1)


def _check_deferred() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize("e164", ["", "+", "4311001", "+04311001", "+1", "+43 1 1001", "+4311001\n", "+43a"])
def test_what_is_no_number_is_refused(e164: str) -> None:
    with pytest.raises(IntegrityError, match="phonenumber_is_e164"):
        PhoneNumberFactory(e164=e164)


def test_a_number_is_one_resellers() -> None:
    PhoneNumberFactory(e164="+4311001")
    with pytest.raises(IntegrityError, match="e164"):
        PhoneNumberFactory(e164="+4311001")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((NOW, None), (NOW, None)),
        ((NOW, None), (NOW + DAY, NOW + 2 * DAY)),
        ((NOW, NOW + 2 * DAY), (NOW + DAY, None)),
        ((NOW, NOW + 3 * DAY), (NOW + DAY, NOW + 2 * DAY)),
    ],
)
def test_nobody_else_has_a_number_at_the_same_time(first: tuple[Any, Any], second: tuple[Any, Any]) -> None:
    held = NumberAssignmentFactory(valid_from=first[0], valid_until=first[1])
    other = SubscriberFactory(domain=held.subscriber.domain, customer=held.subscriber.customer)
    with pytest.raises(IntegrityError, match="numberassignment_one_at_a_time"):
        NumberAssignmentFactory(number=held.number, subscriber=other, valid_from=second[0], valid_until=second[1])


def test_one_after_the_other_is_fine() -> None:
    first = NumberAssignmentFactory(valid_from=NOW - DAY, valid_until=NOW)
    second = NumberAssignmentFactory(number=first.number, subscriber=first.subscriber, valid_from=NOW)
    assert list(NumberAssignment.objects.current()) == [second]


def test_a_subscriber_has_one_main_number_at_a_time() -> None:
    first = NumberAssignmentFactory(is_main=True)
    NumberAssignmentFactory(subscriber=first.subscriber, is_main=False)
    with pytest.raises(IntegrityError, match="numberassignment_one_main"):
        NumberAssignmentFactory(subscriber=first.subscriber, is_main=True)


@pytest.mark.parametrize("until", [NOW, NOW - DAY])
def test_an_assignment_ends_after_its_start(until: Any) -> None:
    with pytest.raises(IntegrityError, match="numberassignment_ends_after_start"):
        NumberAssignmentFactory(valid_from=NOW, valid_until=until)


def test_a_number_and_who_has_it_are_of_one_reseller() -> None:
    subscriber = SubscriberFactory()
    NumberAssignmentFactory(subscriber=subscriber, number=PhoneNumberFactory())
    with pytest.raises(IntegrityError, match="numberassignment_number_of_same_reseller"):
        _check_deferred()


def test_who_has_a_number_is_of_the_assignments_reseller() -> None:
    number = PhoneNumberFactory()
    NumberAssignmentFactory(subscriber=SubscriberFactory(), number=number, reseller=number.reseller)
    with pytest.raises(IntegrityError, match="numberassignment_subscriber_of_same_reseller"):
        _check_deferred()


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"country_code": "0"}, "country_code"),
        ({"country_code": ""}, "country_code"),
        ({"international_prefix": "+"}, "digits"),
        ({"national_prefix": "0 "}, "digits"),
        ({"area_code": "a"}, "digits"),
        ({"bare_digits": "guess"}, "bare_digits_known"),
        ({"sends_as": "guess"}, "sends_as_known"),
        ({"bare_digits": "local", "area_code": ""}, "local_has_area"),
    ],
)
def test_a_format_that_means_nothing_is_refused(fields: dict[str, str], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=f"numberformat_{constraint}"):
        NumberFormatFactory(**fields)


def test_the_choices_are_those_of_the_pure_module() -> None:
    assert set(BareDigitsChoice.values) == {member.value for member in BareDigits}
    assert set(SendsAsChoice.values) == {member.value for member in SendsAs}


def test_a_domain_dials_in_one_way() -> None:
    settings = DialSettingsFactory()
    with pytest.raises(IntegrityError, match="domain_id"):
        DialSettingsFactory(domain=settings.domain)


def test_forms_name_the_field_before_the_database_refuses() -> None:
    held = NumberAssignmentFactory()
    foreign = NumberAssignment(number=PhoneNumberFactory(), subscriber=held.subscriber, reseller=held.reseller)
    with pytest.raises(ValidationError) as refused:
        foreign.clean()
    assert list(refused.value.message_dict) == ["subscriber"]
    taken = NumberAssignment(
        number=held.number, subscriber=held.subscriber, reseller=held.reseller, valid_from=timezone.now()
    )
    with pytest.raises(ValidationError, match="assigned in that time already"):
        taken.full_clean()


def test_rows_have_names_for_people() -> None:
    assignment = NumberAssignmentFactory(
        number__e164="+4311001", subscriber__username="alice", subscriber__domain__name="example.org"
    )
    settings = DialSettingsFactory(domain=assignment.subscriber.domain, number_format__name="Austria")
    assert str(assignment) == "+4311001 → alice@example.org"
    assert str(settings) == "example.org: Austria"


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"plan": "xx"}, "numberformat_plan_known"),
        ({"extension_base": "4311001"}, "numberformat_extensions_have_base"),
        ({"extension_digits": 3}, "numberformat_extensions_have_base"),
        ({"extension_base": "4311001", "extension_digits": 8}, "numberformat_extensions_have_base"),
        ({"extension_base": "0431", "extension_digits": 3}, "numberformat_extensions_have_base"),
        ({"emergency_numbers": ["112", "+43112"]}, "numberformat_emergency_digits"),
        ({"emergency_numbers": [""]}, "numberformat_emergency_digits"),
        ({"service_numbers": ["1x8"]}, "numberformat_service_patterns"),
        ({"service_numbers": ["*"]}, "numberformat_service_patterns"),
    ],
)
def test_what_is_no_format_is_refused(fields: dict[str, Any], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        NumberFormatFactory(**fields)


@pytest.mark.parametrize("fields", [{"emergency_numbers": ["112 "]}, {"service_numbers": ["x"]}, {"plan": "de"}])
def test_what_is_no_format_is_refused_with_a_word_in_the_panel(fields: dict[str, Any]) -> None:
    written = NumberFormatFactory()
    for name, value in fields.items():
        setattr(written, name, value)
    with pytest.raises(ValidationError, match=next(iter(fields))):
        written.full_clean()


def test_a_format_may_have_everything() -> None:
    written = NumberFormatFactory(
        plan="at",
        extension_base="4311001",
        extension_digits=3,
        emergency_numbers=["122", "133"],
        service_numbers=["115", "116xxx", "118*"],
    )
    written.full_clean()
    value = written.value
    assert to_e164("16", value).e164 == "+431100116"
    assert to_e164("118811", value).kind is NumberKind.SERVICE
    assert to_e164("133", value).kind is NumberKind.EMERGENCY


def test_the_plans_in_the_panel_are_those_that_there_are() -> None:
    assert {key: plan(key).name for key in PLANS} == dict(PlanChoice.choices)  # type: ignore[union-attr]


def test_a_format_is_shipped_once() -> None:
    NumberFormatFactory.create_batch(2)
    NumberFormatFactory(shipped="at")
    with pytest.raises(IntegrityError, match="numberformat_shipped_once"):
        NumberFormatFactory(shipped="at")


def test_dial_settings_are_a_domains_or_a_subscribers() -> None:
    both = SubscriberFactory()
    with pytest.raises(IntegrityError, match="dialsettings_of_domain_or_subscriber"), transaction.atomic():
        DialSettingsFactory(domain=both.domain, subscriber=both)
    with pytest.raises(IntegrityError, match="dialsettings_of_domain_or_subscriber"), transaction.atomic():
        DialSettingsFactory(domain=None)
    own = DialSettingsFactory(domain=None, subscriber=both)
    of_domain = DialSettingsFactory(domain=both.domain)
    assert (str(own), str(of_domain)) == (
        f"{both}: {own.number_format}",
        f"{both.domain}: {of_domain.number_format}",
    )
    with pytest.raises(IntegrityError, match="subscriber_id"), transaction.atomic():
        DialSettingsFactory(domain=None, subscriber=both)
