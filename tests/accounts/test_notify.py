"""What a second connection hears on channel `edge`, whoever changes the rows, and however."""

import json
import select
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import psycopg2
import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Customer, Reseller
from calls.models import Call
from numbering.actions import assign_number, release_number
from numbering.models import NumberAssignment, NumberBlock, PhoneNumber
from subscribers.actions import add_credential, rotate_credential
from subscribers.models import Binding, Domain, DomainName, Subscriber
from tests.factories.accounts import ResellerFactory
from tests.factories.calls import CallFactory
from tests.factories.numbering import (
    DialSettingsFactory,
    NumberBlockFactory,
    NumberFormatFactory,
    PhoneNumberFactory,
)
from tests.factories.subscribers import (
    BindingFactory,
    CallerRuleFactory,
    CallSettingsFactory,
    DomainFactory,
    ForwardingFactory,
    ShownNumberFactory,
    SubscriberFactory,
)
from tests.factories.trunking import CarrierFactory, GatewayFactory, GatewaySourceFactory, RouteFactory

Said = tuple[str, frozenset[str] | None]
Heard = Callable[[], set[Said]]

END = "end of what was said"
LONGEST = 7500  # bytes; PostgreSQL refuses more than 7,999

pytestmark = pytest.mark.django_db(transaction=True)


class Listener:
    """A connection of its own that listens, as the edge does."""

    def __init__(self) -> None:
        known = connection.settings_dict
        self._connection = psycopg2.connect(
            dbname=known["NAME"],
            user=known["USER"],
            password=known["PASSWORD"],
            host=known["HOST"],
            port=known["PORT"],
        )
        self._connection.autocommit = True
        self._connection.cursor().execute("LISTEN edge")

    def payloads(self) -> list[str]:
        """All that was said since the last time, each as it came."""
        _sql(f"NOTIFY edge, '{END}'")
        payloads: list[str] = []
        while END not in payloads:
            ready, _, _ = select.select([self._connection], [], [], 5)
            assert ready, "PostgreSQL delivers within seconds"
            self._connection.poll()
            payloads += [notify.payload for notify in self._connection.notifies]
            self._connection.notifies.clear()
        return payloads[:-1]

    def __call__(self) -> set[Said]:
        """All that was said since the last time: topics with their keys, None for all of it."""
        said = [json.loads(payload) for payload in self.payloads()]
        return {(one["t"], None if one["k"] is None else frozenset(one["k"])) for one in said}

    def close(self) -> None:
        """End the connection."""
        self._connection.close()


@pytest.fixture
def heard() -> Iterator[Listener]:
    """What was said on the channel since the last call."""
    listener = Listener()
    yield listener
    listener.close()


