"""Domains and their aliases by the API: names that exist once over all, and whose they are is told to nobody."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from subscribers.api import domains
from subscribers.models import Domain, DomainName
from tests.contracts.asking import row
from tests.factories.subscribers import DomainFactory, DomainNameFactory
from tests.factories.two_resellers import TwoResellers
from tests.provider.api.asking import ask, refused_fields, rows, send

pytestmark = pytest.mark.usefixtures("redis_url")

ANY = {"If-Match": "*"}


def test_a_domain_is_found_by_its_alias_too(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    DomainName.objects.create(domain=side.domain, name="alias.example.org")
    for name in ("a.example.org", "alias.example.org"):
        (row,) = rows(side.reseller_token_text, "domains/", name=name)
        assert row["names"] == ["a.example.org", "alias.example.org"]
    assert rows(two_resellers.b.reseller_token_text, "domains/", name="alias.example.org") == []


def test_a_domain_is_made_of_whatever_names_it(two_resellers: TwoResellers) -> None:
    token = two_resellers.a.reseller_token_text
    made = send("POST", token, "domains/", {"name": "B\u00fccher.Example.ORG", "digest_algorithm": "SHA-256"})
    assert made.status_code == 201, made.content
    body = made.json()
    assert (body["name"], body["names"]) == ("xn--bcher-kva.example.org", ["xn--bcher-kva.example.org"])
    assert (body["reseller"], body["is_default"]) == (str(two_resellers.a.reseller.uid), False)
    assert row("edge_domain", name=body["name"])["digest_algorithm"] == "SHA-256"
    for again in ("bu\u0308cher.example.org", "b\u00fccher\uff0eexample\u3002org", "XN--BCHER-KVA.example.org"):
        assert refused_fields(send("POST", token, "domains/", {"name": again})) == {"name": "unique"}
    other = send("POST", token, "domains/", {"name": "b\u0443cher.example.org"})  # a Cyrillic letter
    assert (other.status_code, other.json()["name"][:4]) == (201, "xn--")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "blank"),
        ("under_score.example.org", "invalid"),
        ("a..example.org", "invalid"),
        ("single", "invalid"),
        ("-a.example.org", "invalid"),
        ("stra\u00dfe.example.org", "invalid"),
        ("192.0.2.1", "not_yours"),
        ("LocalHost", "not_yours"),
        ("x." * 126 + "org", "max_length"),
        (f"{'x' * 64}.example.org", "invalid"),
        ("\ufffd.example.org", "invalid"),
    ],
)
def test_names_that_are_none(two_resellers: TwoResellers, name: str, code: str) -> None:
    before = Domain.objects.count()
    assert refused_fields(send("POST", two_resellers.a.reseller_token_text, "domains/", {"name": name})) == {
        "name": code
    }
    assert Domain.objects.count() == before


@pytest.mark.parametrize("what", ["domains", "domain-aliases"])
@pytest.mark.parametrize("taken_as", ["name", "alias"])
def test_that_a_name_is_taken_is_said_and_not_by_whom(two_resellers: TwoResellers, what: str, taken_as: str) -> None:
    a, b = two_resellers.a, two_resellers.b
    told = []
    for side in (a, b):
        alias = DomainNameFactory(domain=side.domain, name=f"alias-{side.domain.name}")
        name = side.domain.name if taken_as == "name" else alias.name
        sent = {"name": name.upper(), "domain": str(a.domain.uid)} if what == "domain-aliases" else {"name": name}
        ask(a.reseller_token_text, "domains/")
        with CaptureQueriesContext(connection) as queries:
            refused = send("POST", a.reseller_token_text, f"{what}/", sent)
        assert refused_fields(refused) == {"name": "unique"}
        told.append((refused.content, len(queries)))
    assert told[0] == told[1]
    assert b.reseller.name.encode() not in told[0][0]


def test_the_name_is_the_realm_and_stays(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    path = f"domains/{side.domain.uid}/"
    refused = send("PATCH", two_resellers.admin_token_text, path, {
        "name": "other.example.org", "reseller": str(two_resellers.b.reseller.uid),
    })  # fmt: skip
    assert refused_fields(refused) == {"name": "is_realm", "reseller": "fixed"}
    assert "realm" in refused.json()["errors"][0]["message"] + refused.json()["errors"][1]["message"]
    whole = ask(side.reseller_token_text, path).json()
    changed = send("PATCH", side.reseller_token_text, path, whole | {"strict_call_id": True, "is_active": False})
    assert changed.json() == whole | {"strict_call_id": True, "is_active": False}
    assert row("edge_domain", name="a.example.org")["is_active"] is False


def test_which_is_the_default_one_administrators_say(two_resellers: TwoResellers) -> None:
    a, b, admin = two_resellers.a, two_resellers.b, two_resellers.admin_token_text
    paths = [f"domains/{side.domain.uid}/" for side in (a, b)]
    mine = send("PATCH", a.reseller_token_text, paths[0], {"is_default": True})
    assert refused_fields(mine) == {"is_default": "role_not_allowed"}
    assert send("PATCH", admin, paths[0], {"is_default": True}).json()["is_default"] is True
    assert send("PATCH", admin, paths[1], {"is_default": True}).status_code == 400
    assert send("PATCH", a.reseller_token_text, paths[0], {"is_default": True}).status_code == 200  # as it stands
    empty = DomainFactory(reseller=a.reseller)
    Domain.objects.filter(is_default=True).update(is_default=False)
    Domain.objects.filter(pk=empty.pk).update(is_default=True)
    stays = send("DELETE", a.reseller_token_text, f"domains/{empty.uid}/", headers=ANY)
    assert (stays.status_code, stays.json()["code"]) == (409, "is_default")


def test_a_domain_goes_when_nobody_lives_there(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    path = f"domains/{side.domain.uid}/"
    used = send("DELETE", side.reseller_token_text, path, headers=ANY)
    assert (used.status_code, used.json()["code"]) == (409, "in_use")
    assert "2 subscribers" in used.json()["detail"]
    empty = DomainNameFactory(domain=DomainFactory(reseller=side.reseller)).domain
    assert send("DELETE", two_resellers.b.reseller_token_text, f"domains/{empty.uid}/", headers=ANY).status_code == 404
    assert send("DELETE", side.reseller_token_text, f"domains/{empty.uid}/", headers=ANY).status_code == 204
    assert not DomainName.objects.filter(domain_id=empty.pk).exists()


def test_an_alias_is_made_known_at_the_edge_and_removed(two_resellers: TwoResellers) -> None:
    side, other = two_resellers.a, two_resellers.b
    sent = {"domain": str(side.domain.uid), "name": "Phone.Example.NET"}
    made = send("POST", side.reseller_token_text, "domain-aliases/", sent)
    assert made.status_code == 201, made.content
    assert made.json() == {"id": made.json()["id"], "domain": str(side.domain.uid), "name": "phone.example.net"}
    assert _names(side.domain) == {"a.example.org", "phone.example.net"}
    assert rows(side.customer_token_text, "domain-aliases/", domain=side.domain.uid) == [made.json()]
    path = f"domain-aliases/{made.json()['id']}/"
    assert send("DELETE", other.reseller_token_text, path, headers=ANY).status_code == 404
    assert send("DELETE", side.reseller_token_text, path).status_code == 428
    gone = send("DELETE", side.reseller_token_text, path, headers={"If-Match": made.headers["ETag"]})
    assert (gone.status_code, _names(side.domain)) == (204, {"a.example.org"})


def test_a_domains_own_name_is_no_alias(two_resellers: TwoResellers) -> None:
    primary = two_resellers.a.domain.names.get()
    path = f"domain-aliases/{primary.uid}/"
    for method in ("GET", "DELETE"):
        answer = send(method, two_resellers.admin_token_text, path, headers=ANY)
        assert answer.status_code == 404
    assert rows(two_resellers.admin_token_text, "domain-aliases/") == []


def test_addresses_and_our_own_names_administrators_give(
    two_resellers: TwoResellers, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Own:
        def __init__(self, _listeners: Any) -> None: ...

        def addresses(self) -> frozenset[tuple[str, int]]:
            return frozenset({("edge.example.com", 5060)})

    monkeypatch.setattr(domains, "Listeners", Own)
    side = two_resellers.a
    for name in ("192.0.2.1", "2001:db8::1", "localhost", "Edge.Example.com"):
        sent = {"domain": str(side.domain.uid), "name": name}
        assert refused_fields(send("POST", side.reseller_token_text, "domain-aliases/", sent)) == {"name": "not_yours"}
    assert send("POST", two_resellers.admin_token_text, "domain-aliases/", sent).status_code == 201
    sent["name"] = "2001:db8:0::1"
    assert refused_fields(send("POST", two_resellers.admin_token_text, "domain-aliases/", sent)) == {"name": "invalid"}


def test_many_aliases_at_once(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    kept = DomainNameFactory(domain=side.domain)
    foreign = DomainNameFactory(domain=two_resellers.b.domain)
    sent = [
        {"operation": "create", "data": {"domain": str(side.domain.uid), "name": "one.example.net"}},
        {"operation": "delete", "id": str(kept.uid), "if_match": "*"},
        {"operation": "delete", "id": str(foreign.uid), "if_match": "*"},
        {"operation": "update", "id": str(kept.uid), "data": {}},
    ]
    answer = send("POST", side.reseller_token_text, "domain-aliases/bulk/", {"rows": sent, "all_or_nothing": False})
    assert [one["status"] for one in answer.json()["rows"]] == [201, 204, 404, 400]
    assert _names(side.domain) == {"a.example.org", "one.example.net"}


def _names(domain: Domain) -> set[str]:
    found = row("edge_domain", id=domain.pk)["names"]
    return set(found)
