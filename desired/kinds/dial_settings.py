"""How domains' and subscribers' phones dial, named by whose it is: example.org, or alice@example.org, whose own goes
before its domain's. Number formats are the provider's, and no part of a document: it says their names."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

from django.db.models import F, Value
from django.db.models.functions import Concat

from accounts.choices import Area
from accounts.models import Reseller
from desired.kinds.base import Found, Kind, Run, Work, write
from desired.kinds.customers import keys_of
from desired.kinds.subscribers import by_aor, primary_keys
from numbering.models import DialSettings, NumberFormat
from subscribers.models import Domain, Subscriber

_AOR: Final = Concat("subscriber__username", Value("@"), "subscriber__domain__name")


def is_of_subscriber(key: str) -> bool:
    """Whether dial settings of this name are a subscriber's, and not a domain's."""
    return "@" in key


class DialSettingsOfAll(Kind):
    """By which number format somebody dials."""

    name = "dial_settings"
    section = "dial_settings"
    area = Area.NUMBERS
    within = ("domain", "subscriber")
    order = ("number_format",)

    def read(self, reseller: Reseller, keys: Collection[str]) -> dict[str, Found]:
        """By domain and by address of record."""
        return {
            key: Found(pk, uid, {"number_format": name})
            for rows, named in _rows(reseller, keys)
            for key, pk, uid, name in rows.values_list(named, "pk", "uid", "number_format__name")
        }

    def below(self, reseller: Reseller, above: Collection[str] | None) -> dict[str, str]:
        """Of these domains and subscribers; what a domain's subscribers have is not the domain's."""
        found = (key for rows, named in _rows(reseller, above) for key in rows.values_list(named, flat=True))
        return {key: key for key in sorted(found)}

    def owners(self, work: Work) -> list[str]:
        """The subscriber whose it is."""
        return [work.wanted.key] if is_of_subscriber(work.wanted.key) else []

    def put(self, run: Run, works: Sequence[Work]) -> None:
        """Make or change them. The formats are those that whoever asks may see."""
        wanted = {str(work.wanted.members.get("number_format")) for work in works}
        formats = {row.name: row for row in NumberFormat.objects.visible_to(run.person).filter(name__in=wanted)}
        owners = _owners(run.reseller, [work.wanted.key for work in works if work.found is None])
        found = DialSettings.objects.in_bulk(keys_of(works))
        rows = []
        for work in works:
            row = found[work.found.pk] if work.found else _new(run, work, owners)
            if row is None or not run.needs(work, ["number_format"]):
                continue
            name = work.wanted.members["number_format"]
            if name not in formats:
                run.missing(work, "number_format", "number format", name)
                continue
            row.number_format = formats[name]
            rows.append((work, row))
        write(run, rows, ["domain", "subscriber", "number_format"], self.order)

    def remove(self, run: Run, works: Sequence[Work]) -> None:
        """Take them away: a subscriber dials as its domain does then, and a domain's by E.164 with the plus alone."""
        del run
        DialSettings.objects.filter(pk__in=keys_of(works)).delete()


def _rows(reseller: Reseller, keys: Collection[str] | None) -> list[tuple[Any, Any]]:
    """Those of domains and those of subscribers, with how each is named; keys None: all of the reseller's."""
    rows = DialSettings.objects.order_by()
    of_domains = rows.filter(domain__reseller=reseller)
    of_subscribers = rows.filter(subscriber__reseller=reseller)
    if keys is not None:
        of_domains = of_domains.filter(domain__name__in=[key for key in keys if not is_of_subscriber(key)])
        of_subscribers = rows.filter(subscriber__in=primary_keys(reseller, filter(is_of_subscriber, keys)))
    return [(of_domains, F("domain__name")), (of_subscribers, _AOR)]


def _owners(reseller: Reseller, keys: Collection[str]) -> dict[str, Domain | Subscriber]:
    """The reseller's domains and subscribers of these names."""
    names = [key for key in keys if not is_of_subscriber(key)]
    domains = Domain.objects.of_reseller(reseller.pk).filter(name__in=names)
    return {row.name: row for row in domains} | by_aor(reseller, filter(is_of_subscriber, keys))


def _new(run: Run, work: Work, owners: dict[str, Domain | Subscriber]) -> DialSettings | None:
    """New ones; None where there is nobody of this name."""
    kind = "subscriber" if is_of_subscriber(work.wanted.key) else "domain"
    if work.wanted.key not in owners:
        run.missing(work, kind, kind, work.wanted.key)
        return None
    return DialSettings(**{kind: owners[work.wanted.key]})
