"""What stands is walked in parts, in one order, and none twice."""

from desired.kinds.all import NAMES
from desired.state import Part, Place, written
from subscribers.models import DomainName
from tests.factories.accounts import CustomerFactory
from tests.factories.numbering import DialSettingsFactory
from tests.factories.subscribers import SubscriberFactory
from tests.factories.two_resellers import TwoResellers


def _all(part: Part, size: int) -> list[tuple[str, str]]:
    place: Place | None = Place()
    found = []
    while place is not None:
        some, place = written(part, place, size, NAMES)
        found += [(kind, key) for kind, rows in some.items() for key in rows]
    return found


def test_none_is_left_out_or_written_twice(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    for n in range(7):
        CustomerFactory(reseller=side.reseller, name=f"Customer {n}")
        # The same user name in another domain: the order goes on by the key.
        SubscriberFactory(domain__reseller=side.reseller, customer=side.customer, username="alice")
    part = Part(side.reseller)
    whole = _all(part, 500)
    assert len(whole) == len(set(whole)) == 8 + 8 + 1 + 9 + 2 + 3
    for size in (1, 2, 3, 8, 20):
        assert sorted(_all(part, size)) == sorted(whole)


def test_nothing_of_another_reseller_is_in_it(two_resellers: TwoResellers) -> None:
    for part in (
        Part(two_resellers.a.reseller, customer=two_resellers.b.customer),
        Part(two_resellers.a.reseller, domain=two_resellers.b.domain),
    ):
        assert _all(part, 500) == []


def test_only_the_kinds_that_are_wanted_are_read(two_resellers: TwoResellers) -> None:
    found, place = written(Part(two_resellers.a.reseller), Place(), 1, {"credential"})
    assert (list(found["credential"]), place is not None) == (["alice@a.example.org#1"], True)


def test_what_belongs_to_two_kinds_is_written_with_each(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    DialSettingsFactory(domain=None, subscriber=side.bob, number_format=side.domain.dial_settings.number_format)
    DomainName.objects.create(domain=side.domain, name="sip.a.example.org")
    wanted = {"dial_settings", "domain_alias"}
    whole = [("domain_alias", "sip.a.example.org"), ("dial_settings", "a.example.org"), ("dial_settings", side.bob.aor)]
    found, place = written(Part(side.reseller), Place(), 500, wanted)
    assert place is None
    assert [(kind, key) for kind, rows in found.items() for key in rows] == whole
    place = Place()
    some = []
    while place is not None:
        found, place = written(Part(side.reseller), place, 1, wanted)
        some += [(kind, key) for kind, rows in found.items() for key in rows]
    assert some == whole
