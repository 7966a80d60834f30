"""Writing the measured world by COPY: without triggers, with the secondary indexes made anew at the end."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple

from django.apps import apps
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from bench.web.call_rows import COLUMNS, LIVE, SPAN, call_rows
from bench.web.happenings import write_happenings
from bench.web.rows import Table, tables
from bench.web.shape import VERSION, Shape
from calls.choices import EndedBy, State
from calls.models import Call
from calls.partitions import make_partitions
from sipedge.auth.ha1 import Ha1Set
from subscribers.secrets import encrypt

CHUNK: Final = 20_000
BIG_TABLES: Final = (
    "subscribers_subscriber", "subscribers_sipcredential", "subscribers_binding", "numbering_phonenumber",
    "numbering_numberassignment", "calls_call",
)  # fmt: skip

Report = Callable[[str, int, int], None]
"""Called with what is written, how many rows of it are there, how many there will be."""


class Stamp(NamedTuple):
    """What a folder holds. calls_until: when its last call began."""

    version: int
    scale: float
    calls_until: float


def read_stamp(file: Path) -> Stamp | None:
    """What was written there; None when it was never finished, or by another version."""
    try:
        stamp = Stamp(**json.loads(file.read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None
    return stamp if stamp.version == VERSION else None


def fill(shape: Shape, report: Report) -> Stamp:
    """Write everything into an empty, migrated database."""
    now = datetime.now(UTC)
    secret = encrypt(Ha1Set.from_password("bench", "voice.example", "a password that no phone has"))
    with transaction.atomic(), _bare(BIG_TABLES, report):
        _provider()
        for table in tables(shape, now, secret):
            _copy(table, report)
        _blocks(shape)
        _dialling(shape)
        _imports(shape)
        write_happenings(shape)
        make_partitions(now, since=now - SPAN)
        calls = call_rows(shape, now - SPAN, now, shape.calls, live=min(LIVE, shape.calls // 50))
        _copy(Table("calls_call", COLUMNS, calls, shape.calls), report)
    return Stamp(VERSION, shape.scale, now.timestamp())


def top_up(shape: Shape, stamp: Stamp, report: Report) -> Stamp:
    """Add the calls since the last run, as many as there were before in that time, so that "24 hours" are full."""
    now, last = datetime.now(UTC), datetime.fromtimestamp(stamp.calls_until, UTC)
    count = int(shape.calls * (now - last) / SPAN)
    if count < 1_000:
        return stamp
    live = min(LIVE, count // 2)
    with transaction.atomic():
        stood = Call.objects.open().order_by("started_at").values("pk")[:live]
        Call.objects.filter(pk__in=stood).update(state=State.ENDED, ended_at=now, ended_by=EndedBy.CALLER)
        _copy(Table("calls_call", COLUMNS, call_rows(shape, last, now, count, live=live), count), report)
    return stamp._replace(calls_until=now.timestamp())


def count_calls(report: Report) -> None:
    """What the worker does every ten minutes: the hours that have passed are counted."""
    from calls.rollup import MOST_HOURS, roll_up

    while roll_up(timezone.now()) == MOST_HOURS:  # the last hours are due again as long as their calls stand
        report(f"{MOST_HOURS} hours of calls", 0, 1)


def settle(report: Report) -> None:
    """What autovacuum has done in a running system: statistics and visibility."""
    with connection.cursor() as cursor:
        for model in apps.get_models():
            report(f"vacuum {model._meta.db_table}", 0, 1)
            cursor.execute(f'VACUUM (ANALYZE) "{model._meta.db_table}"')
        cursor.execute("CHECKPOINT")


def _provider() -> None:
    """What is the provider's own: carriers, gateways, routes, number formats."""
    from bench.web.rows import GATEWAYS
    from numbering.models import NumberFormat
    from trunking.models import Carrier, DestinationRule, Gateway, GatewaySource, Route

    of_vienna = {"country_code": "43", "area_code": "1"}
    austria, _ = NumberFormat.objects.update_or_create(name="Austria", defaults=of_vienna)
    DestinationRule.objects.bulk_create(
        DestinationRule(prefix=str(8700 + number), is_allowed=number % 10 == 0, reason=f"Rule {number}")
        for number in range(100)
    )
    carriers = [Carrier.objects.create(name=f"Carrier {number}") for number in range(1, 6)]
    for number in range(1, GATEWAYS + 1):
        gateway = Gateway.objects.create(
            id=number,
            carrier=carriers[number % len(carriers)],
            name=f"Gateway {number:02}",
            host=f"192.0.2.{number}",
            is_active=number % 20 != 0,
            number_format=austria,
        )
        GatewaySource.objects.create(gateway=gateway, network=f"192.0.2.{number}")
        Route.objects.bulk_create(
            Route(gateway=gateway, prefix=str(430 + 10 * number + digit), is_active=digit != 9) for digit in range(10)
        )


