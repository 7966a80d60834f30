"""The closed lists of the app imports."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ImportKind(models.TextChoices):
    """What the rows of a file are."""

    SUBSCRIBERS = "subscribers", _("Subscribers with their numbers")
    NUMBERS = "numbers", _("Numbers")


class ImportState(models.TextChoices):
    """Where a job stands."""

    QUEUED = "queued", _("waiting")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


OPEN = [ImportState.QUEUED.value, ImportState.RUNNING.value]
"""The states in which there is something left to do."""


class Outcome(models.TextChoices):
    """What became of a row."""

    CREATED = "created", _("created")
    UPDATED = "updated", _("changed")
    UNCHANGED = "unchanged", _("unchanged")
    FAILED = "failed", _("refused")
