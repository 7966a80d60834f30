"""Domains of a document."""

from subscribers.models import Domain
from tests.desired.documents import apply, faults, plan
from tests.factories.two_resellers import TwoResellers


def test_one_is_made_with_who_lives_there_and_goes(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    made = apply(
        side,
        domains=[{"name": "New.Example.org", "digest_algorithm": "SHA-256"}],
        subscribers=[{"aor": "x@new.example.org", "customer": "Customer"}],
    )
    assert list(made) == [("create", "domain", "new.example.org"), ("create", "subscriber", "x@new.example.org")]
    changed = apply(side, domains=[{"name": "new.example.org", "is_active": False}])
    assert changed == {("change", "domain", "new.example.org"): {"is_active": (True, False)}}
    gone = {"name": "new.example.org", "state": "absent"}
    assert faults(side, domains=[gone]) == {"/domains/0": "in_use"}
    apply(side, domains=[gone], subscribers=[{"aor": "x@new.example.org", "state": "absent"}])
    assert plan(side, domains=[gone]) == {}


def test_a_name_is_a_host_and_nobody_elses(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    wrong = faults(side, domains=[{"name": "b.example.org"}, {"name": "192.0.2.1"}, {"name": "localhost"}])
    assert wrong["/domains/0/name"] == "invalid" or wrong["/domains/0/name"] == "unique"
    assert wrong["/domains/1/name"] == wrong["/domains/2/name"] == "not_yours"
    assert list(faults(side, domains=[{"name": "no host"}])) == ["/domains/0/name"]
    assert Domain.objects.get(name="b.example.org").reseller == two_resellers.b.reseller
    wrong = faults(side, domains=[{"name": "localhost"}], subscribers=[{"aor": "x@localhost", "customer": "Customer"}])
    assert wrong == {"/domains/0/name": "not_yours"}


def test_the_default_domain_stays(two_resellers: TwoResellers) -> None:
    Domain.objects.create(reseller=two_resellers.a.reseller, name="main.example.org", is_default=True)
    wrong = faults(two_resellers.a, domains=[{"name": "main.example.org", "state": "absent"}])
    assert wrong == {"/domains/0": "is_default"}
