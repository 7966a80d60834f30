"""Whom a call counts for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import itemgetter
from typing import Final, TypeAlias

from sipedge.facts import CallRecord

SUBSCRIBER: Final = "subscriber"
CUSTOMER: Final = "customer"
RESELLER: Final = "reseller"
GATEWAY: Final = "gateway"
ALL: Final = "all"
KINDS: Final = (SUBSCRIBER, CUSTOMER, RESELLER, GATEWAY, ALL)

Party: TypeAlias = tuple[str, int]
"""(kind, id)."""

EVERYBODY: Final[Party] = (ALL, 0)
"""Each call counts for it: so it says how many there are."""

PartyIds: TypeAlias = tuple[int | None, ...]
"""What of a record says for whom it counts, as it stands there: caller's and callee's subscriber, customer, reseller,
gateway in, gateway out."""

PARTY_FIELDS: Final = (
    "caller_subscriber_id", "callee_subscriber_id", "caller_customer_id", "callee_customer_id",
    "caller_reseller_id", "callee_reseller_id", "gateway_in_id", "gateway_out_id",
)  # fmt: skip
_FIRST: Final = CallRecord._fields.index(PARTY_FIELDS[0])

ids_of: Final[Callable[[CallRecord], PartyIds]] = itemgetter(slice(_FIRST, _FIRST + len(PARTY_FIELDS)))
"""The ids of a record: eight neighbours in it, taken at once because this is asked at each change of each call."""


def parties_of(ids: PartyIds) -> list[Party]:
    """Everybody whom a call with these ids counts for.

    Within one subscriber, customer or reseller it counts once for it. Of a gateway it takes a channel each way: one
    that leaves by the gateway that it came in by counts twice.
    """
    caller, callee, caller_customer, callee_customer, caller_reseller, callee_reseller, gateway_in, gateway_out = ids
    found = [EVERYBODY]
    if caller is not None:
        found.append((SUBSCRIBER, caller))
    if callee is not None and callee != caller:
        found.append((SUBSCRIBER, callee))
    if caller_customer is not None:
        found.append((CUSTOMER, caller_customer))
    if callee_customer is not None and callee_customer != caller_customer:
        found.append((CUSTOMER, callee_customer))
    if caller_reseller is not None:
        found.append((RESELLER, caller_reseller))
    if callee_reseller is not None and callee_reseller != caller_reseller:
        found.append((RESELLER, callee_reseller))
    if gateway_in is not None:
        found.append((GATEWAY, gateway_in))
    if gateway_out is not None:
        found.append((GATEWAY, gateway_out))
    return found


def write_party(party: Party) -> str:
    """As it stands in Redis."""
    return f"{party[0]}:{party[1]}"


def read_party(text: str) -> Party:
    """Read what `write_party` wrote. Raises ValueError when it is anything else."""
    kind, _, number = text.partition(":")
    if kind not in KINDS:
        raise ValueError(f"no party: {text[:40]!r}")
    return kind, int(number)


def add_to(counts: dict[Party, int], parties: Iterable[Party], number: int) -> None:
    """Add to the count of each party, in place; nobody is kept with a count of 0."""
    for party in parties:
        left = counts.get(party, 0) + number
        if left:
            counts[party] = left
        else:
            del counts[party]
