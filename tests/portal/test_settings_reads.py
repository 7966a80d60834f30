"""What is read for the page with call settings: whose it is, how it dials, what it may call."""

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from numbering.choices import Holding
from numbering.formats import ONLY_E164
from portal import settings_reads
from portal.reading import Reader
from portal.settings_reads import accounts_of, bars_of, reader_for, readers_for, settings_of
from tests.factories.numbering import DialSettingsFactory, NumberFormatFactory, PhoneNumberFactory
from tests.factories.subscribers import CallSettingsFactory, DomainFactory, SubscriberFactory
from tests.factories.trunking import DestinationRuleFactory
from tests.factories.two_resellers import TwoResellers


def test_a_reader_knows_its_own_and_its_colleagues(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    SubscriberFactory(domain=side.domain, username="neighbour")  # another customer's
    reader = reader_for(side.customer_user, side.alice)
    assert reader.own == {"sip:alice@a.example.org", "+4311001"}
    assert [reader.is_colleague(name) for name in ("bob", "neighbour", "nobody")] == [True, False, False]
    assert [reader.is_ours(host) for host in ("a.example.org", "b.example.org", "x.example.org")] == [True, True, False]
    assert (reader.domain, reader.number_format.country_code) == ("a.example.org", "43")


def test_a_domain_without_dial_settings_wants_the_country_code(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    stray = SubscriberFactory(domain=DomainFactory(reseller=side.reseller), customer=side.customer)
    assert reader_for(side.customer_user, stray).number_format is ONLY_E164


def test_a_subscriber_may_dial_otherwise_than_its_domain(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    DialSettingsFactory(domain=None, subscriber=side.alice, number_format=NumberFormatFactory(country_code="49"))
    assert reader_for(side.customer_user, side.alice).target("030 1234567") == "+49301234567"


def test_what_was_not_enabled_is_barred(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    CallSettingsFactory(subscriber=side.bob, international=True, satellite=True)
    targets = ["+493012345678", "+43900123456", "+881612345678", "+43800123456", "+436641234567"]
    assert _barred(two_resellers, "alice", *targets) == targets[:3]
    assert _barred(two_resellers, "bob", *targets) == [targets[1]]


def test_settings_are_the_defaults_where_there_are_none(two_resellers: TwoResellers) -> None:
    settings = settings_of(two_resellers.a.alice)
    assert (settings.pk, settings.international, settings.max_calls) == (two_resellers.a.alice.pk, False, None)
    assert settings._state.adding


def test_accounts_are_paged(two_resellers: TwoResellers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings_reads, "ACCOUNTS_SHOWN", 1)
    user = two_resellers.a.customer_user
    first, second = accounts_of(user), accounts_of(user, 2)
    assert [line.subscriber.username for line in (*first.rows, *second.rows)] == ["alice", "bob"]
    assert (first.before, first.after, second.before, second.after) == (None, 2, 1, None)


def test_numbers_inside_and_their_extensions_are_for_everybody(two_resellers: TwoResellers) -> None:
    PhoneNumberFactory(e164="+4930100", extension_digits=2)
    PhoneNumberFactory(e164="+4930200", holding=Holding.PORTED_OUT, ported_out_at=timezone.now())
    outside = ["+4930100123", "+4930200", "+49301"]
    assert _barred(two_resellers, "alice", "+4312001", "+4930100", "+493010012", *outside) == outside


def test_what_rules_forbid(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    for prefix, is_allowed, owner in (
        ("4315", False, {}),
        ("43150", True, {}),
        ("4317", False, {"reseller": two_resellers.b.reseller}),
        ("4316", False, {"reseller": side.reseller, "customer": side.customer}),
    ):
        DestinationRuleFactory(prefix=prefix, is_allowed=is_allowed, **owner)
    assert _barred(two_resellers, "alice", "+43151", "+43150", "+43161", "+43171") == ["+43151", "+43161"]


def _barred(sides: TwoResellers, username: str, *targets: str) -> list[str]:
    bars = reader_for(sides.a.customer_user, getattr(sides.a, username)).bars(targets)
    return [target for target in targets if target in bars]


def test_readers_of_many_read_as_those_of_one(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    stray = SubscriberFactory(domain=DomainFactory(reseller=side.reseller), customer=side.customer, username="bob")
    DialSettingsFactory(domain=None, subscriber=side.bob, number_format=NumberFormatFactory(country_code="49"))
    texts = ("bob", "alice", "nobody", "x@B.example.org", "x@x.example.org", "030 1234567", "+4311001", " Bob ")
    everybody = [side.alice, side.bob, stray]
    readers = readers_for(side.reseller_user, dict.fromkeys(everybody, texts))
    for subscriber in everybody:
        alone = reader_for(side.reseller_user, subscriber)
        assert [_read(readers[subscriber], text) for text in texts] == [_read(alone, text) for text in texts]
        assert readers[subscriber].own == alone.own


def test_bars_of_many_are_those_of_each(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    CallSettingsFactory(subscriber=side.bob, international=True)
    DestinationRuleFactory(prefix="4316", is_allowed=False, reseller=two_resellers.b.reseller)
    numbers = ["+493012345678", "+43900123456", "+43161", "+4311001"]
    everybody = [side.alice, side.bob, two_resellers.b.alice]
    found = bars_of(dict.fromkeys(everybody, numbers))
    assert found == {one: bars_of({one: numbers})[one] for one in everybody}
    assert [sorted(found[one]) for one in everybody] == [
        ["+43900123456", "+493012345678"], ["+43900123456"], ["+43161", "+43900123456", "+493012345678"],
    ]  # fmt: skip


def _read(reader: Reader, text: str) -> str:
    try:
        return reader.target(text)
    except ValidationError as error:
        return str(error.messages)
