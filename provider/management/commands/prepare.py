"""`manage.py prepare`: what must be done to the database before the parts start on it.

`make run` and the `prepare` service of docker-compose.yml run it: migrations, under a lock, so that two that start
at once do not step on each other; the partitions of the months that come (calls/partitions.py); then, where DEMO says
so, the demo data.
"""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from calls.partitions import make_partitions
from numbering.shipped import ensure_shipped_formats
from provider.demo import ensure_demo, logins_that_hold
from provider.run.database import check_database, check_redis
from provider.run.errors import StartError
from provider.run.keys import write_private

MIGRATION_LOCK = 0x46726569746F6E  # "Freiton" in ASCII, as PostgreSQL's advisory locks want a bigint


class Command(BaseCommand):
    """Migrates, and writes demo data on the first start; a second run finds nothing to do and is quick."""

    help = "Bring the database up to date; write demo data on the first start where DEMO is on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declares the option by which `make run` learns which demo logins still hold."""
        parser.add_argument("--logins", type=Path, help="write the demo logins that still hold to this file (JSON)")

    def handle(self, *_: Any, logins: Path | None, **_options: Any) -> None:
        """Does it. Raises CommandError with one plain sentence."""
        environment = settings.ENVIRONMENT
        try:
            check_database(environment.database_url or "")
            check_redis(environment.redis_url or "")
            with migration_lock():
                self._migrate()
                ensure_shipped_formats()
                make_partitions(timezone.now())
                if environment.demo:
                    ensure_demo(environment)
        except (StartError, DatabaseError) as error:
            raise CommandError(" ".join(str(error).split())) from error
        if logins is not None and environment.demo:
            write_private(logins, json.dumps(logins_that_hold(environment)))

    def _migrate(self) -> None:
        executor = MigrationExecutor(connection)
        unknown = set(executor.loader.applied_migrations) - set(executor.loader.disk_migrations)
        if unknown:
            app, name = sorted(unknown)[0]
            raise StartError(
                f"The database was written by a newer version of Freiton (it has the migration {app}.{name}): "
                "start that version."
            )
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if plan:
            self.stdout.write(f"{len(plan)} migrations to apply")
            call_command("migrate", interactive=False, verbosity=0)


@contextmanager
def migration_lock() -> Iterator[None]:
    """Holds PostgreSQL's advisory lock for migrations; waits for whoever has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])
