"""People and tokens in the panel."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.actions import create_token
from accounts.choices import Role
from accounts.models import ApiToken, User, UserAgentBan
from accounts.tokens import hash_token
from tests.factories.accounts import CustomerFactory, ResellerFactory, UserFactory
from tests.factories.two_resellers import TwoResellers
from tests.provider.api.asking import ask
from tests.provider.panel.panel import admin_client, field_errors

TOKENS = "admin:accounts_apitoken"
PASSWORDS = {"password1": "a-long-enough-1", "password2": "a-long-enough-1"}


@pytest.fixture
def client(db: None) -> Client:
    return admin_client(UserFactory(admin=True))


def test_a_tokens_text_is_shown_once(client: Client) -> None:
    user = UserFactory(for_reseller=True)
    form = {"user": user.pk, "name": "billing", "scopes-all": "read", "expires_at_0": "", "expires_at_1": ""}
    response = client.post(reverse(f"{TOKENS}_add"), form)
    token = ApiToken.objects.get(name="billing")
    shown = [code.split("</code>")[0] for code in response.content.decode().split("<code>")[1:]]
    assert shown[1] == f"Authorization: Bearer {shown[0]}"
    assert hash_token(shown[0]) == token.token_hash
    assert "no-store" in response.headers["Cache-Control"]
    assert ask(shown[0], "calls/").status_code == 200
    for address in (reverse(f"{TOKENS}_changelist"), reverse(f"{TOKENS}_change", args=[token.pk])):
        page = client.get(address).content.decode()
        assert shown[0] not in page
        assert token.token_hash not in page


def test_a_token_that_would_be_expired_is_refused(client: Client) -> None:
    past = timezone.now() - timedelta(days=1)
    form = {"user": UserFactory().pk, "name": "x", "scopes-all": "read"}
    form |= {"expires_at_0": past.strftime("%Y-%m-%d"), "expires_at_1": "10:00:00"}
    assert set(field_errors(client.post(reverse(f"{TOKENS}_add"), form))) == {"expires_at"}
    assert not ApiToken.objects.exists()


def test_the_panel_binds_a_token_to_areas_and_networks(client: Client) -> None:
    form = {"user": UserFactory().pk, "name": "billing", "expires_at_0": "", "expires_at_1": ""}
    form |= {"scopes-all": "", "scopes-calls": "read", "scopes-subscribers": "write", "networks": "192.0.2.0/24 ::1"}
    client.post(reverse(f"{TOKENS}_add"), form)
    token = ApiToken.objects.get(name="billing")
    assert token.scopes == ["subscribers:write", "calls:read"]
    assert token.networks == ["192.0.2.0/24", "::1/128"]
    ApiToken.objects.update(last_used_at=timezone.now(), last_used_from="192.0.2.7")
    for address in (reverse(f"{TOKENS}_changelist"), reverse(f"{TOKENS}_change", args=[token.pk])):
        page = client.get(address).content.decode()
        for words in ("Subscribers: read and write", "Calls: read", "192.0.2.0/24", "::1/128", "192.0.2.7"):
            assert words in page, (address, words)
    wrong = client.post(reverse(f"{TOKENS}_add"), form | {"networks": "office", "scopes-calls": "root"})
    assert set(field_errors(wrong)) == {"networks", "scopes"}


def test_revoking_ends_a_token(two_resellers: TwoResellers) -> None:
    client, side = admin_client(two_resellers.admin), two_resellers.a
    form = {"action": "revoke", "_selected_action": [side.reseller_token.pk]}
    client.post(reverse(f"{TOKENS}_changelist"), form)
    assert ask(side.reseller_token_text, "calls/").status_code == 401
    assert ask(two_resellers.b.reseller_token_text, "calls/").status_code == 200
    assert "revoked" in client.get(reverse(f"{TOKENS}_changelist")).content.decode()


def test_a_new_administrator_may_enter_the_panel(client: Client) -> None:
    form = {"username": "second", "role": Role.ADMIN, "reseller": "", "customer": ""} | PASSWORDS
    client.post(reverse("admin:accounts_user_add"), form)
    assert admin_client(User.objects.get(username="second")).get("/admin/").status_code == 200


def test_role_and_owner_must_fit(client: Client) -> None:
    reseller, customer = ResellerFactory(), CustomerFactory()
    wrong = [
        (Role.RESELLER, "", "", {"reseller"}),
        (Role.CUSTOMER, "", "", {"customer"}),
        (Role.ADMIN, reseller.pk, customer.pk, {"reseller", "customer"}),
        (Role.CUSTOMER, reseller.pk, customer.pk, {"reseller"}),
    ]
    for role, reseller_id, customer_id, fields in wrong:
        form = {"username": "new", "role": role, "reseller": reseller_id, "customer": customer_id} | PASSWORDS
        assert set(field_errors(client.post(reverse("admin:accounts_user_add"), form))) == fields
    assert not User.objects.filter(username="new").exists()


def test_who_is_no_administrator_any_more_loses_the_panel(client: Client) -> None:
    other, reseller = UserFactory(admin=True), ResellerFactory()
    form = {"username": other.username, "role": Role.RESELLER, "reseller": reseller.pk, "is_active": "on"}
    response = client.post(reverse("admin:accounts_user_change", args=[other.pk]), form)
    assert response.status_code == 302
    other.refresh_from_db()
    assert (other.role, other.is_staff, other.is_superuser) == (Role.RESELLER, False, False)


@pytest.mark.parametrize("becomes", ["admin", "other reseller", "customer", "renamed"])
def test_tokens_end_when_their_person_is_somebody_elses(client: Client, becomes: str) -> None:
    """A shop's token was given for what its person could see then, and not for all that it sees as an administrator."""
    person, other = UserFactory(for_reseller=True), ResellerFactory()
    _token, text = create_token(person, "shop", ["write"])
    form = {"username": person.username, "role": Role.RESELLER, "reseller": person.reseller_id, "is_active": "on"}
    form |= {
        "admin": {"role": Role.ADMIN, "reseller": ""},
        "other reseller": {"reseller": other.pk},
        "customer": {"role": Role.CUSTOMER, "reseller": "", "customer": CustomerFactory().pk},
        "renamed": {"username": "renamed"},
    }[becomes]
    assert client.post(reverse("admin:accounts_user_change", args=[person.pk]), form).status_code == 302
    assert ask(text, "me/").status_code == (200 if becomes == "renamed" else 401)


