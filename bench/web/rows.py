"""The rows of everything but calls, as PostgreSQL's COPY reads them (text format), made from a `Shape`.

Which numbers are free is chosen so that no list is easy: the first big reseller has its free ones behind hundreds of
thousands that are assigned, the second a hundred among them, the last reseller nothing but free ones.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from bench.web.shape import BIG, Part, Shape

SCOPED: Final = ('["read"]', "{}")
"""A token's scopes and networks."""

FIRST: Final = (
    "anna", "bernd", "clara", "david", "eva", "franz", "gerda", "hans", "ida", "jakob", "karin", "lukas", "maria",
    "nina", "otto", "paul", "rosa", "simon", "tanja", "ulrich", "vera", "walter", "xenia", "yvonne", "zeno",
)  # fmt: skip
LAST: Final = (
    "auer", "bauer", "czerny", "dorn", "eder", "fuchs", "gruber", "huber", "imhof", "jung", "kern", "lang", "maier",
    "novak", "ortner", "pichler", "reiter", "schmid", "toth", "urban", "vogl", "wagner", "zauner",
)  # fmt: skip
EXTENSIONS: Final = 20
"""The first subscribers of each domain are called 100, 101, …: the same names in thousands of domains."""

FREE_EVERY: Final = 4_000
"""Of the second big reseller's numbers."""

STRIDE: Final = 7_919
"""A prime: subscribers in steps of it come in no order that an index has."""

DATED_EVERY: Final = 1_000
"""Of these numbers one has an assignment that begins or ends some day."""

GATEWAYS: Final = 40
AGENTS: Final = ("Yealink SIP-T46U 108.86", "snomD735/10.1", "Linphone/5.2", "Grandstream HT801", "")
_FOREVER: Final = timedelta(days=3650)


class Table(NamedTuple):
    """What is written into one table. total: of rows, for the progress."""

    name: str
    columns: str
    rows: Iterator[str]
    total: int


def line(*values: object) -> str:
    r"""One row; None is NULL (`\N`). Values hold neither tabs nor backslashes."""
    return "\t".join(r"\N" if value is None else str(value) for value in values) + "\n"


def uid(chance: random.Random) -> UUID:
    """A random id, the same in every fill."""
    return UUID(int=chance.getrandbits(128), version=4)


