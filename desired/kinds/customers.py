"""Customers, named by their name."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from accounts.choices import Area
from accounts.models import Customer, Reseller
from desired.kinds.base import Found, Kind, Run, Work, each, write


class Customers(Kind):
    """Who buys the service from the reseller."""

    name = "customer"
    section = "customers"
    area = Area.ACCOUNTS
    order = ("is_active", "max_calls")

    def read(self, reseller: Reseller, keys: Collection[str]) -> dict[str, Found]:
        """By name."""
        rows = Customer.objects.of_reseller(reseller.pk).filter(name__in=keys).order_by()
        return {
            row["name"]: Found(row["id"], row["uid"], {name: row[name] for name in self.order})
            for row in rows.values("id", "uid", "name", *self.order)
        }

    def below(self, reseller: Reseller, above: Collection[str] | None) -> dict[str, str]:
        """All of the reseller's: nothing is above them."""
        del above
        return dict.fromkeys(Customer.objects.of_reseller(reseller.pk).values_list("name", flat=True), "")

    def put(self, run: Run, works: Sequence[Work]) -> None:
        """Make or change them by the rules of the model."""
        found = Customer.objects.in_bulk([work.found.pk for work in works if work.found])
        rows = []
        for work in works:
            row = found[work.found.pk] if work.found else Customer(reseller=run.reseller, name=work.wanted.key)
            for name, value in work.wanted.members.items():
                setattr(row, name, value)
            rows.append((work, row))
        write(run, rows, ["reseller"], self.order)

    def remove(self, run: Run, works: Sequence[Work]) -> None:
        """Take them away, with the logins of their people; not while subscribers are theirs."""
        each(run, works, lambda some: Customer.objects.filter(pk__in=keys_of(some)).delete())


def keys_of(works: Sequence[Work]) -> list[int]:
    """The primary keys of the rows that stand."""
    return [work.found.pk for work in works if work.found]
