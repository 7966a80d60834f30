"""What is done with one assignment: it ends, now or another time, or becomes the main one. What has ended stays."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from numbering.actions import end_held, locked_rows, make_main, wrong
from numbering.models import NumberAssignment, PhoneNumber
from subscribers.models import Subscriber


@transaction.atomic
def end_assignment(assignment: NumberAssignment) -> None:
    """End an assignment now, as `release_number` does; one that has not begun is taken away.

    Raises ValidationError when it has ended already.
    """
    locked_rows(PhoneNumber, [assignment.number_id])
    locked_rows(Subscriber, [assignment.subscriber_id])
    own = NumberAssignment.objects.not_ended().filter(pk=assignment.pk)
    if own.current().exists():
        end_held({assignment.number_id: assignment.subscriber_id})
    elif not own.delete()[0]:
        raise _ended()


def _ended() -> ValidationError:
    return ValidationError(_("This has ended: its history stays as it is."), "ended")


@transaction.atomic
def change_assignment(
    assignment: NumberAssignment, *, is_main: bool | None = None, valid_until: datetime | None = None
) -> None:
    """Let an assignment end at another time (`valid_until`; None: never), or be the main one or not (`is_main`; None:
    as it is).

    Raises ValidationError when it has ended, or for the field that is wrong.
    """
    locked_rows(PhoneNumber, [assignment.number_id])
    locked_rows(Subscriber, [assignment.subscriber_id])
    row = NumberAssignment.objects.not_ended().filter(pk=assignment.pk).first()
    if row is None:
        raise _ended()
    if valid_until != row.valid_until:
        if valid_until is not None and valid_until <= timezone.now():
            raise ValidationError(wrong("valid_until", _("This time has passed already."), "passed"))
        row.valid_until = valid_until
        _save_if_fitting(row)
    if is_main and not row.is_main and NumberAssignment.objects.current().filter(pk=row.pk).exists():
        make_main(row)
    elif is_main is not None and is_main != row.is_main:
        row.is_main = is_main
        _save_if_fitting(row)


def _save_if_fitting(row: NumberAssignment) -> None:
    """Store an assignment that overlaps with no other."""
    try:
        row.full_clean()
    except ValidationError as refused:
        raise ValidationError([ValidationError(text, "taken") for text in refused.messages]) from refused
    row.save(update_fields=["valid_until", "is_main"])