def test_the_page_of_a_user_shows_nothing_of_the_password(client: Client) -> None:
    user = UserFactory()
    page = client.get(reverse("admin:accounts_user_change", args=[user.pk])).content.decode()
    assert "A password is set." in page
    assert "argon2" not in page


def test_a_weak_password_is_refused(client: Client) -> None:
    form = {"username": "new", "role": Role.ADMIN, "password1": "short", "password2": "short"}
    assert "password2" in field_errors(client.post(reverse("admin:accounts_user_add"), form))


def test_a_customer_stays_with_its_reseller(client: Client) -> None:
    customer, other = CustomerFactory(), ResellerFactory()
    form = {"name": "Renamed", "reseller": other.pk, "is_active": "on"}
    client.post(reverse("admin:accounts_customer_change", args=[customer.pk]), form)
    before = customer.reseller_id
    customer.refresh_from_db()
    assert (customer.name, customer.reseller_id) == ("Renamed", before)


def test_a_name_twice_is_named(client: Client) -> None:
    ResellerFactory(name="Taken")
    response = client.post(reverse("admin:accounts_reseller_add"), {"name": "Taken", "is_active": "on"})
    assert set(field_errors(response)) == {"name"}


def test_a_user_agent_is_banned_and_let_in_again(client: Client) -> None:
    page = "admin:accounts_useragentban"
    assert set(field_errors(client.post(reverse(f"{page}_add"), {"pattern": "*", "note": ""}))) == {"pattern"}
    client.post(reverse(f"{page}_add"), {"pattern": "evil*", "note": "<b>x</b>", "is_active": "on"})
    ban = UserAgentBan.objects.get(pattern="evil*")
    shown = client.get(reverse(f"{page}_changelist"), {"q": "EVIL"}).content.decode()
    assert "evil*" in shown
    assert "<b>x</b>" not in shown
    client.post(reverse(f"{page}_change", args=[ban.pk]), {"pattern": "evil*", "note": ""})
    ban.refresh_from_db()
    assert not ban.is_active


def test_resellers_see_no_banned_user_agents(two_resellers: TwoResellers) -> None:
    UserAgentBan.objects.create(pattern="evil*")
    assert UserAgentBan.objects.visible_to(two_resellers.admin).filter(pattern="evil*").exists()
    for side in (two_resellers.a, two_resellers.b):
        assert not UserAgentBan.objects.visible_to(side.reseller_user).exists()
        assert not UserAgentBan.objects.visible_to(side.customer_user).exists()


def test_how_many_calls_somebody_may_have_is_set_and_taken_back(client: Client, two_resellers: TwoResellers) -> None:
    for row in (two_resellers.a.reseller, two_resellers.a.customer):
        page = reverse(f"admin:accounts_{row._meta.model_name}_change", args=[row.pk])
        for written, stored in (("30", 30), ("", None)):
            client.post(page, {"name": row.name, "is_active": "on", "max_calls": written})
            row.refresh_from_db()
            assert row.max_calls == stored
        assert "max_calls" in field_errors(client.post(page, {"name": row.name, "is_active": "on", "max_calls": "0"}))
