"""Further names of domains, named by themselves: no two domains share one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from types import SimpleNamespace

from accounts.choices import Area
from accounts.models import Reseller
from desired.kinds.base import Found, Kind, Run, Work, write
from desired.kinds.customers import keys_of
from desired.kinds.domains import new_names
from subscribers.api.domains import DomainAliasSerializer
from subscribers.models import Domain, DomainName


class DomainAliases(Kind):
    """Names by which phones reach a domain, beside its own."""

    name = "domain_alias"
    section = "domain_aliases"
    area = Area.SUBSCRIBERS
    within = ("domain",)
    order = ("domain",)

    def read(self, reseller: Reseller, keys: Collection[str]) -> dict[str, Found]:
        """By name."""
        rows = DomainName.objects.of_reseller(reseller.pk).filter(name__in=keys, is_primary=False).order_by()
        told = rows.values_list("name", "pk", "uid", "domain__name")
        return {name: Found(pk, uid, {"domain": domain}) for name, pk, uid, domain in told}

    def below(self, reseller: Reseller, above: Collection[str] | None) -> dict[str, str]:
        """Of these domains."""
        rows = DomainName.objects.of_reseller(reseller.pk).filter(is_primary=False)
        if above is not None:
            rows = rows.filter(domain__name__in=above)
        return dict(rows.order_by("name").values_list("name", "domain__name"))

    def put(self, run: Run, works: Sequence[Work]) -> None:
        """Make them, or have them lead to another domain."""
        wanted = {str(work.wanted.members.get("domain")) for work in works}
        domains = {row.name: row for row in Domain.objects.of_reseller(run.reseller.pk).filter(name__in=wanted)}
        serializer = DomainAliasSerializer(context={"request": SimpleNamespace(user=run.person)})
        possible = new_names(run, works, serializer.fields["name"])
        found = DomainName.objects.in_bulk(keys_of(works))
        rows = []
        for work in works:
            if work.found is None and (work.path not in possible or not run.needs(work, ["domain"])):
                continue
            domain = domains.get(work.wanted.members["domain"])
            if domain is None:
                run.missing(work, "domain", "domain", work.wanted.members["domain"])
                continue
            row = found[work.found.pk] if work.found else DomainName(name=work.wanted.key)
            row.domain = domain
            rows.append((work, row))
        write(run, rows, ["domain"], self.order, is_judged=True)

    def remove(self, run: Run, works: Sequence[Work]) -> None:
        """Take them away: phones that use them reach nobody any more."""
        del run
        DomainName.objects.filter(pk__in=keys_of(works)).delete()