def _blocks(shape: Shape) -> None:
    """Two blocks for each reseller, of which no number is taken, and from whom they were bought."""
    from numbering.models import NumberBlock
    from trunking.models import BlockPurchase, Carrier

    blocks = NumberBlock.objects.bulk_create(
        NumberBlock(reseller_id=part.reseller, first=f"+43680{order:03}{half}000", last=f"+43680{order:03}{half}999")
        for order, part in enumerate(shape.parts)
        for half in (1, 2)
    )
    carrier = Carrier.objects.earliest("pk")
    BlockPurchase.objects.bulk_create(BlockPurchase(block=block, carrier=carrier) for block in blocks)


def _dialling(shape: Shape) -> None:
    """How the first domain of each reseller dials."""
    from numbering.models import DialSettings, NumberFormat

    austria = NumberFormat.objects.get(name="Austria")
    DialSettings.objects.bulk_create(
        DialSettings(domain_id=part.domains.start, number_format=austria) for part in shape.parts
    )


def _imports(shape: Shape) -> None:
    """An import of each reseller, done, with a row that was refused."""
    from imports.models import ImportJob, ImportProblem, ImportRow

    for part in shape.parts:
        job = ImportJob.objects.create(
            kind="subscribers", state="done", reseller_id=part.reseller, columns=["username", "domain"], rows_failed=1
        )
        ImportRow.objects.create(job=job, line=2, outcome="failed", name="nobody@voice.example")
        ImportProblem.objects.create(job=job, line=2, code="exists", message="It is there already.")


def _copy(table: Table, report: Report) -> None:
    rows, written = iter(table.rows), 0
    with connection.cursor() as cursor:
        while chunk := "".join(islice(rows, CHUNK)):
            cursor.copy_expert(f"COPY {table.name} ({table.columns}) FROM STDIN", StringIO(chunk))
            written += chunk.count("\n")
            report(table.name, written, max(table.total, written))
        _advance_sequence(cursor, table)


def _advance_sequence(cursor: Any, table: Table) -> None:
    if table.columns.startswith("id,") and table.name != "calls_call":
        statement = f"SELECT setval(pg_get_serial_sequence(%s, 'id'), (SELECT max(id) FROM {table.name}))"
        cursor.execute(statement, [table.name])


@contextmanager
def _bare(names: tuple[str, ...], report: Report) -> Iterator[None]:
    """The tables without triggers, foreign keys and what can be made again at once: indexes, exclusions."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
        again = [statement for name in names for statement in _take_off(cursor, name)]
        yield
        for number, statement in enumerate(again):
            report("indexes", number, len(again))
            cursor.execute(statement)
        cursor.execute("SET LOCAL session_replication_role = origin")


def _take_off(cursor: Any, table: str) -> list[str]:
    """Drop a table's exclusions and its indexes that are no constraint's; the statements that make them again."""
    cursor.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'x'",
        [table],
    )
    again = []
    for name, definition in cursor.fetchall():
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        again.append(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
    cursor.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index i "
        "WHERE indrelid = %s::regclass AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)",
        [table],
    )
    for name, definition in cursor.fetchall():
        cursor.execute(f"DROP INDEX {name}")
        again.append(definition.replace(" ON ONLY ", " ON "))  # of a partitioned table
    return again


def is_empty() -> bool:
    """Whether nothing was written yet."""
    return not User.objects.exists()
