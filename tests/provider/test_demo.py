"""Demo data: written once, complete, and left alone ever after."""

import json
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings

from accounts.choices import Role
from accounts.models import ApiToken, Customer, Reseller, User
from numbering.formats import NumberKind, to_e164
from numbering.models import DialSettings, NumberAssignment, PhoneNumber
from provider import demo
from provider.run.address import Address
from provider.run.environment import Environment
from sipedge.auth.ha1 import Ha1Set
from subscribers.actions import rotate_credential
from subscribers.models import Domain, SipCredential, Subscriber
from subscribers.secrets import decrypt
from tests.factories.accounts import ResellerFactory
from trunking.models import Gateway, GatewaySource, Route

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _quick_hashes(settings: Any) -> None:
    """Argon2 is slow on purpose, and here each test hashes anew."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    given: Environment = django_settings.ENVIRONMENT
    return replace(
        given,
        data_dir=tmp_path,
        sip_bind=Address("127.0.0.1", 5070),
        public_url="http://127.0.0.1:8080",
    )


@pytest.fixture
def known(environment: Environment) -> dict[str, Any]:
    """What demo.json holds after the first start."""
    demo.ensure_demo(environment)
    return _known(environment)


def _known(environment: Environment) -> dict[str, Any]:
    contents: dict[str, Any] = json.loads((environment.data_dir / "demo.json").read_text())
    return contents


def _shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _shape(part) for key, part in value.items()}
    return [_shape(part) for part in value] if isinstance(value, list) else type(value)


def test_the_file_has_the_contracts_shape(known: dict[str, Any]) -> None:
    login = {"url": str, "username": str, "password": str}
    phone = {"username": str, "domain": str, "password": str, "numbers": [str]}
    assert _shape(known) == {
        "panel": login,
        "portal": login,
        "api": {"url": str, "token": str},
        "sip": {"host": str, "port": int, "domain": str},
        "subscribers": [phone, phone],
        "gateway": {"name": str, "source": str, "port": int},
    }


def test_the_file_says_what_the_contract_says(known: dict[str, Any]) -> None:
    assert known["panel"]["url"] == "http://127.0.0.1:8080/admin/"
    assert (known["portal"]["url"], known["portal"]["username"]) == ("http://127.0.0.1:8080/", "alice")
    assert known["api"]["url"] == "http://127.0.0.1:8080/api/v1/"
    assert known["sip"] == {"host": "127.0.0.1", "port": 5070, "domain": "localhost"}
    assert known["gateway"] == {"name": "Demo PSTN gateway", "source": "127.0.0.2", "port": 5070}
    phones = {(phone["username"], phone["domain"], *phone["numbers"]) for phone in known["subscribers"]}
    assert phones == {("alice", "localhost", "+4311001"), ("bob", "localhost", "+4311002")}


def test_nobody_else_can_read_the_file(known: dict[str, Any], environment: Environment) -> None:
    assert stat.S_IMODE((environment.data_dir / "demo.json").stat().st_mode) == 0o600


def test_the_logins_work(known: dict[str, Any]) -> None:
    admin, portal = (User.objects.get(username=known[part]["username"]) for part in ("panel", "portal"))
    assert admin.check_password(known["panel"]["password"])
    assert (admin.role, admin.is_staff, admin.is_superuser) == (Role.ADMIN, True, True)
    assert portal.check_password(known["portal"]["password"])
    assert set(Subscriber.objects.visible_to(portal)) == {
        Subscriber.objects.get(domain__name="localhost", username="alice")
    }
    assert ApiToken.objects.usable().get().user.role == Role.RESELLER


def test_the_phones_passwords_are_kept_as_ha1(known: dict[str, Any]) -> None:
    for phone in known["subscribers"]:
        (credential,) = SipCredential.objects.filter(
            subscriber__username=phone["username"], subscriber__domain__name=phone["domain"]
        )
        assert decrypt(credential.secret) == Ha1Set.from_password(phone["username"], phone["domain"], phone["password"])


def test_the_domain_is_reached_by_the_servers_address_too(known: dict[str, Any]) -> None:
    domain = Domain.objects.get(is_default=True)
    assert set(domain.names.values_list("name", flat=True)) == {"localhost", "127.0.0.1"}


def test_there_is_an_own_number_that_nobody_has(known: dict[str, Any]) -> None:
    assert "+4311003" in PhoneNumber.objects.unassigned().values_list("e164", flat=True)
    assert NumberAssignment.objects.current().filter(is_main=True).count() == Subscriber.objects.count()


def test_the_gateway_is_trusted_by_its_address_and_takes_all_calls_out(known: dict[str, Any]) -> None:
    gateway = Gateway.objects.get()
    assert (gateway.name, gateway.host, gateway.port, gateway.transport) == (
        "Demo PSTN gateway",
        "127.0.0.2",
        5070,
        "udp",
    )
    assert [source.network for source in GatewaySource.objects.all()] == ["127.0.0.2/32"]
    assert [(route.gateway, route.prefix, route.is_active) for route in Route.objects.all()] == [(gateway, "", True)]


@pytest.mark.parametrize("dialled", ["+4311001", "004311001", "011001", "4311001"])
def test_the_gateway_and_both_domains_write_as_in_austria(known: dict[str, Any], dialled: str) -> None:
    rows = [Gateway.objects.get().number_format, *(row.number_format for row in DialSettings.objects.all())]
    assert len(rows) == 3
    for row in rows:
        assert row is not None
        assert row.plan == "at"
        assert to_e164("133", row.value).kind is NumberKind.EMERGENCY
        assert to_e164(dialled, row.value).e164 == "+4311001"


def test_a_leak_between_the_two_resellers_could_be_seen(known: dict[str, Any]) -> None:
    token_user = ApiToken.objects.get().user
    other = Reseller.objects.exclude(pk=token_user.reseller_id).get()
    assert other.subscribers.filter(username="alice").exists()
    assert other.numbers.exists()
    assert not Subscriber.objects.visible_to(token_user).filter(reseller=other).exists()


def test_no_two_installations_share_a_secret(known: dict[str, Any], environment: Environment) -> None:
    for model in (User, Route, Gateway, NumberAssignment, DialSettings, Subscriber, Domain, Customer, PhoneNumber):
        model.objects.all().delete()
    Reseller.objects.all().delete()
    Gateway._meta.get_field("carrier").related_model.objects.all().delete()
    Gateway._meta.get_field("number_format").related_model.objects.all().delete()
    demo.ensure_demo(environment)
    again = _known(environment)
    assert not _secrets(again) & _secrets(known)


def _secrets(known: dict[str, Any]) -> set[str]:
    phones = {phone["password"] for phone in known["subscribers"]}
    return {known["panel"]["password"], known["portal"]["password"], known["api"]["token"]} | phones


def test_a_second_start_changes_nothing(known: dict[str, Any], environment: Environment) -> None:
    file = environment.data_dir / "demo.json"
    before = file.stat().st_mtime_ns
    Subscriber.objects.filter(username="bob").update(display_name="Robert")
    Route.objects.all().delete()
    demo.ensure_demo(environment)
    assert file.stat().st_mtime_ns == before
    assert _known(environment) == known
    assert Subscriber.objects.get(username="bob").display_name == "Robert"
    assert not Route.objects.exists()


def test_a_start_at_other_addresses_says_so_and_moves_the_gateway(
    known: dict[str, Any], environment: Environment
) -> None:
    moved = replace(environment, sip_bind=Address("0.0.0.0", 5080), public_url="https://voip.example.org")
    demo.ensure_demo(moved)
    new = _known(moved)
    assert new["sip"] == {"host": "127.0.0.1", "port": 5080, "domain": "localhost"}
    assert new["gateway"]["port"] == Gateway.objects.get().port == 5080
    assert new["api"] == {"url": "https://voip.example.org/api/v1/", "token": known["api"]["token"]}
    assert _secrets(new) == _secrets(known)


def test_a_gateway_that_was_pointed_elsewhere_stays_there(known: dict[str, Any], environment: Environment) -> None:
    Gateway.objects.update(host="192.0.2.1", port=5099)
    demo.ensure_demo(replace(environment, sip_bind=Address("127.0.0.1", 5080)))
    assert (Gateway.objects.get().host, Gateway.objects.get().port) == ("192.0.2.1", 5099)


def test_a_database_with_somebodys_data_gets_no_demo(environment: Environment) -> None:
    ResellerFactory()
    demo.ensure_demo(environment)
    assert not (environment.data_dir / "demo.json").exists()
    assert not User.objects.exists()
    assert demo.logins_that_hold(environment) == []


def test_a_lost_or_broken_file_is_not_made_again(known: dict[str, Any], environment: Environment) -> None:
    file = environment.data_dir / "demo.json"
    for contents in ("", "[]", '{"panel": {}}'):
        file.write_text(contents)
        demo.ensure_demo(environment)
        assert file.read_text() == contents
        assert demo.logins_that_hold(environment) == []


def test_all_logins_hold_at_first(known: dict[str, Any], environment: Environment) -> None:
    rows = demo.logins_that_hold(environment)
    assert [row["what"] for row in rows] == [
        "Admin panel",
        "Customer portal",
        "REST API",
        "SIP phone +4311001",
        "SIP phone +4311002",
    ]
    shown = " ".join(row["login"] for row in rows)
    assert all(secret in shown for secret in _secrets(known))


def test_a_login_that_was_changed_is_not_shown(known: dict[str, Any], environment: Environment) -> None:
    admin = User.objects.get(username="admin")
    admin.set_password("another password")
    admin.save()
    User.objects.filter(username="alice").update(is_active=False)
    ApiToken.objects.all().delete()
    rotate_credential(SipCredential.objects.get(subscriber__username="bob"))
    assert [row["login"].split(" ")[0] for row in demo.logins_that_hold(environment)] == ["alice"]
    SipCredential.objects.update(secret="unreadable")
    assert demo.logins_that_hold(environment) == []
