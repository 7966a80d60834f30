"""`manage.py prepare`: migrations under a lock, demo data where it is wanted."""

import json
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from accounts.models import User
from provider.management.commands.prepare import MIGRATION_LOCK, migration_lock


@pytest.fixture
def environment(settings: Any, edge_dsn: str, redis_url: str, tmp_path: Path) -> Any:
    """The settings' environment with the test's database in it."""
    settings.ENVIRONMENT = replace(
        django_settings.ENVIRONMENT, database_url=edge_dsn, redis_url=redis_url, data_dir=tmp_path, demo=True
    )
    return settings.ENVIRONMENT


def test_the_first_run_writes_demo_data_and_the_second_changes_nothing(environment: Any, tmp_path: Path) -> None:
    call_command("prepare", logins=tmp_path / "logins.json")
    rows = json.loads((tmp_path / "logins.json").read_text())
    assert {"Admin panel", "Customer portal", "REST API"} <= {row["what"] for row in rows}
    demo = (tmp_path / "demo.json").read_text()
    passwords = set(User.objects.values_list("username", "password"))
    call_command("prepare")
    assert (tmp_path / "demo.json").read_text() == demo
    assert set(User.objects.values_list("username", "password")) == passwords


def test_without_demo_nothing_is_written(settings: Any, environment: Any, tmp_path: Path) -> None:
    settings.ENVIRONMENT = replace(environment, demo=False)
    call_command("prepare", logins=tmp_path / "logins.json")
    assert not User.objects.exists()
    assert list(tmp_path.iterdir()) == []


def test_a_login_that_no_longer_holds_is_not_shown(environment: Any, tmp_path: Path) -> None:
    call_command("prepare")
    admin = User.objects.get(username="admin")
    admin.set_password("changed-by-somebody-1")
    admin.save()
    call_command("prepare", logins=tmp_path / "logins.json")
    assert "Admin panel" not in {row["what"] for row in json.loads((tmp_path / "logins.json").read_text())}


def test_a_database_of_a_newer_version_is_left_alone(environment: Any) -> None:
    recorder = MigrationRecorder(connection)
    recorder.record_applied("calls", "9999_of_tomorrow")
    try:
        with pytest.raises(CommandError, match=r"newer version of Freiton .*calls\.9999_of_tomorrow"):
            call_command("prepare")
    finally:
        recorder.record_unapplied("calls", "9999_of_tomorrow")


def test_a_database_that_is_away_is_named(settings: Any, environment: Any) -> None:
    settings.ENVIRONMENT = replace(environment, database_url="postgresql://u:p@127.0.0.1:1/freiton")
    with pytest.raises(CommandError, match="check DATABASE_URL"):
        call_command("prepare")


def test_two_that_start_at_once_take_turns(edge_dsn: str) -> None:
    order: list[str] = []
    with psycopg2.connect(edge_dsn) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])

        def wait() -> None:
            with migration_lock():
                order.append("second")
            connection.close()

        thread = threading.Thread(target=wait)
        thread.start()
        waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        count = 0
        while not count:
            cursor.execute(waiting)
            (count,) = cursor.fetchone() or (0,)
        order.append("first")
        cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])
        thread.join(10)
    other.close()
    assert order == ["first", "second"]
