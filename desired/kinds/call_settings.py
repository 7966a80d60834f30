"""Call settings, named by their subscriber's address of record.

Every subscriber has them. They stand, as documents say it, where they are not the defaults; absent ones are brought
back to these. Of `forwardings` each condition is wanted by itself, and of a condition each member; lists are
wanted whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any, Final

from django.db.models import F, Value
from django.db.models.functions import Concat

from accounts.choices import Area
from accounts.models import Reseller
from calls.explain.facts import Facts
from desired.document import Wanted
from desired.kinds.base import Found, Kind, Run, Work
from desired.kinds.customers import keys_of
from desired.kinds.subscribers import AOR, by_aor, primary_keys
from portal.api.many import change_many
from subscribers.grants_actions import COLUMNS, Grants
from subscribers.models import CallerRule, CallSettings, Forwarding, ShownNumber, Subscriber
from subscribers.settings_actions import SWITCHES, Wishes
from subscribers.settings_many import says_something
from subscribers.targets import as_target, is_address

FORWARDINGS: Final = "forwardings"
_PLAIN: Final[Mapping[str, Any]] = {name: getattr(Wishes(), name) for name in SWITCHES} | Grants().columns
DEFAULTS: Final[Mapping[str, Any]] = {**_PLAIN, FORWARDINGS: {}, "caller_rules": [], "shown_numbers": []}
"""What holds where nothing is stored, by member."""

_LISTS: Final[Mapping[str, tuple[Any, tuple[str, ...]]]] = {
    "caller_rules": (CallerRule, ("pattern", "action", "note")),
    "shown_numbers": (ShownNumber, ("e164", "note")),
}
_FORWARDING: Final = ("targets", "seconds", "is_active")
_OWN: Final = (Forwarding, CallerRule, ShownNumber)
_AOR: Final = Concat("subscriber__username", Value("@"), "subscriber__domain__name")


class CallSettingsOfSubscribers(Kind):
    """What subscribers may call, and what is done with calls to and from them."""

    name = "call_settings"
    section = "call_settings"
    area = Area.SUBSCRIBERS
    within = ("subscriber",)
    order = (*SWITCHES, FORWARDINGS, "caller_rules", *COLUMNS, "shown_numbers")

    def read(self, reseller: Reseller, keys: Collection[str]) -> dict[str, Found]:
        """Of all of these subscribers, also where the defaults hold."""
        rows = Subscriber.objects.filter(pk__in=primary_keys(reseller, keys)).order_by()
        told = list(rows.values_list("pk", "uid", AOR))
        stored = _stored([pk for pk, *_ in told])
        return {aor: Found(pk, uid, {**DEFAULTS, **stored.get(pk, {})}) for pk, uid, aor in told}

    def below(self, reseller: Reseller, above: Collection[str] | None) -> dict[str, str]:
        """Of those of these subscribers for whom not the defaults hold."""
        rows = CallSettings.objects.of_reseller(reseller.pk).filter(says_something())
        if above is not None:
            rows = rows.filter(subscriber__in=primary_keys(reseller, above))
        return dict(rows.order_by("subscriber_id").annotate(aor=_AOR).values_list("aor", F("aor")))

    def told(self, found: Found | None) -> Found | None:
        """Nothing where the defaults hold."""
        return found if found and found.members != DEFAULTS else None

    def owners(self, work: Work) -> list[str]:
        """Whose they are."""
        return [work.wanted.key]

    def differing(self, wanted: Wanted, found: Found | None) -> list[str]:
        """Also the members of absent ones, which shall be the defaults; `state` where the subscriber is not there."""
        if found is None:
            return [] if wanted.is_absent else ["state"]
        if wanted.is_absent:
            return [name for name in self.order if found.members[name] != DEFAULTS[name]]
        return list(_otherwise(wanted, found.members))

    def put(self, run: Run, works: Sequence[Work]) -> None:
        """Change them by the rules of the API. What stands already is not asked about again."""
        subscribers = by_aor(run.reseller, (work.wanted.key for work in works))
        for work in works:
            if work.wanted.key not in subscribers:
                run.missing(work, "aor", "subscriber", work.wanted.key)
        some = [(work, subscribers[work.wanted.key]) for work in works if work.wanted.key in subscribers]
        sent = {one: _otherwise(work.wanted, work.found.members if work.found else DEFAULTS) for work, one in some}
        wrong = change_many(run.person, {one: members for one, members in sent.items() if members}, cache(Facts))
        for work, subscriber in some:
            if subscriber in wrong:
                run.faults.add_details(work.path, wrong[subscriber].detail)

    def remove(self, run: Run, works: Sequence[Work]) -> None:
        """Back to the defaults."""
        del run
        for model in (*_OWN, CallSettings):
            model.objects.filter(subscriber__in=keys_of(works)).delete()


def in_order(name: str, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows of a list, named by its member, as they are compared: in whatever order they are written, and whole."""
    model, columns = _LISTS[name]
    defaults = {column: model._meta.get_field(column).get_default() for column in columns}
    whole = [{column: str(row.get(column, defaults[column])) for column in columns} for row in rows]
    return sorted(whole, key=itemgetter(columns[0]))


