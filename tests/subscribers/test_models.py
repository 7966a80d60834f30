"""What the database refuses about domains, subscribers, credentials and bindings, and what forms say before."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection

from subscribers.actions import add_credential
from subscribers.models import Domain, DomainName, SipCredential, Subscriber
from tests.factories.accounts import CustomerFactory, ResellerFactory
from tests.factories.subscribers import BindingFactory, DomainFactory, SubscriberFactory

pytestmark = pytest.mark.django_db


def _check_deferred() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_domain_gets_its_primary_name_by_itself() -> None:
    domain = DomainFactory(name="example.org")
    assert list(domain.names.values_list("name", "is_primary")) == [("example.org", True)]


def test_domains_made_at_once_get_their_names_too() -> None:
    reseller = ResellerFactory()
    Domain.objects.bulk_create(Domain(reseller=reseller, name=f"d{n}.example.org") for n in range(3))
    assert DomainName.objects.filter(is_primary=True).count() == 3


def test_a_domain_cannot_be_named_as_another_ones_alias() -> None:
    DomainName.objects.create(domain=DomainFactory(), name="alias.example.org")
    with pytest.raises(IntegrityError, match="domainname_name_unique"):
        DomainFactory(name="alias.example.org")


def test_an_alias_cannot_be_another_domains_name() -> None:
    DomainFactory(name="example.org")
    with pytest.raises(IntegrityError, match="domainname_name_unique"):
        DomainName.objects.create(domain=DomainFactory(), name="example.org")


def test_two_domains_cannot_have_one_name() -> None:
    DomainFactory(name="example.org")
    with pytest.raises(IntegrityError, match="domain_name_unique"):
        DomainFactory(name="example.org")


def test_a_domain_is_not_renamed() -> None:
    DomainFactory()
    with pytest.raises(IntegrityError, match="cannot be renamed"):
        Domain.objects.update(name="other.example.org")


@pytest.mark.parametrize("name", ["Example.org", "example", "", "192.0.2.1", "exa mple.org", "example.org."])
def test_what_is_no_domain_is_refused(name: str) -> None:
    with pytest.raises(IntegrityError, match="domain_name_is_host"):
        DomainFactory(name=name)


@pytest.mark.parametrize("name", ["Alias.example.org", "a b", "", "a/b"])
def test_what_is_no_host_is_refused_as_alias(name: str) -> None:
    with pytest.raises(IntegrityError, match="domainname_name_is_host"):
        DomainName.objects.create(domain=DomainFactory(), name=name)


@pytest.mark.parametrize("change", [{"name": "x.example.org"}, {"is_primary": False}])
def test_the_primary_name_is_not_changed(change: dict[str, Any]) -> None:
    DomainFactory()
    with pytest.raises(IntegrityError, match="cannot be changed"):
        DomainName.objects.update(**change)


def test_an_alias_does_not_become_primary() -> None:
    alias = DomainName.objects.create(domain=DomainFactory(), name="alias.example.org")
    with pytest.raises(IntegrityError, match="cannot be changed"):
        DomainName.objects.filter(pk=alias.pk).update(is_primary=True)


def test_a_second_primary_name_is_refused() -> None:
    with pytest.raises(IntegrityError, match="domainname_one_primary"):
        DomainName.objects.create(domain=DomainFactory(), name="second.example.org", is_primary=True)


def test_the_primary_name_is_not_removed_while_the_domain_stands() -> None:
    domain = DomainFactory()
    domain.names.all().delete()
    with pytest.raises(IntegrityError, match="cannot be removed"):
        _check_deferred()


def test_a_domain_is_removed_with_its_names() -> None:
    domain = DomainFactory()
    DomainName.objects.create(domain=domain, name="alias.example.org")
    domain.delete()
    _check_deferred()
    assert not DomainName.objects.exists()


def test_one_domain_is_the_default() -> None:
    DomainFactory(is_default=True)
    DomainFactory(is_default=False)
    with pytest.raises(IntegrityError, match="domain_one_default"):
        DomainFactory(is_default=True)


@pytest.mark.parametrize("username", ["Alice", "al ice", "", "alice@example.org", "a\nb"])
def test_what_is_no_user_name_is_refused(username: str) -> None:
    with pytest.raises(IntegrityError, match="subscriber_username_chars"):
        SubscriberFactory(username=username)


def test_a_user_name_is_taken_within_its_domain_alone() -> None:
    first = SubscriberFactory(username="alice")
    SubscriberFactory(username="alice")
    with pytest.raises(IntegrityError, match="subscriber_username_once"):
        SubscriberFactory(username="alice", domain=first.domain)


@pytest.mark.parametrize(("model", "name"), [(DomainFactory, "domain"), (SubscriberFactory, "subscriber")])
def test_unknown_digest_algorithms_are_refused(model: Any, name: str) -> None:
    with pytest.raises(IntegrityError, match=f"{name}_digest_known"):
        model(digest_algorithm="SHA-512")


def test_a_subscribers_domain_is_of_its_reseller() -> None:
    other = DomainFactory()
    subscriber = SubscriberFactory()
    Subscriber.objects.filter(pk=subscriber.pk).update(domain=other)
    with pytest.raises(IntegrityError, match="subscriber_domain_of_same_reseller"):
        _check_deferred()


def test_a_subscribers_customer_is_of_its_reseller() -> None:
    SubscriberFactory(customer=CustomerFactory())
    with pytest.raises(IntegrityError, match="subscriber_customer_of_same_reseller"):
        _check_deferred()


def test_a_customer_with_subscribers_does_not_change_its_reseller() -> None:
    subscriber = SubscriberFactory()
    subscriber.customer.reseller = ResellerFactory()
    subscriber.customer.save()
    with pytest.raises(IntegrityError, match="subscriber_customer_of_same_reseller"):
        _check_deferred()


@pytest.mark.parametrize("slot", [0, 6])
def test_more_than_five_credentials_have_no_place(slot: int) -> None:
    with pytest.raises(IntegrityError, match="sipcredential_slot_range"):
        SipCredential.objects.create(subscriber=SubscriberFactory(), slot=slot, secret="x")


def test_a_slot_is_taken_once() -> None:
    subscriber = SubscriberFactory()
    SipCredential.objects.create(subscriber=subscriber, slot=1, secret="x")
    with pytest.raises(IntegrityError, match="sipcredential_slot_once"):
        SipCredential.objects.create(subscriber=subscriber, slot=1, secret="y")


def test_a_device_is_bound_once() -> None:
    binding = BindingFactory()
    with pytest.raises(IntegrityError, match="binding_key_once_per_subscriber"):
        BindingFactory(subscriber=binding.subscriber, key=binding.key)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"q": -1}, "binding_q"),
        ({"q": 1001}, "binding_q_range"),
        ({"cseq": -1}, "binding_cseq_not_negative"),
        ({"contact": "sip:" + "x" * 1021}, "binding_contact_bytes"),
        ({"contact": "ä" * 513}, "binding_contact_bytes"),
    ],
)
def test_what_is_no_binding_is_refused(fields: dict[str, Any], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        BindingFactory(key="k", **fields)


def test_a_contact_of_1024_bytes_is_kept() -> None:
    assert BindingFactory(contact="ä" * 512).pk


def test_forms_name_the_field_before_the_database_refuses() -> None:
    domain = DomainFactory(name="example.org")
    DomainName.objects.create(domain=domain, name="alias.example.org")
    alice = SubscriberFactory(domain=domain, username="alice")
    add_credential(alice)
    renamed = Domain(pk=domain.pk, reseller=domain.reseller, name="other.example.org")
    taken = Domain(reseller=domain.reseller, name="alias.example.org")
    primary = DomainName(pk=domain.names.get(is_primary=True).pk, domain=domain, name="x.example.org")
    foreign = Subscriber(domain=domain, reseller=domain.reseller, customer=CustomerFactory(), username="carol")
    stranger = Subscriber(domain=domain, reseller=ResellerFactory(), customer=alice.customer, username="carol")
    alice.username = "alicia"
    for row, field in [
        (renamed, "name"), (taken, "name"), (primary, "name"), (foreign, "customer"), (stranger, "domain"),
        (alice, "username"),
    ]:  # fmt: skip
        with pytest.raises(ValidationError) as refused:
            row.clean()
        assert list(refused.value.message_dict) == [field]


def test_a_domain_may_be_saved_again_under_its_own_name() -> None:
    domain = DomainFactory()
    domain.full_clean()
    domain.save()


def test_rows_have_names_for_people() -> None:
    alice = SubscriberFactory(username="alice", domain__name="example.org")
    credential, _ = add_credential(alice)
    assert (str(alice), str(alice.domain), str(alice.domain.names.get())) == (
        "alice@example.org",
        "example.org",
        "example.org",
    )
    assert str(credential) == "#1"
    assert str(BindingFactory(contact="sip:a@192.0.2.1")) == "sip:a@192.0.2.1"
