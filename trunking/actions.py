"""Writes of several rows of the app trunking."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, Reseller
from trunking.choices import RuleKind
from trunking.models import DestinationRule, Gateway, GatewaySource
from trunking.rule_sets import NewRule, beginnings_of

SIDES: Final = ("inbound", "outbound")


def set_account(gateway: Gateway, side: str, username: str, password: str | None) -> None:
    """Give a gateway the account of one of SIDES; without a password the one that is set stays. Does not save.

    Raises ValidationError beside a password without a name, or a name without one.
    """
    if password and not username:
        raise ValidationError({f"{side}_username": _("A password needs a user name.")})
    if username and not password and not getattr(gateway, f"{side}_secret"):
        raise ValidationError({f"{side}_password": _("A user name needs a password.")})
    getattr(gateway, f"set_{side}_account")(username, password or None)


@transaction.atomic
def save_gateway(gateway: Gateway, values: Mapping[str, Any]) -> Gateway:
    """Make or change a gateway. values: columns; inbound_password, outbound_password; sources, all networks that it
    shall have. Raises ValidationError that names them."""
    rest = dict(values)
    sources = rest.pop("sources", None)
    passwords = {side: rest.pop(f"{side}_password", None) for side in SIDES}
    for name, value in rest.items():
        setattr(gateway, name, value)
    for side, password in passwords.items():
        set_account(gateway, side, getattr(gateway, f"{side}_username"), password)
    gateway.full_clean()
    gateway.save()
    if sources is not None:
        set_sources(gateway, sources)
    return gateway


@transaction.atomic
def set_sources(gateway: Gateway, networks: Iterable[str]) -> None:
    """Let a gateway be known by these networks and by no others. Raises ValidationError of `sources.0` and so on, by
    their places."""
    before = {source.network: source for source in gateway.sources.all()}
    wanted = [GatewaySource(gateway=gateway, network=network) for network in networks]
    _check(wanted, lambda source: source.clean_fields(exclude=["gateway"]))
    stay = {source.network for source in wanted}
    GatewaySource.objects.filter(pk__in=[row.pk for network, row in before.items() if network not in stay]).delete()
    new = list({source.network: source for source in wanted if source.network not in before}.values())
    _check(wanted, lambda source: source.full_clean(exclude=["gateway"]) if source in new else None)
    GatewaySource.objects.bulk_create(new)


@transaction.atomic
def add_rules(rules: Sequence[NewRule], reseller: Reseller | None = None, customer: Customer | None = None) -> int:
    """Write destination rules of one owner; return how many there are more now.

    A rule of this owner for the same prefix that stands already stays as it is. reseller: the customer's, where there
    is one. Raises ValidationError where the two do not belong together.
    """
    owner = DestinationRule(reseller=reseller, customer=customer)
    owner.clean()
    owned = DestinationRule.objects.filter(kind=RuleKind.NUMBER, reseller=owner.reseller_id, customer=customer)
    before = dict(owned.values_list("prefix", "is_allowed"))
    rows = [
        DestinationRule(
            prefix=rule.prefix,
            is_allowed=_verdict_now(rule.prefix, before) if rule.is_allowed is None else rule.is_allowed,
            reason=rule.reason,
            reseller_id=owner.reseller_id,
            customer=customer,
        )
        for rule in rules
    ]
    DestinationRule.objects.bulk_create(rows, ignore_conflicts=True)
    return owned.count() - len(before)


def _check(sources: Iterable[GatewaySource], check: Callable[[GatewaySource], None]) -> None:
    """Raises ValidationError that names each of those that the check refuses by its place."""
    errors = {}
    for place, source in enumerate(sources):
        try:
            check(source)
        except ValidationError as error:
            errors[f"sources.{place}"] = error.messages
    if errors:
        raise ValidationError(errors)


def _verdict_now(prefix: str, known: dict[str, bool]) -> bool:
    """Whether these rules, prefix → is_allowed, let pass what begins with a prefix."""
    return next((known[start] for start in (prefix, *beginnings_of(prefix)) if start in known), True)