def _stored(owners: list[int]) -> dict[int, dict[str, Any]]:
    """Everything that is stored of these subscribers, by member; in as many queries whatever their number."""
    rows = CallSettings.objects.filter(subscriber__in=owners).order_by()
    found: dict[int, dict[str, Any]] = {row.pop("subscriber_id"): row for row in rows.values("subscriber_id", *_PLAIN)}
    # A trigger sees to it that whoever has anything has a row of settings.
    for name, (model, columns) in _LISTS.items():
        for pk, some in _by_owner(model, found, columns).items():
            found[pk][name] = in_order(name, some)
    for pk, some in _by_owner(Forwarding, found, ("condition", *_FORWARDING)).items():
        some.sort(key=itemgetter("condition"))
        found[pk][FORWARDINGS] = {row.pop("condition"): row for row in some}
    return found


def _by_owner(model: Any, owners: Collection[int], columns: Sequence[str]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in model.objects.filter(subscriber__in=list(owners)).order_by().values("subscriber_id", *columns):
        found[row.pop("subscriber_id")].append(row)
    return found


def _otherwise(wanted: Wanted, members: Mapping[str, Any]) -> dict[str, Any]:
    """What is wanted, and is not so; of forwardings these conditions."""
    domain = wanted.key.rpartition("@")[2]
    differing: dict[str, Any] = {}
    for name, value in wanted.members.items():
        stored = members[name]
        if name == FORWARDINGS:
            some = {one: wish for one, wish in value.items() if not _holds(wish, stored.get(one), domain)}
            differing |= {name: some} if some else {}
        elif value != stored:
            differing[name] = value
    return differing


def _holds(wish: Mapping[str, Any] | None, stored: Mapping[str, Any] | None, domain: str) -> bool:
    """Whether what is said of a forwarding stands; None: that there is none."""
    if wish is None or stored is None:
        return wish is stored
    rest = {name: value for name, value in wish.items() if name != "targets"}
    return rest.items() <= stored.items() and _are(wish.get("targets"), stored["targets"], domain)


def _are(texts: Sequence[str] | None, stored: Sequence[str], domain: str) -> bool:
    """Whether targets, as somebody writes them, are those that are stored; None: nothing is said of them."""
    if texts is None:
        return True
    return len(texts) == len(stored) and all(
        target in _readings(text, domain) for text, target in zip(texts, stored, strict=True)
    )


def _readings(text: str, domain: str) -> set[str]:
    """As what a target may have been stored: a number, an address, or a user name in the subscriber's own domain."""
    return {as_target(text)} if is_address(text) else {text, f"sip:{text.strip().lower()}@{domain}"}
