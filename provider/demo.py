"""Demo data: what the first start writes, so that the first call can be made at once.

Everything random (passwords, the API token) stands in `$DATA_DIR/demo.json` (mode 0600) and nowhere else in
clear text. Later starts change nothing in the database but the demo gateway's port, when SIP_BIND moved.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.db import transaction

from accounts.actions import create_token
from accounts.choices import Role, Scope
from accounts.models import ApiToken, Customer, Reseller, User
from accounts.sealing import SecretError
from accounts.tokens import hash_token
from numbering.actions import assign_number
from numbering.models import DialSettings, NumberFormat, PhoneNumber
from numbering.shipped import ensure_shipped_formats
from provider.run.environment import Environment
from provider.run.keys import write_private
from sipedge.auth.ha1 import Ha1Set
from subscribers.actions import add_credential, create_subscriber
from subscribers.models import Domain, DomainName, Subscriber
from subscribers.secrets import decrypt, new_password
from trunking.models import Carrier, Gateway, GatewaySource, Route

FILE_NAME = "demo.json"
DOMAIN = "localhost"  # any softphone on this machine reaches it with nothing to configure
DOMAIN_ALIAS = "127.0.0.1"
GATEWAY_NAME = "Demo PSTN gateway"
GATEWAY_ADDRESS = "127.0.0.2"  # nothing else on loopback is trusted
PHONES = {"alice": "+4311001", "bob": "+4311002"}
FREE_NUMBERS = ("+4311003", "+4311004", "+4311005")  # own numbers that nobody has: 404
OTHER_DOMAIN = "second.localhost"
OTHER_PHONES = {"alice": "+4312001", "carol": "+4312002"}


def ensure_demo(environment: Environment) -> None:
    """Write the demo data into an empty database; later, bring addresses in demo.json up to date.

    A database that holds anything of somebody's own is left alone.
    """
    file = environment.data_dir / FILE_NAME
    with transaction.atomic():
        if is_empty():
            # Before the commit: without the file nobody would know the passwords.
            _write(file, _create(environment))
        elif (known := _read(file)) is not None:
            _follow(environment, file, known)


def is_empty() -> bool:
    """Tell whether nobody has put anything into the database yet."""
    return not any(model.objects.exists() for model in (User, Reseller, Domain, Carrier))


def logins_that_hold(environment: Environment) -> list[dict[str, str]]:
    """Return rows `what`, `where`, `login` of the demo logins that still work, for the printed table."""
    known = _read(environment.data_dir / FILE_NAME)
    if known is None:
        return []
    rows = []
    for what, part in (("Admin panel", known["panel"]), ("Customer portal", known["portal"])):
        if _user_holds(part["username"], part["password"]):
            rows.append(_row(what, part["url"], f"{part['username']} / {part['password']}"))
    if ApiToken.objects.usable().filter(token_hash=hash_token(known["api"]["token"])).exists():
        rows.append(_row("REST API", known["api"]["url"], known["api"]["token"]))
    for phone in known["subscribers"]:
        if _phone_holds(phone):
            what = f"SIP phone {', '.join(phone['numbers'])}"
            where = f"sip:{phone['username']}@{phone['domain']}"
            rows.append(_row(what, where, f"{phone['username']} / {phone['password']}"))
    return rows


def _row(what: str, where: str, login: str) -> dict[str, str]:
    return {"what": what, "where": where, "login": login}


def _user_holds(username: str, password: str) -> bool:
    user = User.objects.filter(username=username, is_active=True).first()
    return user is not None and user.check_password(password)


def _phone_holds(phone: dict[str, Any]) -> bool:
    subscriber = Subscriber.objects.filter(domain__name=phone["domain"], username=phone["username"]).first()
    if subscriber is None:
        return False
    shown = Ha1Set.from_password(phone["username"], phone["domain"], phone["password"])
    return any(_opens(credential.secret, shown) for credential in subscriber.credentials.all())


def _opens(secret: str, shown: Ha1Set) -> bool:
    try:
        return decrypt(secret) == shown
    except SecretError:
        return False


def _create(environment: Environment) -> dict[str, Any]:
    """Write all rows; return the contents of demo.json."""
    admin_password = new_password()
    User.objects.create_superuser("admin", password=admin_password)
    ensure_shipped_formats()
    austria = NumberFormat.objects.get(shipped="at")
    _create_gateway(austria, environment.sip_bind.port)
    reseller = Reseller.objects.create(name="Demo reseller")
    domain = _create_domain(reseller, DOMAIN, austria, is_default=True)
    DomainName.objects.create(domain=domain, name=DOMAIN_ALIAS)
    phones = [_create_phone(domain, username, e164) for username, e164 in PHONES.items()]
    PhoneNumber.objects.bulk_create(PhoneNumber(reseller=reseller, e164=e164) for e164 in FREE_NUMBERS)
    portal_password = new_password()
    User.objects.create_user(
        "alice", password=portal_password, role=Role.CUSTOMER, customer=Customer.objects.get(name="Alice")
    )
    token = _create_reseller_user(reseller, "reseller")
    _create_other_reseller(austria)
    known = {
        "panel": {"username": "admin", "password": admin_password},
        "portal": {"username": "alice", "password": portal_password},
        "api": {"token": token},
        "subscribers": phones,
    }
    return _with_addresses(known, environment)


def _create_gateway(number_format: NumberFormat, port: int) -> None:
    carrier = Carrier.objects.create(name="Demo carrier")
    gateway = Gateway.objects.create(
        carrier=carrier, name=GATEWAY_NAME, host=GATEWAY_ADDRESS, port=port, number_format=number_format
    )
    GatewaySource.objects.create(gateway=gateway, network=GATEWAY_ADDRESS)
    Route.objects.create(gateway=gateway, prefix="")


def _create_domain(reseller: Reseller, name: str, number_format: NumberFormat, *, is_default: bool = False) -> Domain:
    domain = Domain.objects.create(reseller=reseller, name=name, is_default=is_default)
    DialSettings.objects.create(domain=domain, number_format=number_format)
    return domain


def _create_phone(domain: Domain, username: str, e164: str) -> dict[str, Any]:
    """Make a subscriber with a customer of its own, a credential and a number; return its part of demo.json."""
    name = username.capitalize()
    customer = Customer.objects.create(reseller=domain.reseller, name=name)
    subscriber = create_subscriber(domain, customer, username, display_name=name)
    _, password = add_credential(subscriber, "demo phone")
    assign_number(PhoneNumber.objects.create(reseller=domain.reseller, e164=e164), subscriber)
    return {"username": username, "domain": domain.name, "password": password, "numbers": [e164]}


def _create_reseller_user(reseller: Reseller, username: str) -> str:
    """Make somebody of the reseller, who has no password until an administrator sets one; return an API token."""
    user = User.objects.create_user(username, role=Role.RESELLER, reseller=reseller)
    _, text = create_token(user, "demo", [Scope.READ, Scope.WRITE])
    return text


def _create_other_reseller(number_format: NumberFormat) -> None:
    """Make a second reseller, whom the first one must never see."""
    reseller = Reseller.objects.create(name="Second reseller")
    domain = _create_domain(reseller, OTHER_DOMAIN, number_format)
    for username, e164 in OTHER_PHONES.items():
        _create_phone(domain, username, e164)
    User.objects.create_user("second", role=Role.RESELLER, reseller=reseller)


def _with_addresses(known: dict[str, Any], environment: Environment) -> dict[str, Any]:
    """Return demo.json's contents with the addresses that follow from the environment."""
    public, sip = environment.public_url, environment.sip_bind
    return known | {
        "panel": {**known["panel"], "url": f"{public}/admin/"},
        "portal": {**known["portal"], "url": f"{public}/"},
        "api": {**known["api"], "url": f"{public}/api/v1/"},
        "sip": {"host": sip.reachable_host, "port": sip.port, "domain": DOMAIN},
        "gateway": {"name": GATEWAY_NAME, "source": GATEWAY_ADDRESS, "port": sip.port},
    }


def _follow(environment: Environment, file: Path, known: dict[str, Any]) -> None:
    """Bring the addresses of a later start into demo.json, and the port into the demo gateway.

    A gateway that somebody has pointed elsewhere since stays as it is.
    """
    new = _with_addresses(known, environment)
    if new == known:
        return
    ours = Gateway.objects.filter(name=GATEWAY_NAME, host=GATEWAY_ADDRESS, port=known["gateway"]["port"])
    ours.update(port=environment.sip_bind.port)
    _write(file, new)


def _read(file: Path) -> dict[str, Any] | None:
    """Return what demo.json holds; None where it is missing or is not what we wrote."""
    try:
        known = json.loads(file.read_text())
    except (FileNotFoundError, ValueError):
        return None
    parts = {"panel", "portal", "api", "sip", "subscribers", "gateway"}
    return known if isinstance(known, dict) and parts <= known.keys() else None


def _write(file: Path, contents: dict[str, Any]) -> None:
    write_private(file, json.dumps(contents, indent=2) + "\n")
