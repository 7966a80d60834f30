"""What stands, of all that rows of subscribers are about, and what is wrong with a row therefore."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from accounts.choices import Role
from accounts.models import Customer
from accounts.sealing import SecretError
from imports.models import ImportJob
from imports.rows import Wrong
from imports.subscriber_cells import Wanted
from numbering.giving import Standing, refusal, standing_of, with_main
from sipedge.auth.ha1 import Ha1Set
from subscribers import many
from subscribers.secrets import decrypt

NOT_YOURS: Final = _("There is nothing with this name, or it is not yours to see.")


class Item(NamedTuple):
    """A line that could be read, and the domain it is about. domain: its own name, the realm of passwords."""

    wanted: Wanted
    domain_id: int
    domain: str

    @property
    def name(self) -> str:
        """username@domain."""
        return f"{self.wanted.username}@{self.domain}"


class Known(NamedTuple):
    """What stands, of all that some items are about."""

    job: ImportJob
    subscribers: dict[tuple[int, str], many.Standing]
    customers: dict[str, int]
    numbers: dict[str, Standing]
    mains: set[int]
    may_make: bool


def look_up(job: ImportJob, items: Sequence[Item]) -> Known:
    """Numbers are locked before subscribers, as everywhere (numbering/actions.py)."""
    numbers = standing_of([number for item in items for number in item.wanted.numbers], job.owner_id)
    found = many.standing([(item.domain_id, item.wanted.username) for item in items])
    asked = {item.wanted.customer for item in items} - {""}
    own = Customer.objects.filter(reseller_id=job.owner_id)
    customers = dict(own.filter(name__in=asked).values_list("name", "pk"))
    uids = {text: uid for text in asked if (uid := _uid(text))}
    if uids:
        by_uid = dict(own.filter(uid__in=uids.values()).values_list("uid", "pk"))
        customers |= {text: by_uid[uid] for text, uid in uids.items() if uid in by_uid}
    mains = with_main(one.id for one in found.values()) if found else set()
    may_make = job.made_by is not None and job.made_by.role == Role.ADMIN
    return Known(job, found, customers, numbers, mains, may_make)


def _uid(text: str) -> UUID | None:
    try:
        return UUID(text) if len(text) == 36 else None
    except ValueError:
        return None


def refused(item: Item, stands: many.Standing | None, known: Known) -> Iterator[Wrong]:
    """What is wrong with an item, whatever it would change."""
    wanted = item.wanted
    if not wanted.customer and stands is None:
        yield Wrong(wanted.line, "customer", "required", _("A new subscriber needs a customer."))
    if wanted.customer and wanted.customer not in known.customers and not _may_be_made(wanted.customer, known.job):
        yield Wrong(wanted.line, "customer", "does_not_exist", NOT_YOURS)
    customer = known.customers.get(wanted.customer) if wanted.customer else stands.customer_id if stands else None
    for number in wanted.numbers:
        why = refusal(
            known.numbers[number],
            reseller_id=known.job.owner_id,
            subscriber_id=stands.id if stands else None,
            customer_id=customer,
            may_make=known.may_make,
        )
        if why is not None:
            yield Wrong(wanted.line, "numbers", why.code, f"{number}: {why.text}")


def _may_be_made(customer: str, job: ImportJob) -> bool:
    return job.make_customers and _uid(customer) is None


def changed_columns(item: Item, stands: many.Standing, known: Known) -> list[str]:
    """The columns in which a subscriber that stands differs from what a line says."""
    wanted = item.wanted
    numbers = [known.numbers[number] for number in wanted.numbers]
    main = known.numbers.get(wanted.main_number)  # not there where nothing is said of it, or that there is none
    differs = {
        "customer": wanted.customer and known.customers.get(wanted.customer) != stands.customer_id,
        "display_name": wanted.display_name and wanted.display_name != stands.display_name,
        "numbers": any(number.holder_id != stands.id for number in numbers),
        "main_number": main is not None and not (main.holder_id == stands.id and main.is_main),
        "is_active": wanted.is_active is not None and wanted.is_active != stands.is_active,
        "max_calls": wanted.max_calls is not None and wanted.max_calls != stands.max_calls,
        "digest_algorithm": wanted.digest_algorithm and wanted.digest_algorithm != stands.digest_algorithm,
        "password": given_ha1(item) is not None and not _has(stands, given_ha1(item)),
    }
    return [column for column, is_so in differs.items() if is_so]


def given_ha1(item: Item) -> Ha1Set | None:
    """The HA1 values that a line gives, or those of its password."""
    wanted = item.wanted
    return Ha1Set.from_password(wanted.username, item.domain, wanted.password) if wanted.password else wanted.ha1


def _has(stands: many.Standing, given: Ha1Set | None) -> bool:
    """Whether a subscriber has a credential with these values already."""
    for secret in stands.secrets:
        try:
            known = decrypt(secret)
        except SecretError:
            continue
        if all(getattr(given, name) in {None, getattr(known, name)} for name in Ha1Set.__slots__):
            return True
    return False