def _sql(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def _of(topic: str, *keys: str) -> Said:
    return topic, frozenset(keys)


def test_a_subscriber_is_named_however_it_changes(heard: Heard) -> None:
    subscriber = SubscriberFactory(username="alice")
    key = f"{subscriber.domain_id}/alice"
    assert _of("subscriber", key) in heard()
    subscriber.display_name = "Alice"
    subscriber.save()
    assert heard() == {_of("subscriber", key)}
    Subscriber.objects.filter(pk=subscriber.pk).update(is_active=False)
    assert heard() == {_of("subscriber", key)}
    _sql("UPDATE subscribers_subscriber SET display_name = %s", "raw")
    assert heard() == {_of("subscriber", key)}
    _sql("DELETE FROM subscribers_subscriber")
    assert heard() == {_of("subscriber", key)}


def test_a_renamed_subscriber_names_both_keys_and_makes_numbers_stale(heard: Heard) -> None:
    subscriber = SubscriberFactory(username="alice")
    heard()
    Subscriber.objects.update(username="alicia")
    domain = subscriber.domain_id
    assert heard() == {_of("subscriber", f"{domain}/alice", f"{domain}/alicia"), ("number", None)}


def test_a_moved_subscriber_names_both_keys(heard: Heard) -> None:
    subscriber = SubscriberFactory(username="alice")
    other = DomainFactory(reseller=subscriber.reseller)
    heard()
    Subscriber.objects.update(domain=other)
    assert _of("subscriber", f"{subscriber.domain_id}/alice", f"{other.pk}/alice") in heard()


def test_credentials_name_their_subscriber(heard: Heard) -> None:
    subscriber = SubscriberFactory(username="alice")
    said = _of("subscriber", f"{subscriber.domain_id}/alice")
    heard()
    credential, _ = add_credential(subscriber)
    assert heard() == {said}
    rotate_credential(credential)
    assert heard() == {said}
    credential.delete()
    assert heard() == {said}


@pytest.mark.parametrize("factory", [CallSettingsFactory, ForwardingFactory, CallerRuleFactory, ShownNumberFactory])
def test_call_settings_name_their_subscriber(heard: Heard, factory: Any) -> None:
    subscriber = SubscriberFactory(username="alice")
    said = _of("subscriber", f"{subscriber.domain_id}/alice")
    heard()
    row = factory(subscriber=subscriber)
    assert heard() == {said}
    row.save()
    assert heard() == {said}
    row.delete()
    assert heard() == {said}


def test_what_goes_with_a_subscriber_is_said_too(heard: Heard) -> None:
    subscriber = SubscriberFactory(username="alice")
    add_credential(subscriber)
    assign_number(PhoneNumberFactory(reseller=subscriber.reseller, e164="+4311001"), subscriber)
    BindingFactory(subscriber=subscriber)
    heard()
    key = f"{subscriber.domain_id}/alice"
    binding = str(subscriber.pk)
    subscriber.delete()
    assert heard() == {_of("subscriber", key), _of("number", "+4311001"), _of("binding", binding)}


def test_rows_made_at_once_are_one_message(heard: Listener) -> None:
    reseller = ResellerFactory()
    numbers = [f"+43100{digit}" for digit in range(5)]
    heard.payloads()
    PhoneNumber.objects.bulk_create(PhoneNumber(reseller=reseller, e164=number) for number in numbers)
    payloads = heard.payloads()
    assert len(payloads) == 1
    assert set(json.loads(payloads[0])["k"]) == set(numbers)


def test_numbers_are_named_however_they_change(heard: Heard) -> None:
    number = PhoneNumberFactory(e164="+4311001")
    assert heard() == {_of("number", "+4311001")}
    PhoneNumber.objects.update(e164="+4311002")
    assert heard() == {_of("number", "+4311001", "+4311002")}
    number.delete()
    assert heard() == {_of("number", "+4311002")}


def test_an_assignment_says_the_number_and_whose_main_number_it_is(heard: Heard) -> None:
    subscriber = SubscriberFactory(username="alice")
    main, second = (PhoneNumberFactory(reseller=subscriber.reseller, e164=e164) for e164 in ("+4311001", "+4311002"))
    of_subscriber = _of("subscriber", f"{subscriber.domain_id}/alice")
    heard()
    assign_number(main, subscriber)
    assert heard() == {_of("number", "+4311001"), of_subscriber}
    assign_number(second, subscriber)
    assert heard() == {_of("number", "+4311002")}
    release_number(main)
    assert heard() == {_of("number", "+4311001"), _of("number", "+4311002"), of_subscriber}
    _sql("DELETE FROM numbering_numberassignment")
    assert heard() == {_of("number", "+4311001", "+4311002"), of_subscriber}


def test_a_number_with_extensions_stands_for_all_that_begin_so(heard: Heard) -> None:
    number = PhoneNumberFactory(e164="+4311001", extension_digits=2)
    assert heard() == {_of("number", "+4311001*")}
    PhoneNumber.objects.update(extension_digits=0)
    assert heard() == {_of("number", "+4311001*", "+4311001")}
    PhoneNumber.objects.update(extension_digits=3)
    subscriber = SubscriberFactory(domain=DomainFactory(reseller=number.reseller))
    heard()
    assign_number(number, subscriber, is_main=False)
    assert heard() == {_of("number", "+4311001*")}
    PhoneNumber.objects.update(note="the same to the edge")
    assert heard() == set()


def test_a_block_stands_for_all_numbers_that_begin_as_its_own_do(heard: Heard) -> None:
    block = NumberBlockFactory(first="+4314000", last="+4314099")
    assert heard() == {_of("number", "+43140*")}
    NumberBlock.objects.update(extension_digits=2)
    assert heard() == {_of("number", "+43140*")}
    NumberBlock.objects.update(reseller=ResellerFactory(), note="the same to the edge")
    assert heard() == set()
    block.delete()
    assert heard() == {_of("number", "+43140*")}


def test_bindings_name_their_subscriber_unless_the_edge_wrote_them(heard: Heard) -> None:
    binding = BindingFactory()
    said = _of("binding", str(binding.subscriber_id))
    assert said in heard()
    Binding.objects.update(cseq=2)
    assert heard() == {said}
    with transaction.atomic():
        _sql("SET LOCAL freiton.edge = 'on'")
        Binding.objects.update(cseq=3)
        BindingFactory(subscriber=binding.subscriber)
        Binding.objects.exclude(pk=binding.pk).delete()
    assert heard() == set()
    binding.delete()
    assert heard() == {said}


def test_what_makes_many_subscribers_stale_says_all(heard: Heard) -> None:
    subscriber = SubscriberFactory()
    heard()
    Customer.objects.update(is_active=False)
    assert heard() == {("subscriber", None)}
    Reseller.objects.update(is_active=False)
    assert heard() == {("subscriber", None), ("domain", None)}
    Domain.objects.update(is_active=False)
    assert heard() == {("subscriber", None), ("domain", None)}
    Customer.objects.update(max_calls=3)
    assert heard() == {("subscriber", None)}
    Reseller.objects.update(max_calls=3)
    assert heard() == {("subscriber", None)}
    Customer.objects.filter(pk=subscriber.customer_id).update(name="another name")
    Reseller.objects.update(name="another name")
    assert heard() == set()


def test_domains_aliases_and_how_they_dial_say_all_domains(heard: Heard) -> None:
    domain = DomainFactory()
    assert heard() == {("domain", None)}
    alias = DomainName.objects.create(domain=domain, name="alias.example.org")
    assert heard() == {("domain", None)}
    alias.delete()
    assert heard() == {("domain", None)}
    number_format = NumberFormatFactory()
    heard()
    dial_settings = DialSettingsFactory(domain=domain, number_format=number_format)
    assert heard() == {("domain", None)}
    dial_settings.delete()
    assert heard() == {("domain", None)}
    domain.delete()
    assert heard() == {("domain", None)}


def test_how_one_subscriber_dials_is_its_own_affair(heard: Heard) -> None:
    subscriber = SubscriberFactory()
    number_format = NumberFormatFactory()
    said = _of("subscriber", f"{subscriber.domain_id}/{subscriber.username}")
    heard()
    dial_settings = DialSettingsFactory(domain=None, subscriber=subscriber, number_format=number_format)
    assert heard() == {said}
    number_format.save()
    assert heard() == {said, ("gateway", None)}
    dial_settings.delete()
    assert heard() == {said}


@pytest.mark.parametrize(
    "factory", [NumberFormatFactory, CarrierFactory, GatewayFactory, GatewaySourceFactory, RouteFactory]
)
def test_the_ways_in_and_out_say_all_gateways(heard: Heard, factory: Any) -> None:
    row = factory()
    assert heard() == {("gateway", None)}
    row.save()
    assert heard() == {("gateway", None)}
    row.delete()
    assert heard() == {("gateway", None)}


def test_emptied_tables_say_all(heard: Heard) -> None:
    _sql("TRUNCATE subscribers_subscriber, subscribers_domain, trunking_carrier, numbering_phonenumber CASCADE")
    assert heard() == {(topic, None) for topic in ("subscriber", "domain", "gateway", "number", "binding")}


def test_statements_that_change_nothing_say_nothing(heard: Heard) -> None:
    number = PhoneNumberFactory()
    GatewayFactory()
    heard()
    PhoneNumber.objects.filter(e164="+1").update(note="x")
    GatewayFactory._meta.model.objects.filter(name="none").delete()
    _sql(
        "INSERT INTO numbering_phonenumber (uid, reseller_id, e164, note, created_at) "
        "SELECT gen_random_uuid(), reseller_id, e164, note, now() FROM numbering_phonenumber ON CONFLICT DO NOTHING"
    )
    assert heard() == set()
    _sql(
        "INSERT INTO numbering_phonenumber (uid, reseller_id, e164, note, created_at) "
        "SELECT gen_random_uuid(), reseller_id, e164, note, now() FROM numbering_phonenumber "
        "ON CONFLICT (e164) DO UPDATE SET extension_digits = 2"
    )
    assert heard() == {_of("number", number.e164, f"{number.e164}*")}


def test_a_change_that_is_taken_back_was_never_said(heard: Heard) -> None:
    with transaction.atomic():
        PhoneNumberFactory()
        transaction.set_rollback(True)
    assert heard() == set()


@pytest.mark.parametrize(("count", "all_of_it"), [(256, False), (257, True), (10_000, True)])
def test_too_many_keys_say_all(heard: Listener, count: int, all_of_it: bool) -> None:
    reseller = ResellerFactory()
    heard()
    PhoneNumber.objects.bulk_create(PhoneNumber(reseller=reseller, e164=f"+43{n:07d}") for n in range(count))
    (payload,) = heard.payloads()
    assert (json.loads(payload)["k"] is None) == all_of_it


@pytest.mark.parametrize(("count", "all_of_it"), [(100, False), (150, True), (256, True)])
def test_keys_that_are_too_long_say_all(heard: Listener, count: int, all_of_it: bool) -> None:
    one = SubscriberFactory()
    heard()
    Subscriber.objects.bulk_create(
        Subscriber(domain=one.domain, customer=one.customer, reseller=one.reseller, username=f"{n:-<64}")
        for n in range(1000, 1000 + count)
    )
    (payload,) = heard.payloads()
    assert len(payload.encode()) <= LONGEST
    assert (json.loads(payload)["k"] is None) == all_of_it


def test_an_assignment_in_the_future_says_its_number_at_once(heard: Heard) -> None:
    subscriber = SubscriberFactory()
    number = PhoneNumberFactory(reseller=subscriber.reseller, e164="+4311001")
    heard()
    NumberAssignment.objects.create(
        number=number,
        subscriber=subscriber,
        reseller=subscriber.reseller,
        valid_from=timezone.now() + timedelta(days=1),
    )
    assert heard() == {_of("number", "+4311001")}


def test_calls_that_somebody_else_ended_are_named(heard: Heard) -> None:
    ended, standing = CallFactory(), CallFactory()
    Call.objects.filter(pk=ended.pk).update(state="ended", ended_at=timezone.now(), ended_by="sweeper")
    assert heard() == {_of("call", str(ended.pk))}
    Call.objects.update(reason="touched")
    assert heard() == set()
    with transaction.atomic():
        _sql("SET LOCAL freiton.edge = 'on'")
        Call.objects.filter(pk=standing.pk).update(state="ended", ended_at=timezone.now())
    assert heard() == set()
