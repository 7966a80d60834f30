"""Celery knows all tasks, and beat those that come back."""

import logging
from pathlib import Path

import pytest
from celery.signals import celeryd_init, worker_ready
from django.conf import settings

from provider.celery import app, beat_schedule
from provider.run.parts import worker_ready_file


def test_every_task_that_comes_back_is_one_that_exists() -> None:
    app.loader.import_default_modules()
    schedule = beat_schedule(settings.OWN_APPS)
    assert {"subscribers.tasks.sweep_expired_bindings", "calls.tasks.sweep_abandoned_calls"} <= set(schedule)
    assert {entry["task"] for entry in schedule.values()} <= set(app.tasks)
    assert set(schedule) <= set(app.conf.beat_schedule)


def test_an_app_without_tasks_adds_nothing() -> None:
    assert beat_schedule(["portal"]) == {}


def test_a_ready_worker_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    environment = replace(settings.ENVIRONMENT, data_dir=tmp_path)
    monkeypatch.setattr(settings, "ENVIRONMENT", environment)
    worker_ready.send(sender=None)
    assert worker_ready_file(tmp_path).exists()


def test_a_worker_without_keys_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    monkeypatch.setattr(settings, "ENVIRONMENT", replace(settings.ENVIRONMENT, credential_keys=()))
    with pytest.raises(SystemExit, match="CREDENTIAL_KEYS are not known here"):
        celeryd_init.send(sender=None)


def test_messages_are_json_only() -> None:
    assert list(app.conf.accept_content) == ["json"]


@pytest.mark.parametrize("name", ["celery.beat", "celery.worker.strategy", "celery.app.trace"])
def test_the_log_has_no_line_for_each_task_that_went_well(name: str) -> None:
    logger = logging.getLogger(name)
    assert not logger.isEnabledFor(logging.INFO)
    assert logger.isEnabledFor(logging.WARNING)
    assert logger.propagate
