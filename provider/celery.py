"""Celery: work that takes longer than a request, and work that comes back.

An app's `tasks.py` says itself what comes back: `SCHEDULE = {"subscribers.tasks.sweep_bindings": 60.0}`,
the task's name and its pace in seconds (or a `crontab`). Beat reads all of them here.
"""

import os
import warnings
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from celery import Celery
from celery.exceptions import SecurityWarning
from celery.signals import celeryd_init, worker_ready

from provider.run.errors import StartError
from provider.run.keys import require_keys
from provider.run.parts import worker_ready_file

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "provider.settings")

# Messages are JSON, never pickle: as root the worker runs no code that a message brings.
warnings.filterwarnings("ignore", category=SecurityWarning)

app = Celery("provider")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def beat_schedule(app_names: list[str]) -> dict[str, dict[str, Any]]:
    """Beat's table, from the `SCHEDULE` of each named app's `tasks` module; an app without one adds nothing."""
    schedule: dict[str, dict[str, Any]] = {}
    for name in app_names:
        if find_spec(f"{name}.tasks") is None:
            continue
        paces = getattr(import_module(f"{name}.tasks"), "SCHEDULE", {})
        schedule |= {task: {"task": task, "schedule": pace} for task, pace in paces.items()}
    return schedule


@celeryd_init.connect
def _check_keys(**_: object) -> None:
    """A worker without keys could not read a single SIP credential. Celery swallows all but SystemExit here."""
    from django.conf import settings

    try:
        require_keys(settings.ENVIRONMENT)
    except StartError as error:
        raise SystemExit(str(error)) from None


@worker_ready.connect
def _say_ready(**_: object) -> None:
    """Tells the supervisor that the worker takes tasks now."""
    from django.conf import settings

    file = worker_ready_file(settings.ENVIRONMENT.data_dir)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()


@app.on_after_finalize.connect
def _fill_schedule(sender: Celery, **_: object) -> None:
    from django.conf import settings

    sender.conf.beat_schedule = beat_schedule(settings.OWN_APPS)
