"""Subscribers, named by their address of record."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from django.db import connection
from django.db.models import F, Value
from django.db.models.functions import Concat

from accounts.choices import Area
from accounts.models import Customer, Reseller
from desired.document import Wanted
from desired.kinds.base import Found, Kind, Run, Work, each, write
from desired.kinds.customers import keys_of
from subscribers.models import Domain, Subscriber

_KEYS: Final = """
    SELECT s.id
    FROM unnest(%s::text[], %s::text[]) AS wanted (username, domain)
    JOIN subscribers_domain d ON d.name = wanted.domain AND d.reseller_id = %s
    JOIN subscribers_subscriber s ON s.domain_id = d.id AND s.username = wanted.username
"""
AOR: Final = Concat("username", Value("@"), "domain__name")
"""The address of record of a subscriber."""


class Subscribers(Kind):
    """Accounts that phones register to."""

    name = "subscriber"
    section = "subscribers"
    area = Area.SUBSCRIBERS
    within = ("customer",)
    order = ("customer", "display_name", "is_active", "digest_algorithm")

    def read(self, reseller: Reseller, keys: Collection[str]) -> dict[str, Found]:
        """By address of record."""
        rows = Subscriber.objects.filter(pk__in=primary_keys(reseller, keys)).order_by()
        values = ("display_name", "is_active", "digest_algorithm")
        told = rows.values("pk", "uid", *values, aor=AOR, customer_name=F("customer__name"))
        return {
            row["aor"]: Found(
                row["pk"], row["uid"], {"customer": row["customer_name"], **{name: row[name] for name in values}}
            )
            for row in told
        }

    def below(self, reseller: Reseller, above: Collection[str] | None) -> dict[str, str]:
        """Of these customers."""
        rows = Subscriber.objects.of_reseller(reseller.pk)
        if above is not None:
            rows = rows.filter(customer__in=Customer.objects.of_reseller(reseller.pk).filter(name__in=above))
        return dict(rows.order_by("username", "pk").values_list(AOR, "customer__name"))

    def owners(self, work: Work) -> list[str]:
        """Itself."""
        return [work.wanted.key]

    def put(self, run: Run, works: Sequence[Work]) -> None:
        """Make or change them by the rules of the model."""
        names = {str(work.wanted.members["customer"]) for work in works if "customer" in work.wanted.members}
        customers = {row.name: row for row in Customer.objects.of_reseller(run.reseller.pk).filter(name__in=names)}
        domains = _domains(run.reseller, (work.wanted for work in works))
        found = Subscriber.objects.select_related("domain", "customer", "reseller").in_bulk(keys_of(works))
        rows = []
        for work in works:
            members = dict(work.wanted.members)
            if "customer" in members:
                members["customer"] = customers.get(members["customer"])
                if members["customer"] is None:
                    run.missing(work, "customer", "customer", work.wanted.members["customer"])
                    continue
            row = found[work.found.pk] if work.found else _new(run, work, domains)
            if row is not None:
                for name, value in members.items():
                    setattr(row, name, value)
                rows.append((work, row))
        write(run, rows, ["domain", "customer", "reseller"], self.order, username="aor", domain="aor")

    def remove(self, run: Run, works: Sequence[Work]) -> None:
        """Take them away with their credentials, settings and registrations; their numbers are free then."""
        each(run, works, lambda some: Subscriber.objects.filter(pk__in=keys_of(some)).delete())


def primary_keys(reseller: Reseller, aors: Iterable[str]) -> list[int]:
    """The keys of those of the reseller's subscribers that are named, in one query."""
    parts = [aor.rpartition("@") for aor in aors]
    if not parts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_KEYS, [[one[0] for one in parts], [one[2] for one in parts], reseller.pk])
        return [key for (key,) in cursor.fetchall()]


def by_aor(reseller: Reseller, aors: Iterable[str]) -> dict[str, Subscriber]:
    """The reseller's subscribers of these addresses, with all that an action asks of them."""
    rows = Subscriber.objects.filter(pk__in=primary_keys(reseller, set(aors)))
    return {row.aor: row for row in rows.select_related("domain", "customer", "reseller")}


def _domains(reseller: Reseller, wanted: Iterable[Wanted]) -> dict[str, Domain]:
    names = {one.key.rpartition("@")[2] for one in wanted}
    return {row.name: row for row in Domain.objects.of_reseller(reseller.pk).filter(name__in=names)}


def _new(run: Run, work: Work, domains: dict[str, Domain]) -> Subscriber | None:
    """A new one in its domain; None where that is not the reseller's, or no customer is said."""
    username, _at, name = work.wanted.key.rpartition("@")
    if name not in domains:
        run.missing(work, "aor", "domain", name)
        return None
    return (
        Subscriber(domain=domains[name], reseller=run.reseller, username=username)
        if run.needs(work, ["customer"])
        else None
    )
