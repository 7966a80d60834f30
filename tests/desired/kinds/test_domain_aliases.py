"""Further names of domains, in a document."""

from typing import Any

from subscribers.models import DomainName
from tests.desired.documents import apply, faults, plan, rows, state
from tests.factories.subscribers import DomainFactory
from tests.factories.two_resellers import TwoResellers

SIP = "sip.a.example.org"


def _alias(name: str = SIP, domain: str = "a.example.org", **members: Any) -> list[dict[str, Any]]:
    return [{"name": name, "domain": domain, **members}]


def test_one_is_made_moved_and_goes(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    made = apply(
        side,
        domains=[{"name": "new.example.org"}],
        domain_aliases=[*_alias("SIP.A.example.org"), *_alias("x.example.org", "New.example.org")],
    )
    assert made == {
        ("create", "domain", "new.example.org"): made["create", "domain", "new.example.org"],
        ("create", "domain_alias", SIP): {"domain": (None, "a.example.org")},
        ("create", "domain_alias", "x.example.org"): {"domain": (None, "new.example.org")},
    }
    stood = rows()
    assert apply(side, domain_aliases=_alias()) == apply(side, domain_aliases=[{"name": SIP}]) == {}
    assert rows() == stood
    assert [one["name"] for one in state(side)["domain_aliases"]] == [SIP, "x.example.org"]
    moved = _alias(domain="new.example.org")
    assert (
        plan(side, domain_aliases=moved)
        == apply(side, domain_aliases=moved)
        == {("change", "domain_alias", SIP): {"domain": ("a.example.org", "new.example.org")}}
    )
    assert DomainName.objects.get(name=SIP).domain.name == "new.example.org"
    gone = [{"name": SIP, "state": "absent"}]
    assert list(apply(side, domain_aliases=gone)) == [("remove", "domain_alias", SIP)]
    assert plan(side, domain_aliases=gone) == {}


def test_they_go_with_their_domain_and_the_plan_says_so(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    apply(side, domains=[{"name": "new.example.org"}], domain_aliases=_alias(domain="new.example.org"))
    gone = apply(side, domains=[{"name": "new.example.org", "state": "absent"}])
    assert list(gone) == [("remove", "domain_alias", SIP), ("remove", "domain", "new.example.org")]


def test_a_complete_section_is_of_the_domains_that_are_named(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    other = DomainFactory(reseller=side.reseller)
    for name, domain in ((SIP, side.domain), ("o.example.org", other), ("t.example.org", two_resellers.b.domain)):
        DomainName.objects.create(name=name, domain=domain)
    assert list(plan(side, prune=["domain_aliases"], domains=[{"name": "a.example.org"}])) == [
        ("remove", "domain_alias", SIP)
    ]
    assert faults(side, prune=["domain_aliases"]) == {"/prune/0": "required"}


def test_what_can_be_wrong(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    DomainName.objects.create(name="taken.example.org", domain=two_resellers.b.domain)
    wrong = faults(
        side,
        domain_aliases=[
            *_alias("taken.example.org"), *_alias("b.example.org"), *_alias("a.example.org"), *_alias("192.0.2.1"),
            *_alias("localhost"), *_alias("y.example.org", "b.example.org"), *_alias("z.example.org", "nobody.example"),
            {"name": "w.example.org"},
        ],
    )  # fmt: skip
    assert wrong == {
        "/domain_aliases/0/name": "unique", "/domain_aliases/1/name": "unique", "/domain_aliases/2/name": "unique",
        "/domain_aliases/3/name": "not_yours", "/domain_aliases/4/name": "not_yours",
        "/domain_aliases/5/domain": "does_not_exist", "/domain_aliases/6/domain": "does_not_exist",
        "/domain_aliases/7/domain": "required",
    }  # fmt: skip
    # Another's alias is as one that is not there, and a domain's own name is no alias.
    for name in ("taken.example.org", "a.example.org", "nobody.example"):
        assert plan(side, domain_aliases=[{"name": name, "state": "absent"}]) == {}
    both = [{"name": "q.example.org"}]
    assert faults(side, domains=both, domain_aliases=_alias("q.example.org")) == {"/domain_aliases/0/name": "unique"}