def username(shape: Shape, subscriber: int) -> str:
    """An extension, or a name with digits behind it where it occurs more than once in the domain."""
    part = shape.part_of(subscriber)
    order = subscriber - part.first_of_domain(part.domain_of(subscriber))
    if order < EXTENSIONS:
        return str(100 + order)
    first, last = FIRST[order % len(FIRST)], LAST[order // len(FIRST) % len(LAST)]
    times = order // (len(FIRST) * len(LAST))
    return f"{first}.{last}{times or ''}"


def domain_name(domain: int) -> str:
    """The name of a domain."""
    return f"d{domain:05}.voice.example"


def e164(number: int) -> str:
    """The number of a row."""
    return f"+431{number:07}"


def is_assigned(shape: Shape, part: Part, number: int) -> bool:
    """Whether somebody has the number now."""
    order, count = number - part.numbers.start, len(part.numbers)
    if part.reseller == BIG:
        return order % min(FREE_EVERY, count // 4) != 5
    return part.reseller != shape.resellers and order < count * 7 // 10


def tables(shape: Shape, now: datetime, secret: str) -> Iterator[Table]:
    """All tables in the order in which they are written.

    secret: of every credential, since the web never opens one.
    """
    stamp = now.isoformat()
    chance = random.Random(20_261_123)
    everyone = range(1, shape.subscribers + 1)
    yield from _owners(shape, stamp, chance)
    yield Table(
        "subscribers_subscriber",
        "id, uid, domain_id, customer_id, reseller_id, username, display_name, is_active, digest_algorithm, created_at",
        (_subscriber(shape, number, stamp, chance) for number in everyone),
        shape.subscribers,
    )
    yield Table(
        "subscribers_sipcredential",
        "id, uid, subscriber_id, slot, label, secret, created_at",
        (line(number, uid(chance), number, 1, "phone", secret, stamp) for number in everyone),
        shape.subscribers,
    )
    yield Table(
        "subscribers_binding",
        "uid, subscriber_id, key, contact, call_id, cseq, q, expires_at, received_from, transport, user_agent, "
        "edge, created_at, updated_at",
        (_binding(shape, number, now, chance) for number in range(shape.registrations)),
        shape.registrations,
    )
    yield from _numbers(shape, now, chance)


def _owners(shape: Shape, stamp: str, chance: random.Random) -> Iterator[Table]:
    yield Table(
        "accounts_reseller",
        "id, uid, name, is_active, created_at",
        (
            line(part.reseller, uid(chance), f"Reseller {part.reseller:04}", part.reseller % 50 != 49, stamp)
            for part in shape.parts
        ),
        shape.resellers,
    )
    yield Table(
        "accounts_customer",
        "id, uid, reseller_id, name, is_active, created_at",
        (
            line(number, uid(chance), part.reseller, _company(number), number % 97 != 96, stamp)
            for part in shape.parts
            for number in part.customers
        ),
        shape.customers,
    )
    yield Table(
        "subscribers_domain",
        "id, uid, reseller_id, name, is_default, digest_algorithm, strict_call_id, is_active, created_at",
        (_domain(part, number, stamp, chance) for part in shape.parts for number in part.domains),
        shape.domains,
    )
    names = [(number, domain_name(number), True) for number in range(1, shape.domains + 1)]
    names += [(number, f"sip{number:05}.example", False) for number in range(1, shape.domains + 1, 3)]
    yield Table("subscribers_domainname", "domain_id, name, is_primary", (line(*row) for row in names), len(names))
    yield from _people(shape, stamp, chance)


def _company(number: int) -> str:
    return f"{LAST[number % len(LAST)].title()} {FIRST[number // len(LAST) % len(FIRST)].title()} {number}"


def _domain(part: Part, number: int, stamp: str, chance: random.Random) -> str:
    digest = "SHA-256" if number % 10 == 9 else "MD5"
    active = number % 60 != 59
    return line(number, uid(chance), part.reseller, domain_name(number), False, digest, False, active, stamp)


def _people(shape: Shape, stamp: str, chance: random.Random) -> Iterator[Table]:
    """Somebody at each customer and each reseller, who has no password; each of them has a token."""
    people: list[tuple[str, int | None, int | None]] = [("reseller", part.reseller, None) for part in shape.parts]
    people += [("customer", None, number) for number in range(1, shape.customers + 1)]
    yield Table(
        "accounts_user",
        "id, uid, username, login_key, password, first_name, last_name, email, is_superuser, is_staff, is_active, "
        "date_joined, role, reseller_id, customer_id",
        (_person(number, owner, stamp, chance) for number, owner in enumerate(people, 1)),
        len(people),
    )
    yield Table(
        "accounts_apitoken",
        "uid, user_id, name, prefix, token_hash, scopes, networks, created_at",
        (
            line(
                uid(chance),
                number,
                f"token {number}",
                f"frt_{number:08}"[:12],
                f"{number:064x}",
                *SCOPED,
                stamp,
            )
            for number in range(1, len(people) + 1)
        ),
        len(people),
    )


def _person(number: int, owner: tuple[str, int | None, int | None], stamp: str, chance: random.Random) -> str:
    first, last = FIRST[number % len(FIRST)], LAST[number % len(LAST)]
    username, active = f"{first}{number}", number % 80 != 79
    mail = f"{username}@example.org"
    names = (first.title(), last.title(), mail)
    return line(number, uid(chance), username, username, "!", *names, False, False, active, stamp, *owner)


def _subscriber(shape: Shape, number: int, stamp: str, chance: random.Random) -> str:
    part = shape.part_of(number)
    name = username(shape, number)
    shown = name.rstrip("0123456789").replace(".", " ").title()
    return line(
        number, uid(chance), part.domain_of(number), part.customer_of(number), part.reseller, name, shown,
        number % 50 != 49, "SHA-256" if number % 500 == 1 else None, stamp,
    )  # fmt: skip


def _binding(shape: Shape, order: int, now: datetime, chance: random.Random) -> str:
    """Phones of subscribers from everywhere, as they come; one in forty has expired, one in eighty came by TLS."""
    subscriber = 1 + order * STRIDE % shape.subscribers
    transport = "tls" if order % 80 == 1 else "tcp" if order % 10 == 3 else "udp"
    address = f"{192 + order % 4}.0.{order // 250 % 250}.{1 + order % 250}:{5060 + order % 7}"
    contact = f"sip:{username(shape, subscriber)}@{address}"
    begun = now - timedelta(days=1) * (1 - order / shape.registrations)
    until = now - timedelta(minutes=1) if order % 40 == 7 else now + _FOREVER
    return line(
        uid(chance), subscriber, contact, contact, f"{chance.getrandbits(64):016x}", 1 + order % 900, 1000, until,
        f"{transport}:{address}", transport, AGENTS[order % len(AGENTS)], f"edge-{1 + order % 3}", begun, begun,
    )  # fmt: skip


def _numbers(shape: Shape, now: datetime, chance: random.Random) -> Iterator[Table]:
    every = [(part, number) for part in shape.parts for number in part.numbers]
    yield Table(
        "numbering_phonenumber",
        "id, uid, reseller_id, e164, note, holding, created_at",
        (_number(shape, part, number, now, chance) for part, number in every),
        len(every),
    )
    assignments = (row for part, number in every for row in _assignments(shape, part, number, now, chance))
    yield Table(
        "numbering_numberassignment",
        "uid, number_id, subscriber_id, reseller_id, valid_from, valid_until, is_main",
        assignments,
        len(every),
    )


def _number(shape: Shape, part: Part, number: int, now: datetime, chance: random.Random) -> str:
    held = "held" if is_assigned(shape, part, number) else "free"
    holding = "dated" if number % DATED_EVERY == DATED_EVERY // 2 else held
    note = "ported" if number % 30 == 0 else ""
    return line(number, uid(chance), part.reseller, e164(number), note, holding, now)


def _assignments(shape: Shape, part: Part, number: int, now: datetime, chance: random.Random) -> Iterator[str]:
    """Who has a number, who had it a year ago (one in twenty), and that it ends or begins some day (one in 1,000)."""
    if number % 20 == 3:
        other = part.subscribers[(number + 7) % len(part.subscribers)]
        year = timedelta(days=365)
        yield line(uid(chance), number, other, part.reseller, now - 2 * year, now - year, False)
    own = part.subscribers.start + number - part.numbers.start
    dated = number % DATED_EVERY == DATED_EVERY // 2
    if is_assigned(shape, part, number):
        until = now + _FOREVER if dated else None
        yield line(uid(chance), number, own, part.reseller, now - timedelta(days=300), until, True)
    elif dated:
        yield line(uid(chance), number, own, part.reseller, now + _FOREVER, None, True)
