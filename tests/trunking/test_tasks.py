"""The sweep of what edges that are gone knew of gateways."""

import logging
from datetime import timedelta

import pytest
from django.utils import timezone

from provider.celery import app
from tests.factories.trunking import GatewayStateFactory
from trunking import tasks
from trunking.models import GatewayState

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def even(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock was not set for long."""
    monkeypatch.setattr(tasks, "even_for", lambda: timedelta(days=3))


def test_what_nobody_says_any_more_goes(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    now, hour = timezone.now(), timedelta(hours=1)
    fresh = GatewayStateFactory(saved_at=now - hour / 2)
    registered = GatewayStateFactory(saved_at=now - 2 * hour, registered_until=now + hour)
    GatewayStateFactory(saved_at=now - 2 * hour)
    GatewayStateFactory(saved_at=now - 2 * hour, registered_until=now - hour)
    assert tasks.sweep_gateway_states() == 2
    assert set(GatewayState.objects.all()) == {fresh, registered}
    assert "2 rows of what edges that are gone" in caplog.text


def test_after_the_clock_was_set_nothing_is_old(monkeypatch: pytest.MonkeyPatch) -> None:
    GatewayStateFactory(saved_at=timezone.now() - timedelta(days=300))
    monkeypatch.setattr(tasks, "even_for", lambda: timedelta(minutes=59))
    assert tasks.sweep_gateway_states() == 0


def test_beat_runs_it() -> None:
    app.loader.import_default_modules()
    assert set(tasks.SCHEDULE) <= set(app.tasks) & set(app.conf.beat_schedule)
