"""Domains, subscribers and registrations in the panel."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from subscribers.models import Binding, Domain, DomainName, Subscriber
from tests.factories.accounts import CustomerFactory
from tests.factories.subscribers import BindingFactory, DomainFactory
from tests.factories.two_resellers import TwoResellers
from tests.provider.panel.panel import admin_client, field_errors, no_rows

BINDINGS = "admin:subscribers_binding_changelist"
SUBSCRIBERS = "admin:subscribers_subscriber"
NASTY = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


@pytest.fixture
def client(two_resellers: TwoResellers) -> Client:
    return admin_client(two_resellers.admin)


def _aliases(names: list[str]) -> dict[str, str]:
    form = {"names-TOTAL_FORMS": str(len(names)), "names-INITIAL_FORMS": "0"}
    form |= {"dial_settings-TOTAL_FORMS": "0", "dial_settings-INITIAL_FORMS": "0"}
    return form | {f"names-{place}-name": name for place, name in enumerate(names)}


def test_a_domain_is_added_with_its_aliases(client: Client, two_resellers: TwoResellers) -> None:
    form = {"name": "new.example.org", "reseller": two_resellers.a.reseller.pk, "digest_algorithm": "MD5"}
    client.post(reverse("admin:subscribers_domain_add"), form | _aliases(["alias.example.org", "192.0.2.7"]))
    domain = Domain.objects.get(name="new.example.org")
    assert set(domain.names.values_list("name", flat=True)) == {"new.example.org", "alias.example.org", "192.0.2.7"}
    page = client.get(reverse("admin:subscribers_domain_change", args=[domain.pk])).content.decode()
    assert 'value="alias.example.org"' in page
    assert 'value="new.example.org"' not in page  # it stays, so it is no field


def test_a_name_that_another_domain_has_as_alias_is_refused_in_words(
    client: Client, two_resellers: TwoResellers
) -> None:
    DomainName.objects.create(domain=two_resellers.b.domain, name="taken.example.org")
    form = {"name": "taken.example.org", "reseller": two_resellers.a.reseller.pk, "digest_algorithm": "MD5"}
    response = client.post(reverse("admin:subscribers_domain_add"), form | _aliases([]))
    assert set(field_errors(response)) == {"name"}
    assert not Domain.objects.filter(name="taken.example.org").exists()


def test_a_domain_keeps_its_name_and_owner(client: Client, two_resellers: TwoResellers) -> None:
    domain = two_resellers.a.domain
    form = {"name": "other.example.org", "reseller": two_resellers.b.reseller.pk, "digest_algorithm": "SHA-256"}
    client.post(reverse("admin:subscribers_domain_change", args=[domain.pk]), form | _aliases([]))
    domain.refresh_from_db()
    assert (domain.name, domain.reseller, domain.digest_algorithm) == (
        "a.example.org",
        two_resellers.a.reseller,
        "SHA-256",
    )


def _subscriber_form(two_resellers: TwoResellers, **changes: object) -> dict[str, object]:
    side = two_resellers.a
    form: dict[str, object] = {
        "username": "dora",
        "domain": side.domain.pk,
        "reseller": side.reseller.pk,
        "customer": side.customer.pk,
        "display_name": "Dora",
        "is_active": "on",
        "digest_algorithm": "",
    }
    return form | no_rows(Subscriber) | changes


def test_a_subscriber_is_added(client: Client, two_resellers: TwoResellers) -> None:
    response = client.post(reverse(f"{SUBSCRIBERS}_add"), _subscriber_form(two_resellers, username="Dora"))
    assert response.status_code == 302, field_errors(response)
    assert Subscriber.objects.filter(username="dora", domain=two_resellers.a.domain).exists()


def test_owners_that_do_not_fit_are_named(client: Client, two_resellers: TwoResellers) -> None:
    wrong = {
        "domain": DomainFactory().pk,
        "customer": CustomerFactory().pk,
        "username": "no spaces",
    }
    for field, value in wrong.items():
        response = client.post(reverse(f"{SUBSCRIBERS}_add"), _subscriber_form(two_resellers, **{field: value}))
        assert field in field_errors(response)
    taken = client.post(reverse(f"{SUBSCRIBERS}_add"), _subscriber_form(two_resellers, username="alice"))
    assert field_errors(taken)
    assert Subscriber.objects.count() == 4


def test_the_page_of_a_subscriber_shows_no_secret(client: Client, two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    page = client.get(reverse(f"{SUBSCRIBERS}_change", args=[side.alice.pk])).content.decode()
    assert side.alice_credential.secret not in page
    assert side.alice_password not in page
    assert side.alice_binding.contact in page


def test_user_at_domain_finds_one(client: Client) -> None:
    page = client.get(reverse(f"{SUBSCRIBERS}_changelist"), {"q": "alice@b."}).content.decode()
    assert "alice@b.example.org" in page
    assert "alice@a.example.org" not in page


def test_registrations_are_removed_from_the_list(client: Client, two_resellers: TwoResellers) -> None:
    gone, stays = two_resellers.a.alice_binding, two_resellers.a.bob_binding
    client.post(reverse(BINDINGS), {"action": "remove", "_selected_action": [gone.pk]})
    assert not Binding.objects.filter(pk=gone.pk).exists()
    assert Binding.objects.filter(pk=stays.pk).exists()


def test_what_a_phone_says_is_text_in_every_page(client: Client, two_resellers: TwoResellers) -> None:
    binding = BindingFactory(
        subscriber=two_resellers.a.alice, user_agent=NASTY, contact=f"sip:{NASTY}@x", call_id=NASTY, path=NASTY
    )
    pages = [
        reverse(BINDINGS),
        reverse("admin:subscribers_binding_change", args=[binding.pk]),
        reverse(f"{SUBSCRIBERS}_change", args=[two_resellers.a.alice.pk]),
    ]
    for address in pages:
        page = client.get(address).content.decode()
        assert "&lt;script&gt;alert(1)" in page
        assert "<script>alert(1)" not in page
        assert "<img src=x" not in page


def test_the_list_is_exported_as_it_is_narrowed(client: Client, two_resellers: TwoResellers) -> None:
    Subscriber.objects.filter(pk=two_resellers.a.bob.pk).update(is_active=False, display_name="=1+1")
    page = client.get(reverse(f"{SUBSCRIBERS}_changelist"), {"is_active__exact": "0", "q": "bo"})
    (address,) = (one["path"] for one in page.context["actions_list"] if "/export" in one["path"])
    response: Any = client.get(address)
    lines = response.getvalue().decode("utf-8-sig").splitlines()
    assert response.headers["Content-Disposition"].startswith('attachment; filename="subscribers-20')
    assert lines[1:] == ["bob,a.example.org,Customer,'=1+1,'+4311002,'+4311002,no,,"]
    everywhere: Any = client.get(address.partition("?")[0], {"q": "alice@"})
    assert everywhere.getvalue().count(b"alice") == 2
    assert client.get(address.partition("?")[0], {"nonsense": "1"}).headers["Location"] == reverse(
        f"{SUBSCRIBERS}_changelist"
    )
