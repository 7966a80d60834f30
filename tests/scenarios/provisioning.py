"""What a scenario with a database of its own begins with: a domain, a gateway, subscribers and their numbers."""

from dataclasses import dataclass

from numbering.actions import assign_number
from numbering.models import DialSettings, NumberFormat, PhoneNumber
from sipedge.auth.ha1 import Ha1Set
from subscribers.actions import add_credential
from subscribers.models import Domain, SipCredential, Subscriber
from subscribers.secrets import encrypt, new_password
from tests.factories.accounts import CustomerFactory
from tests.factories.subscribers import DomainFactory, SubscriberFactory
from tests.factories.trunking import GatewayFactory, GatewaySourceFactory, RouteFactory
from tests.ports import GATEWAY
from tests.scenarios.sip_message import Account

DOMAIN = "localhost"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One domain, and a gateway at 127.0.0.2 that takes all calls that are not for its subscribers."""

    domain: Domain

    def phone(self, username: str, e164: str = "") -> Account:
        """A new subscriber with a credential, and with a number if one is given."""
        subscriber = SubscriberFactory(domain=self.domain, username=username)
        _, password = add_credential(subscriber)
        if e164:
            assign_number(PhoneNumber.objects.create(reseller=self.domain.reseller, e164=e164), subscriber)
        return Account(username, password, self.domain.name)

    def phones(self, count: int) -> list[Account]:
        """Many new subscribers of one customer, written at once."""
        customer = CustomerFactory(reseller=self.domain.reseller)
        accounts = [Account(f"phone{number}", new_password(), self.domain.name) for number in range(count)]
        subscribers = Subscriber.objects.bulk_create(
            Subscriber(domain=self.domain, reseller=self.domain.reseller, customer=customer, username=account.username)
            for account in accounts
        )
        SipCredential.objects.bulk_create(
            SipCredential(subscriber=subscriber, slot=1, secret=_secret_of(account))
            for subscriber, account in zip(subscribers, accounts, strict=True)
        )
        return accounts


def make_exchange(gateway_port: int) -> Exchange:
    """Domain `localhost`, Austrian numbers, and the gateway."""
    of_vienna = {"country_code": "43", "area_code": "1"}
    austria, _ = NumberFormat.objects.update_or_create(name="Austria", defaults=of_vienna)
    domain = DomainFactory(name=DOMAIN, is_default=True)
    DialSettings.objects.create(domain=domain, number_format=austria)
    gateway = GatewayFactory(host=GATEWAY, port=gateway_port, number_format=austria)
    GatewaySourceFactory(gateway=gateway, network=GATEWAY)
    RouteFactory(gateway=gateway, prefix="")
    return Exchange(domain)


def _secret_of(account: Account) -> str:
    return encrypt(Ha1Set.from_password(account.username, account.domain, account.password))
