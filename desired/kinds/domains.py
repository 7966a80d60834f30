"""SIP domains, named by their own name."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from types import SimpleNamespace
from typing import Any, Final

from rest_framework.exceptions import ValidationError

from accounts.choices import Area
from accounts.models import Reseller
from desired.faults import pointer
from desired.kinds.base import Found, Kind, Run, Work, each, write
from desired.kinds.customers import keys_of
from subscribers.api.domains import DomainSerializer
from subscribers.models import Domain, DomainName

_TAKEN: Final = "Another domain has this name or alias."


class Domains(Kind):
    """What stands behind the @."""

    name = "domain"
    section = "domains"
    area = Area.SUBSCRIBERS
    order = ("digest_algorithm", "strict_call_id", "is_active")

    def read(self, reseller: Reseller, keys: Collection[str]) -> dict[str, Found]:
        """By name."""
        rows = Domain.objects.of_reseller(reseller.pk).filter(name__in=keys).order_by()
        return {
            row["name"]: Found(row["id"], row["uid"], {name: row[name] for name in self.order})
            for row in rows.values("id", "uid", "name", *self.order)
        }

    def below(self, reseller: Reseller, above: Collection[str] | None) -> dict[str, str]:
        """All of the reseller's: nothing is above them."""
        del above
        return dict.fromkeys(Domain.objects.of_reseller(reseller.pk).values_list("name", flat=True), "")

    def put(self, run: Run, works: Sequence[Work]) -> None:
        """Make or change them by the rules of the model; a new name by those of the API."""
        serializer = DomainSerializer(context={"request": SimpleNamespace(user=run.person)})
        possible = new_names(run, works, serializer.fields["name"])
        found = Domain.objects.in_bulk(keys_of(works))
        rows = []
        for work in works:
            if work.found is None and work.path not in possible:
                continue
            row = found[work.found.pk] if work.found else Domain(reseller=run.reseller, name=work.wanted.key)
            for name, value in work.wanted.members.items():
                setattr(row, name, value)
            rows.append((work, row))
        write(run, rows, ["reseller"], self.order, is_judged=True)

    def remove(self, run: Run, works: Sequence[Work]) -> None:
        """Take them away; not while somebody lives there, and not the default one."""
        defaults = set(Domain.objects.filter(pk__in=keys_of(works), is_default=True).values_list("pk", flat=True))
        for work in works:
            if work.found and work.found.pk in defaults:
                run.faults.add(
                    work.path, "It is the default domain. Make another one the default before.", "is_default"
                )
        each(run, works, lambda some: Domain.objects.filter(pk__in=keys_of(some)).delete())


def new_names(run: Run, works: Sequence[Work], field: Any) -> set[str]:
    """The paths of those works about what is not there yet whose name may be given and is nobody's; notes the others.
    field: what the API reads such a name with. That a name is taken is said, and not by whom."""
    new = [work for work in works if work.found is None]
    taken = set(DomainName.objects.filter(name__in=[work.wanted.key for work in new]).values_list("name", flat=True))
    possible = set()
    for work in new:
        try:
            field.run_validation(work.wanted.key)
            if work.wanted.key in taken:
                raise ValidationError(_TAKEN, "unique")
            possible.add(work.path)
        except ValidationError as error:
            run.faults.add_details(pointer(work.path, "name"), error.detail)
    return possible
