"""All kinds of objects, in the order in which they are made; they are taken away in the reverse."""

from __future__ import annotations

from typing import Final

from desired.kinds.base import Kind
from desired.kinds.call_settings import CallSettingsOfSubscribers
from desired.kinds.credentials import Credentials
from desired.kinds.customers import Customers
from desired.kinds.dial_settings import DialSettingsOfAll
from desired.kinds.domain_aliases import DomainAliases
from desired.kinds.domains import Domains
from desired.kinds.numbers import Numbers
from desired.kinds.subscribers import Subscribers

KINDS: Final[tuple[Kind, ...]] = (
    Customers(),
    Domains(),
    DomainAliases(),
    Subscribers(),
    Credentials(),
    Numbers(),
    DialSettingsOfAll(),
    CallSettingsOfSubscribers(),  # last: what targets mean, and what is barred, depends on all of these
)
NAMES: Final = [kind.name for kind in KINDS]
BY_NAME: Final = {kind.name: kind for kind in KINDS}
