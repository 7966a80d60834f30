"""Imports: the job, the file in sealed parts, what became of each row, what is wrong with which line.

A part is the unit of work: its rows, their outcomes and the job's progress are written in one transaction
(running.py), so that whatever is killed, the next worker goes on behind the last part that was done.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Identified, Reseller, User
from accounts.querysets import ScopedQuerySet
from imports.choices import OPEN, ImportKind, ImportState, Outcome
from imports.querysets import ImportJobQuerySet, OfJobQuerySet, OwnQuerySet


class ImportJob(Identified):
    """A file of rows that a worker goes through, and how far it is."""

    kind = models.CharField(_("kind"), max_length=11, choices=ImportKind.choices)
    state = models.CharField(_("state"), max_length=9, choices=ImportState.choices, default=ImportState.QUEUED)
    reseller = models.ForeignKey(
        Reseller,
        verbose_name=_("reseller"),
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
        null=True,
        blank=True,
        help_text=_("Whose things are imported. Empty: of several, as the rows say."),
    )
    made_by = models.ForeignKey(
        User, verbose_name=_("by"), on_delete=models.SET_NULL, related_name="+", null=True, db_index=False
    )
    made_by_name = models.CharField(_("by"), max_length=150)
    file_name = models.CharField(_("file"), max_length=255, blank=True)
    columns = ArrayField(models.CharField(max_length=40))
    language = models.CharField(max_length=10, default="en")
    is_dry_run = models.BooleanField(_("dry run"), default=False)
    make_customers = models.BooleanField(_("makes customers"), default=False)
    update_existing = models.BooleanField(_("updates existing rows"), default=False)

    rows_total = models.PositiveIntegerField(_("rows"), default=0)
    rows_created = models.PositiveIntegerField(_("created"), default=0)
    rows_updated = models.PositiveIntegerField(_("changed"), default=0)
    rows_unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    rows_failed = models.PositiveIntegerField(_("refused"), default=0)
    parts_done = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    cancel_asked_at = models.DateTimeField(null=True, blank=True)
    failure = models.CharField(_("why it failed"), max_length=300, blank=True)

    # Who works at it, until when nobody else may; a worker that was killed lets it run out.
    worker = models.UUIDField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)

    passwords_made = models.PositiveIntegerField(default=0)
    passwords_taken_at = models.DateTimeField(null=True, blank=True)
    passwords_deleted_at = models.DateTimeField(null=True, blank=True)

    objects = ImportJobQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(name="importjob_kind_known", condition=Q(kind__in=ImportKind.values)),
            models.CheckConstraint(name="importjob_state_known", condition=Q(state__in=ImportState.values)),
            # Two at once would stand in each other's way: one of a reseller's waits.
            models.UniqueConstraint(
                fields=["reseller"],
                name="importjob_one_runs",
                condition=Q(state=ImportState.RUNNING),
                nulls_distinct=False,
            ),
        ]
        indexes = [
            models.Index(fields=["reseller", "-id"], name="importjob_by_reseller"),
            models.Index(fields=["id"], name="importjob_open", condition=Q(state__in=OPEN)),
            models.Index(fields=["finished_at"], name="importjob_by_end"),
        ]

    def __str__(self) -> str:
        return self.file_name or str(self.uid)

    @property
    def owner_id(self) -> int:
        """The reseller's key; 0, which is nobody's, where the rows say whose they are."""
        return self.reseller_id or 0

    @property
    def rows_ok(self) -> int:
        """How many rows stand now as the file says."""
        return self.rows_created + self.rows_updated + self.rows_unchanged

    @property
    def rows_done(self) -> int:
        """How many rows were gone through."""
        return self.rows_ok + self.rows_failed

    @property
    def progress(self) -> int:
        """The same in percent."""
        return 100 if not self.rows_total else self.rows_done * 100 // self.rows_total

    @property
    def is_open(self) -> bool:
        """Whether it waits or runs."""
        return self.state in OPEN

    @property
    def has_passwords(self) -> bool:
        """Whether passwords that it made can be fetched still."""
        return bool(self.passwords_made and not self.passwords_taken_at and not self.passwords_deleted_at)


class ImportPart(models.Model):
    """Some rows of a file, encrypted, since they may hold passwords; and the passwords that were made for them."""

    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, related_name="parts", db_index=False)
    number = models.PositiveIntegerField()
    sealed_rows = models.TextField(blank=True)
    sealed_passwords = models.TextField(blank=True)

    objects = OwnQuerySet.as_manager()

    encrypted_fields: ClassVar = ("sealed_rows", "sealed_passwords")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="importpart_number_once")]

    def __str__(self) -> str:
        return str(self.number)


class ImportClaim(models.Model):
    """What a line of a file is about, such as a number: no other line of it may be about the same."""

    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, related_name="claims", db_index=False)
    key = models.CharField(max_length=340)
    line = models.PositiveIntegerField()

    objects = OwnQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "key"], name="importclaim_key_once")]

    def __str__(self) -> str:
        return self.key


class ImportRow(models.Model):
    """What became of a line."""

    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, related_name="rows", db_index=False)
    line = models.PositiveIntegerField()
    outcome = models.CharField(max_length=9, choices=Outcome.choices)
    name = models.CharField(max_length=340)
    row_uid = models.UUIDField(null=True)

    objects: ClassVar[ScopedQuerySet[ImportRow]] = OfJobQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "line"], name="importrow_line_once")]

    def __str__(self) -> str:
        return f"{self.line}: {self.outcome}"


class ImportProblem(models.Model):
    """What is wrong with a line; `column` is empty where it is about the whole."""

    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, related_name="problems", db_index=False)
    line = models.PositiveIntegerField(_("line"))
    column = models.CharField(_("column"), max_length=40, blank=True)
    code = models.CharField(_("code"), max_length=40)
    message = models.CharField(_("message"), max_length=500)

    objects = OfJobQuerySet.as_manager()

    class Meta:
        ordering = ["line", "id"]
        indexes = [models.Index(fields=["job", "line", "id"], name="importproblem_by_line")]

    def __str__(self) -> str:
        return f"{self.line}: {self.message}"
