"""Two resellers with the same things under the same names, so that a leak between them shows itself."""

from dataclasses import dataclass
from typing import Any

from accounts.actions import create_token
from accounts.choices import Scope
from accounts.models import ApiToken, Customer, Reseller, User
from calls.models import Call
from numbering.actions import assign_number
from numbering.models import NumberAssignment, NumberFormat, PhoneNumber
from subscribers.actions import add_credential
from subscribers.models import Binding, Domain, SipCredential, Subscriber
from tests.factories.accounts import CustomerFactory, ResellerFactory, UserFactory
from tests.factories.calls import call_between
from tests.factories.numbering import DialSettingsFactory, NumberFormatFactory, PhoneNumberFactory
from tests.factories.replay import Replay
from tests.factories.subscribers import BindingFactory, DomainFactory, SubscriberFactory


@dataclass(frozen=True, slots=True)
class Side:
    """All that one reseller has. alice and bob are of one customer; `free_number` is nobody's."""

    reseller: Reseller
    customer: Customer
    domain: Domain
    alice: Subscriber
    bob: Subscriber
    alice_password: str
    alice_credential: SipCredential
    bob_password: str
    bob_credential: SipCredential
    alice_number: PhoneNumber
    bob_number: PhoneNumber
    free_number: PhoneNumber
    alice_assignment: NumberAssignment
    bob_assignment: NumberAssignment
    alice_binding: Binding
    bob_binding: Binding
    call: Call
    ended_call: Call
    reseller_user: User
    customer_user: User
    reseller_token: ApiToken
    reseller_token_text: str
    customer_token: ApiToken
    customer_token_text: str


@dataclass(frozen=True, slots=True)
class TwoResellers:
    """Both sides, and the administrator over them."""

    a: Side
    b: Side
    admin: User
    admin_token: ApiToken
    admin_token_text: str


def make_two_resellers() -> TwoResellers:
    """Make both resellers and the administrator (the fixture `two_resellers`)."""
    number_format = NumberFormatFactory(name="Austria")
    admin = UserFactory(admin=True, username="admin")
    admin_token, admin_token_text = create_token(admin, "test", [Scope.READ, Scope.WRITE])
    return TwoResellers(
        a=make_side("a", "+4311", number_format),
        b=make_side("b", "+4312", number_format),
        admin=admin,
        admin_token=admin_token,
        admin_token_text=admin_token_text,
    )


def make_side(name: str, prefix: str, number_format: NumberFormat) -> Side:
    """Make a reseller `name` whose numbers begin with `prefix`, such as +4311."""
    reseller = ResellerFactory(name=f"Reseller {name}")
    customer = CustomerFactory(reseller=reseller, name="Customer")
    domain = DomainFactory(reseller=reseller, name=f"{name}.example.org")
    DialSettingsFactory(domain=domain, number_format=number_format)
    numbers = [PhoneNumberFactory(reseller=reseller, e164=f"{prefix}00{digit}") for digit in (1, 2, 3)]
    alice = _subscriber(domain, customer, "alice", numbers[0])
    bob = _subscriber(domain, customer, "bob", numbers[1])
    return Side(
        reseller=reseller,
        customer=customer,
        domain=domain,
        free_number=numbers[2],
        call=call_between(alice["alice"], bob["bob"]),
        ended_call=call_between(bob["bob"], alice["alice"], ended=True),
        **alice,
        **bob,
        **_user("reseller", UserFactory(for_reseller=True, reseller=reseller, username=f"reseller-{name}")),
        **_user("customer", UserFactory(customer=customer, username=f"customer-{name}")),
    )


def _subscriber(domain: Domain, customer: Customer, username: str, number: PhoneNumber) -> dict[str, Any]:
    """Make a subscriber with all that belongs to it; return the fields of Side about it."""
    subscriber = SubscriberFactory(domain=domain, customer=customer, username=username, display_name=username.title())
    credential, password = add_credential(subscriber)
    return {
        username: subscriber,
        f"{username}_password": password,
        f"{username}_credential": credential,
        f"{username}_number": number,
        f"{username}_assignment": assign_number(number, subscriber),
        f"{username}_binding": BindingFactory(subscriber=subscriber),
    }


def _user(role: str, user: User) -> dict[str, Any]:
    """Give somebody a token; return the fields of Side about them. A customer's token may only read."""
    scopes = [Scope.READ] if role == "customer" else [Scope.READ, Scope.WRITE]
    token, text = create_token(user, "test", scopes)
    return {f"{role}_user": user, f"{role}_token": token, f"{role}_token_text": text}


put_back_two_resellers = Replay(make_two_resellers)
"""The same in a tenth of the time, for tests that are rolled back."""
